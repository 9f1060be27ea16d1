"""Attacks on a move of the index keys, and with its help: nothing moves but all at once, by the keeper, entered before."""

import psycopg
import pytest
from psycopg import errors

from registry.record_proof import Altered
from sealing import index_version, reindexing
from sealing.subject import lock_index

from .moving import NEXT, made_ready, numbers, presenting, values
from .rows import RECORDS

MOVE = f"SELECT {RECORDS}_reindex()"
FORGED = f"INSERT INTO {NEXT} VALUES (%s, 2, %s, %s, %s, NULL)"


class TestAttacks:
    """Rows stay where they are but for a move of all of them, by the keeper, entered before."""

    @pytest.mark.parametrize("details", [{}, {"index": 3}, {"rows": []}], ids=str)
    def test_no_move_without_its_entry(self, persons, ring, keeper_connection, details):
        made_ready(ring)
        with pytest.raises(errors.InsufficientPrivilege, match="entry"):
            presenting(keeper_connection, MOVE, **details)

    def test_no_move_while_a_row_is_not_ready(
        self, persons, ring, keeper_connection, superuser_connection
    ):
        made_ready(ring)
        superuser_connection.execute(
            f"DELETE FROM {NEXT} WHERE record = (SELECT min(record::text)::uuid FROM {NEXT})"
        )
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            presenting(keeper_connection, MOVE, index=2)

    @pytest.mark.parametrize("who", ["owner_connection", "app_connection", "superuser_connection"])
    def test_nobody_else_moves_anything(self, persons, ring, who, request, superuser_connection):
        made_ready(ring)
        before = values(superuser_connection)
        attacker, refusals = request.getfixturevalue(who), set()
        for sql in (
            f"UPDATE {RECORDS} SET subject = waiting.subject, index_version = 2 FROM {NEXT} AS waiting",
            f"UPDATE {RECORDS} SET subject = sha256(subject)",
            f"UPDATE {RECORDS} SET index_version = 2",
            "UPDATE sealing_index SET version = 2, next_version = NULL, next_check = NULL",
            "DELETE FROM sealing_index",
            "TRUNCATE sealing_index",
        ):
            try:
                assert attacker.execute(sql).rowcount <= 0
            except psycopg.Error as refused:
                refusals.add(refused.sqlstate)
        assert refusals <= {errors.InsufficientPrivilege.sqlstate, index_version.STALE}
        if who != "superuser_connection":
            with pytest.raises(errors.InsufficientPrivilege):
                attacker.execute(FORGED, [next(iter(before)), *[b"f" * 32] * 3])
            if who == "app_connection":
                with pytest.raises(errors.InsufficientPrivilege):
                    attacker.execute(MOVE)
        assert values(superuser_connection) == before

    def test_the_owner_in_the_definers_part_moves_nothing(
        self, persons, ring, owner_connection, superuser_connection
    ):
        made_ready(ring)
        before = values(superuser_connection)
        owner_connection.execute("SET ROLE registry_definer")
        sql = f"UPDATE {RECORDS} AS r SET subject = n.subject, index_version = 2 FROM {NEXT} AS n WHERE n.record = r.id"
        assert owner_connection.execute(sql).rowcount == 0
        for act in (
            MOVE,
            "UPDATE sealing_index SET version = 2, next_version = NULL, next_check = NULL",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                owner_connection.execute(act)
        assert values(superuser_connection) == before

    def test_the_keeper_lays_ready_only_for_rows_it_has_entered_and_changes_none_itself(
        self, persons, ring, keeper_connection, superuser_connection
    ):
        key = next(iter(values(superuser_connection)))
        with pytest.raises(errors.InsufficientPrivilege):
            presenting(keeper_connection, FORGED, [key, *[b"f" * 32] * 3], rows=[])
        presenting(keeper_connection, FORGED, [key, *[b"f" * 32] * 3], rows=[str(key)])
        for act in (
            f"UPDATE {NEXT} SET subject = duplicate_key",
            f"DELETE FROM {NEXT}",
            f"SELECT * FROM {NEXT}",
            f"UPDATE {RECORDS} SET subject = sha256('x')",
            "UPDATE sealing_index SET version = 2",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                presenting(keeper_connection, act, rows=[str(key)])

    def test_two_persons_are_not_made_one_nor_one_two(
        self, persons, ring, keeper_connection, superuser_connection
    ):
        made_ready(ring)
        superuser_connection.execute(f"UPDATE {NEXT} SET subject = %s", [b"f" * 32])
        with pytest.raises(errors.IntegrityConstraintViolation):
            presenting(keeper_connection, MOVE, index=2)

    def test_two_persons_exchanged_by_the_keeper_are_an_error_at_the_next_lookup(
        self, persons, ring, case_inquiry, officials, keeper_connection, superuser_connection
    ):
        """Whoever holds the keeper's password and entered the rows can lay ready what he likes."""
        run = made_ready(ring)
        one, other = (
            persons[0],
            next(p for p in persons if p["id_number"] != persons[0]["id_number"]),
        )
        with index_version.under(2):
            a, b = (lock_index(p["id_type"], p["id_number"]) for p in (one, other))
        sql = f"UPDATE {NEXT} SET subject = CASE subject WHEN %s THEN %s ELSE %s END WHERE subject IN (%s, %s)"
        superuser_connection.execute(sql, [a, b, a, a, b])
        run._move()
        assert run.moved == 12
        reindexing.agree(ring)
        for person in (one, other):
            with pytest.raises(Altered):
                numbers(case_inquiry, person, officials[0])
