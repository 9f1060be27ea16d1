"""The benchmarks: what the promises cost, as ratios to the same work without them, measured in the same run.

``python -m bench`` (or ``make bench``) prints a table and keeps a JSON file in bench/results. It needs about two minutes,
a database of its own on the tests' server, and no other load on the machine.
"""
