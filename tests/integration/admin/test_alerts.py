"""Patterns in what was asked become alerts that auditors judge; canary persons; and what nobody can tell from them."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from access import judging, watching
from access.alerts import Alert, AlertNote, Canary
from access.models import OfficialName, User
from access.roles import Role
from sealing.models import AuditEntry
from tests.integration.access.conftest import (  # noqa: F401 - fixtures
    RECORDED,
    UNRECORDED,
    ask,
    fixture_asker,
    fixture_official,
    fixture_record,
    fixture_school,
    fixture_stated,
)

ALERTS = "/admin/access/alert/"


def rules() -> list[str]:
    return sorted(Alert.objects.exclude(rule="off_hours").values_list("rule", flat=True))


@pytest.fixture
def denied(asker, stated):
    """Ten denied inquiries of one official, about different passports."""
    return [
        ask(asker, stated(id_type="passport", letter_number="", person=(f"E{n:08d}", "样本人物")))
        for n in range(10)
    ]


def test_a_pattern_is_kept_once_with_its_entries_and_grows(denied, asker, stated):
    assert watching.watch() >= 1
    assert rules() == ["repeated_denials"]
    found = Alert.objects.get(rule="repeated_denials")
    of_them = AuditEntry.objects.using("audit").filter(pk__in=found.entries)
    assert {entry.inquiry for entry in of_them} == {one.receipt for one in denied}
    assert watching.watch() == 0
    ask(asker, stated(id_type="passport", letter_number="", person=("E99999999", "样本人物")))
    assert watching.watch() >= 1
    assert len(Alert.objects.get(rule="repeated_denials").entries) == 11


def test_a_judged_alert_that_grows_is_open_again(denied, asker, stated, account):
    watching.watch()
    found = Alert.objects.get(rule="repeated_denials")
    auditor = account("A1", Role.AUDITOR)
    judging.judge(alert=found, verdict=Alert.Verdict.JUSTIFIED, note="", by=auditor)
    watching.watch()
    assert Alert.objects.get(pk=found.pk).verdict == "justified"
    ask(asker, stated(id_type="passport", letter_number="", person=("E99999999", "样本人物")))
    watching.watch()
    assert Alert.objects.get(pk=found.pk).verdict == ""


@pytest.mark.parametrize("person", [RECORDED, UNRECORDED])
def test_a_canary_alerts_whether_there_is_a_record_or_not(person, record, asker, stated, account):
    judging.set_canary(id_type="resident_id", id_number=person[0], by=account("A1", Role.AUDITOR))
    ask(asker, stated(person))
    watching.watch()
    assert rules() == ["canary"]
    kept = json.dumps(list(Canary.objects.values("person", "set_by")))
    assert person[0] not in kept
    assert person[1] not in kept


def test_asking_about_a_colleague_by_name_alerts(asker, stated, official):
    OfficialName.objects.create(user=User.objects.get(number="E3"), name="样本 同事")
    ask(asker, stated(("11010519900307101X", "样本同事")))
    watching.watch()
    assert "colleague" in rules()


@pytest.mark.parametrize(
    ("code", "person", "named", "found"),
    [
        ("110105000000", (UNRECORDED[0], "样本某"), "E1", True),
        ("110100000000", (UNRECORDED[0], "样本某"), "E1", True),
        ("12110105MB0000001X", (UNRECORDED[0], "样本某"), "E1", True),
        ("110106000000", (UNRECORDED[0], "样本某"), "E1", False),
        ("110000000000", (UNRECORDED[0], "样本某"), "E1", False),
        ("S1", (UNRECORDED[0], "样本某"), "E1", False),
        ("110105000000", (UNRECORDED[0], "另本某"), "E1", False),
        ("110105000000", (UNRECORDED[0], "样本某"), "E3", False),
    ],
    ids=[
        *("county", "prefecture", "credit code", "elsewhere", "province", "no place"),
        *("another surname", "a colleague who does not ask"),
    ],
)
def test_a_shared_surname_alerts_where_unit_and_document_are_of_one_place(
    code, person, named, found, asker, stated, school
):
    school.code = code
    school.save()
    OfficialName.objects.create(user=User.objects.get(number=named), name="样例官")
    ask(asker, stated(person))
    watching.watch()
    assert rules() == (["shared_surname"] if found else [])


def test_the_list_says_for_how_many_units_no_place_is_known(auditor, school):
    words = "cannot be compared for 1 unit"
    assert words in auditor.get(ALERTS).content.decode()
    school.code = "12110105MB0000001X"
    school.save()
    assert words not in auditor.get(ALERTS).content.decode()


def test_an_ordinary_inquiry_raises_nothing(asker, stated):
    ask(asker, stated())
    watching.watch()
    assert rules() == []


def test_what_is_older_than_the_longest_rule_is_left_alone(denied):
    later = timezone.now() + timedelta(days=8)
    assert watching.watch(now=later) == 0


def test_an_auditor_judges_and_both_acts_are_in_the_log(denied, auditor):
    watching.watch()
    found = Alert.objects.get(rule="repeated_denials")
    listed = auditor.get(ALERTS).content.decode()
    assert "One official was denied again and again" in listed
    page = auditor.get(f"{ALERTS}{found.pk}/").content.decode()
    assert denied[0].receipt in page
    refused = auditor.post(f"{ALERTS}{found.pk}/", {"verdict": "misuse", "note": ""})
    assert "Say what you found." in refused.content.decode()
    done = auditor.post(f"{ALERTS}{found.pk}/", {"verdict": "misuse", "note": "样本批注"})
    assert done.status_code == 302
    found.refresh_from_db()
    assert (found.verdict, found.judged_by) == ("misuse", "A-auditor")
    assert AlertNote.objects.get().text == "样本批注"
    told = [
        json.loads(bytes(entry.body))["details"]
        for entry in AuditEntry.objects.using("audit").filter(official="A-auditor").order_by("pk")
    ]
    assert {"page": "alert", "alert": str(found.pk)} in told
    assert any(said.get("verdict") == "misuse" for said in told)
    assert "样本批注" not in json.dumps(told, ensure_ascii=False)


def test_a_canary_is_set_on_a_page_that_lists_nobody(auditor):
    form = {"id_type": "resident_id", "id_number": RECORDED[0]}
    assert auditor.post(f"{ALERTS}canaries/", form).status_code == 302
    page = auditor.get(f"{ALERTS}canaries/").content.decode()
    assert "There is 1 canary person." in page
    assert RECORDED[0] not in page
    assert Canary.objects.get().person not in page


def test_no_alert_is_an_empty_state_that_says_so(auditor):
    assert "No alert." in auditor.get(ALERTS).content.decode()


def test_nobody_else_sees_or_judges_alerts(denied, security, official, asker):
    watching.watch()
    found = Alert.objects.get(rule="repeated_denials")
    for browser in (security, asker):
        assert browser.get(ALERTS).status_code == 403
        assert browser.get(f"{ALERTS}{found.pk}/").status_code == 403
        assert browser.post(f"{ALERTS}{found.pk}/", {"verdict": "justified"}).status_code == 403
    with pytest.raises(PermissionDenied):
        judging.judge(alert=found, verdict=Alert.Verdict.JUSTIFIED, note="", by=official)
    with pytest.raises(PermissionDenied):
        judging.set_canary(id_type="passport", id_number="E1", by=official)


def test_nothing_is_shown_or_kept_when_the_log_cannot_be_written(denied, auditor):
    from tests.integration.access.conftest import broken_log

    watching.watch()
    found = Alert.objects.get(rule="repeated_denials")
    with broken_log():
        assert auditor.get(f"{ALERTS}{found.pk}/").status_code == 503
        page = auditor.post(f"{ALERTS}{found.pk}/", {"verdict": "justified"})
        assert page.status_code == 503
    found.refresh_from_db()
    assert found.verdict == ""
