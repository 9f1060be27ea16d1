"""Runs the benchmarks: ``python -m bench [--only lookups|writing] [--document FILE]``."""

import argparse
import os
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
HEAD = """# Benchmarks

What the promises cost: each line against the same work without them, in the same run. `make bench` makes the numbers anew;
ratios carry from one machine to another, times do not. One run, on {system} with {cores} cores and {memory_gib} GiB,
Python {python}, PostgreSQL {postgresql} (the embedded server, durable commits, no standby), load before the run {load_before}:

"""
NOTES = """
- *one granted lookup* is `access.lookups.look_up` whole: the entry, the flush, the lock, the record by the ORM, the answer, the
  second entry, two commits. The bare one reads the same row by the same index between two commits that each write one row.
- *opened read* is one transaction that presents an entry and reads one person's row; *is it flat?* compares registry sizes.
- *import* is the whole path of a file (two passes, checks, ciphers, entries, guards); the bare one writes the same bytes.
"""


def main() -> int:
    """Measure, print the table, keep the JSON file; write the document when asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=("lookups", "writing"))
    parser.add_argument(
        "--document", type=Path, help="write the table with its notes to this Markdown file"
    )
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from bench import ground, lookups, report, writing

    begun, measures = time.monotonic(), []
    with ground.own_database() as database:
        version = ground.execute("SELECT current_setting('server_version')")[0][0]
        described = report.machine(version)
        for part in (writing, lookups):
            if options.only in (None, part.__name__.removeprefix("bench.")):
                for measure in part.measure(database):
                    print(
                        f"{time.monotonic() - begun:6.1f} s  {measure.name}: {measure.ratio:.2f}",
                        file=sys.stderr,
                    )
                    measures.append(measure)
    table = report.table(measures)
    print(
        f"{table}\nkept in {report.keep(RESULTS, measures, described).relative_to(RESULTS.parent.parent)}"
    )
    if options.document:
        options.document.write_text(HEAD.format(**described) + table + NOTES, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
