"""The demo's records and drafts: filed in bulk, or keyed in by its clerks as theirs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.accounts import User
from access.demo import DATA
from registry import drafting
from registry.decision_row import DecisionRow, read_row
from registry.import_files import rows_of
from registry.importing import Import
from registry.officers import Officer, officer_of
from registry.on_file import InTheRegistry
from registry.record_keys import keys_of
from sealing.index_version import agreed


@dataclass(frozen=True)
class _Draft:
    """A draft as the data state it: who keyed it in, how far it came, and what was remarked."""

    row: DecisionRow
    clerk: Officer
    officer: Officer | None
    stage: str
    remarks: str


def file_records() -> None:
    """File the demo's records; those on file already are rejected as duplicates, which is meant."""
    Import(rows_again=lambda: rows_of(DATA / "decisions.csv")).run()


def make_drafts() -> None:
    """Key in the drafts that are neither held by their clerk nor on file."""
    for stated in _drafts():
        if not _is_there(stated):
            _make(stated)


def _drafts() -> Iterator[_Draft]:
    for values, _whole in rows_of(DATA / "drafts.csv"):
        if row := read_row(values).row:
            yield _Draft(
                row=row,
                clerk=_officer(values, "clerk"),
                officer=_officer(values, "officer") if values["officer"] else None,
                stage=str(values["stage"]),
                remarks=str(values["remarks"]),
            )


def _officer(values: Mapping[str, Any], name: str) -> Officer:
    return officer_of(User.objects.get(number=values[name]))


@agreed
def _is_there(stated: _Draft) -> bool:
    keys = keys_of(stated.row)
    if InTheRegistry().acts_of([keys.decision]):
        return True
    return any(bytes(held.duplicate_key) == keys.act for held in drafting.held_by(stated.clerk))


def _make(stated: _Draft) -> None:
    draft = drafting.save_draft(row=stated.row, by=stated.clerk)
    if stated.stage == "draft":
        return
    drafting.submit(draft=draft, by=stated.clerk)
    if stated.officer:
        drafting.return_draft(draft=draft, by=stated.officer, remarks=stated.remarks)
