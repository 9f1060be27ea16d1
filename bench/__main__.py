"""Runs the benchmarks: ``python -m bench [--only PART] [--document FILE]``."""

import argparse
import os
import sys
import time
from importlib import import_module
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PARTS = (
    "writing",
    "lookups",
    "log",
    "standby",
    "verification",
    "questions",
    "revocations",
    "denials",
)
HEAD = """# Benchmarks

What the promises cost: each line against the same work without them, in the same run. `make bench` makes the numbers anew;
ratios carry from one machine to another, times do not. One run, on {system} with {cores} cores and {memory_gib} GiB,
Python {python}, PostgreSQL {postgresql} (the embedded server, durable commits, no standby unless a line says so), load before the run {load_before}:

"""
NOTES = """
- *one granted lookup* is `access.lookups.look_up` whole: the entry, the flush, the lock, the record by the ORM, the answer, the
  second entry, two commits. The bare one reads the same row by the same index between two commits that each write one row.
- *opened read* is one transaction that presents an entry and reads one person's row; *is it flat?* compares registry sizes.
- *import* is the whole path of a file (two passes, checks, ciphers, entries, guards); the bare one writes the same bytes.
- *from commit to leaf* and the two lines under it: four processes commit 300 entries a second by `audit_log.enter_alone`, beside the sequencer and a witness
  as `make run` starts them; all times are the server's commit times. The head is signed once a second and shown to the witness every ten.
- *append held open* is a transaction that writes an entry and stays open for 2 ms; *in one hash chain* each also takes the chain's head
  under a lock. *A standby waited for*: primary and standby are servers on the same machine, `synchronous_commit = on`; COMMIT returns when the standby has it on disk.
- *verify_log* and *verified alone* are whole processes, from start to verdict; alone is an interpreter with the verifier's own modules and
  `cryptography`, no environment, no network. Both are measured against SHA-256 over the exported lines, below which none can get. One changed letter must be found.
- *the desk's first page* and the four lines under it are pages of an auditor in a log of ten million entries, from the click to the page whole, the entry about the
  reading included: each asking is about somebody else, the busiest first. `REGISTRY_BENCH_ENTRIES=10000000`; without it the log has one million.
- *taking an authorisation away* is `access.authorisations.suspend` while eight clients look up under it, 200 times; the control takes no
  lock. With the lock no lookup is granted late; without it, in the same run, some are (`bench/revocations.py` prints both). Clients without a pause keep both
  processors busy, and most of the time is spent waiting for one; clients that pause for 100 ms ask as a program does.
- *denied inquiry* compares a recorded with an unrecorded person: 10,000 pairs in random order, by two units at once, byte by byte and by the
  Kolmogorov–Smirnov distance of the times, printed with its histogram and a control (`bench/denials.py`).
"""


def main() -> int:
    """Measure, print the table, keep the JSON file; write the document when asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument(
        "--document", type=Path, help="write the table with its notes to this Markdown file"
    )
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from bench import ground, report

    begun, measures, described = time.monotonic(), [], {}
    for name in [options.only] if options.only else PARTS:
        with ground.own_database() as database:
            version = ground.execute("SELECT current_setting('server_version')")[0][0]
            described = described or report.machine(version)
            for measure in import_module(f"bench.{name}").measure(database):
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
