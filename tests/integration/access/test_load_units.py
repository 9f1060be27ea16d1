"""The units file is loaded whole or not at all, and a second run changes nothing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import Authorisation, OfficialName, Unit, User
from access.roles import Role, roles_of
from access.standing import INQUIRE_FOR
from sealing.models import AuditEntry

UNITS = Path(__file__).parents[2] / "data" / "units.json"

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(name="write")
def fixture_write(tmp_path):
    """Write a units file and return its path."""

    def write(document):
        path = tmp_path / "units.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


def unit(**changes):
    """One unit with two officials who may ask for the handling of cases."""
    return {
        "code": "X1",
        "name": "样例单位",
        "kind": "court",
        "officials": [{"name": "样例甲", "number": "E1"}, {"name": "样例乙", "number": "E2"}],
        "authorisations": [
            {"for": "case_handling", "from_days": -5, "to_days": 5, "officials": ["E1", "E2"]}
        ],
    } | changes


def stored():
    """Everything that a units file decides, as plain values."""
    return {
        "units": list(Unit.objects.order_by("code").values()),
        "people": list(
            User.objects.order_by("number", "groups__name").values(
                "number", "unit__code", "groups__name"
            )
        ),
        "authorisations": list(
            Authorisation.objects.order_by("pk", "officials__number").values(
                "unit__code", "ground", "valid_from", "valid_to", "officials__number"
            )
        ),
        "log": AuditEntry.objects.using("audit").count(),
    }


def test_sample_units_are_loaded_and_a_second_run_changes_nothing(capsys):
    call_command("load_units", UNITS)
    first = stored()
    assert len(first["units"]) == 37
    assert Authorisation.objects.count() == sum(
        len(row["authorisations"]) for row in json.loads(UNITS.read_text("utf-8"))
    )
    capsys.readouterr()
    call_command("load_units", UNITS)
    assert stored() == first
    assert "Nothing changed" in capsys.readouterr().out


def test_official_gets_role_standing_and_sealed_name(write):
    call_command("load_units", write([unit()]))
    official = User.objects.get(number="E1")
    assert roles_of(official) == {Role.INQUIRER}
    assert official.has_perm(INQUIRE_FOR, Unit.objects.get(code="X1"))
    assert OfficialName.objects.get(user=official).name == "样例甲"
    assert not official.has_usable_password()
    entered = AuditEntry.objects.using("audit").filter(kind="role")
    assert {entry.official for entry in entered} == {"load_units"}


def test_changed_days_and_officials_are_stored_and_entered(write):
    call_command("load_units", write([unit()]))
    today = timezone.localdate()
    held = [{"for": "case_handling", "from": str(today), "to": str(today), "officials": ["E2"]}]
    call_command("load_units", write([unit(authorisations=held, daily_budget=7)]))
    kept = Authorisation.objects.get()
    assert (kept.valid_from, kept.valid_to) == (today, today)
    assert [named.number for named in kept.officials.all()] == ["E2"]
    assert Unit.objects.get().daily_budget == 7
    entries = AuditEntry.objects.using("audit").filter(kind="authorisation").order_by("id")
    assert [json.loads(bytes(entry.body))["details"]["act"] for entry in entries] == [
        "made",
        "changed",
    ]


def test_relative_days_move_on_with_the_calendar(write, monkeypatch):
    held = [
        {"for": "case_handling", "from_days": -5, "to_days": -5, "officials": []},
        {"for": "case_handling", "from_days": -4, "to_days": 5, "officials": ["E1"]},
    ]
    call_command("load_units", write([unit(authorisations=held)]))
    today = timezone.localdate()
    monkeypatch.setattr(timezone, "localdate", lambda: today + timedelta(days=1))
    call_command("load_units", write([unit(authorisations=held)]))
    days = Authorisation.objects.order_by("valid_from").values_list("valid_from", flat=True)
    assert list(days) == [today - timedelta(days=4), today - timedelta(days=3)]


def test_suspension_outlives_a_second_load(write):
    call_command("load_units", write([unit()]))
    Authorisation.objects.update(suspended_at=timezone.now())
    call_command("load_units", write([unit()]))
    assert Authorisation.objects.get().suspended_at is not None


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"code": "X1"}, "the file: not a list"),
        ([unit(), unit()], "[1].code: given twice"),
        ([unit(), unit(code="X2")], "[1].officials: given twice"),
        ([unit(kind="")], "[0].kind"),
        ([unit(officials=[{"name": "样例甲", "number": "E 1"}])], "[0].officials[0].number"),
        ([unit(officials=[])], "[0].authorisations[0].officials"),
        ([unit(authorisations=[{"for": "case_handling"}])], "[0].authorisations[0]: neither from"),
        (
            [unit(authorisations=[{"for": "case_handling", "from_days": 1, "to_days": 0}])],
            "[0].authorisations[0]: it ends before",
        ),
        ([unit(daily_budget="many")], "[0].daily_budget"),
        ([unit(level="village")], "[0].level"),
    ],
)
def test_fault_names_its_place_and_nothing_is_stored(write, document, place):
    before = stored()
    with pytest.raises(CommandError) as refused:
        call_command("load_units", write(document))
    assert place in str(refused.value)
    assert refused.value.returncode == 2
    assert "样例" not in str(refused.value)
    assert stored() == before


def test_official_of_another_unit_is_refused_and_nothing_is_half_done(write):
    call_command("load_units", write([unit()]))
    before = stored()
    other = unit(code="X2", officials=[{"name": "样例丙", "number": "E3"}], authorisations=[])
    moved = unit(code="X3", authorisations=[])
    with pytest.raises(CommandError, match="another unit"):
        call_command("load_units", write([other, moved]))
    assert stored() == before


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", None])
def test_unreadable_file_is_refused(tmp_path, content):
    path = tmp_path / "units.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("load_units", path)
    assert refused.value.returncode == 2


def test_the_largest_roster_stays_as_it_is_unless_the_file_says_otherwise(write):
    for stated, kept in (({"roster_limit": 40}, 40), ({}, 40), ({"roster_limit": 0}, 0)):
        call_command("load_units", write([unit(**stated)]))
        assert Unit.objects.get().roster_limit == kept
    for wrong in (1001, -1, "40", True):
        with pytest.raises(CommandError, match=r"\[0\]\.roster_limit"):
            call_command("load_units", write([unit(roster_limit=wrong)]))
    assert Unit.objects.get().roster_limit == 0
