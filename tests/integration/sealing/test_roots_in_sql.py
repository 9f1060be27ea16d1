"""The root of random trees, computed by the database from the leaves alone and by another library, is the tree's own.

REGISTRY_TEST_TREES=10000 makes it the full measure.
"""

import os
import random
from typing import Any

import psycopg
import pymerkle

from sealing.merkle import Frontier, leaf_hash

TREES = int(os.environ.get("REGISTRY_TEST_TREES", "300"))
LARGEST = 70
# Level by level: two neighbours make one, and one that has no neighbour goes up as it is.
ROOT = r"""
WITH RECURSIVE level (nodes) AS (
  SELECT (SELECT array_agg(sha256('\x00'::bytea || body) ORDER BY place) FROM unnest(%s::bytea[]) WITH ORDINALITY AS leaf (body, place))
  UNION ALL
  SELECT (SELECT array_agg(CASE WHEN nodes[2 * place] IS NULL THEN nodes[2 * place - 1]
                                ELSE sha256('\x01'::bytea || nodes[2 * place - 1] || nodes[2 * place]) END ORDER BY place)
            FROM generate_series(1, (cardinality(nodes) + 1) / 2) AS place)
    FROM level WHERE cardinality(nodes) > 1
)
SELECT nodes[1] FROM level WHERE cardinality(nodes) = 1
"""


def test_the_database_and_another_library_compute_the_same_root(
    app_connection: "psycopg.Connection[Any]",
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(TREES):
        bodies = [chance.randbytes(chance.randrange(40)) for _ in range(chance.randint(1, LARGEST))]
        ours, other = Frontier(), pymerkle.InmemoryTree(algorithm="sha256")
        for body in bodies:
            ours.append(leaf_hash(body))
            other.append_entry(body)
        [in_sql] = app_connection.execute(ROOT, [bodies]).fetchone() or ()
        assert ours.root() == bytes(in_sql) == other.get_root(), (seed, number)
