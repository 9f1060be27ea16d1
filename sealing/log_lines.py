"""Entries as the lines of a table: what the lists of the log show of each, in codes and words, and no person."""

from collections.abc import Iterable, Mapping
from typing import Any

from sealing import log_words
from sealing.models import AuditEntry

COLUMNS = (
    "id",
    "at",
    "kind",
    "outcome",
    "unit",
    "official",
    "exception",
    "provision",
    "reasons",
    "inquiry",
)


def lines(entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """Return a line for each entry, with the names of the units looked up at once."""
    rows = list(entries)
    names = log_words.vocabulary.unit_names({entry.unit for entry in rows if entry.unit})
    exceptions = log_words.vocabulary.exceptions()
    return [_line(entry, names, exceptions) for entry in rows]


def _line(
    entry: AuditEntry, names: Mapping[str, str], exceptions: log_words.Words
) -> dict[str, Any]:
    return {
        "entry": entry,
        "time": log_words.when(entry),
        "kind": log_words.kind(entry.kind),
        "outcome": log_words.outcome(entry.outcome),
        "official": log_words.official(entry.official),
        "unit_name": names.get(entry.unit, ""),
        "exception": exceptions.get(entry.exception, entry.exception),
        "reasons": log_words.vocabulary.why(entry.reasons),
    }
