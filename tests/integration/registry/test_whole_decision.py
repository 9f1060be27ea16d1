"""A decision of several acts and persons: entered without typing twice, seen whole, filed all or none; and remarks."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from registry.models import UnfinishedEntry, ViolationRecord
from tests.integration.registry.conftest import cells, id_number
from tests.integration.registry.test_pages import (
    clerk_page,  # noqa: F401
    entered,
    posted,
    signed_in,  # noqa: F401
    verifier_page,  # noqa: F401
)

OTHER_ACT = {"offence_code": "PSL2025-026-1-2", "fine": "", "detention_days": "10"}
OTHER_PERSON = {"name": "样例人乙", "id_number": id_number("11010519900307103")}
THIRD_ACT = {"offence_code": "PSL2025-026-1-3", "fine": "", "detention_days": "9"}
SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')


def page_of(client: Client, address: str) -> str:
    """Return a page that must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.content.decode())


def seen_on(page: str) -> str:
    """Return what the page says it shows."""
    return SEEN.findall(page)[-1]


@pytest.fixture
def three(clerk_page: Client) -> list[str]:  # noqa: F811
    """Key in one decision: two acts of one person, one of another; return their addresses."""
    return [entered(clerk_page, **changes) for changes in ({}, OTHER_ACT, OTHER_PERSON)]


@pytest.fixture
def waiting(clerk_page: Client, three: list[str]) -> list[str]:  # noqa: F811
    """Submit the three together; return their addresses for the verifying officer."""
    page = page_of(clerk_page, f"{three[0]}decision/")
    sent = {"checked": "on", "seen": seen_on(page)}
    assert clerk_page.post(f"{three[0]}decision/", sent).url == "/records/drafts/submitted/"
    return [draft.replace("drafts", "verify") for draft in three]


def test_another_entry_takes_over_the_decision_and_another_act_the_person(
    clerk_page: Client,  # noqa: F811
) -> None:
    draft = entered(clerk_page)
    for what, person in (("act", True), ("person", False)):
        begun = clerk_page.post(f"{draft}another/", {"what": what})
        page = page_of(clerk_page, begun.url)
        form = clerk_page.get(begun.url).context["form"]
        assert form["decision_number"].value() == cells()["decision_number"]
        year, month, day = cells()["decided_on"].split("-")
        assert form["decided_on"].value() == [year, str(int(month)), str(int(day))]
        for name in ("name", "id_number", "address"):
            assert (cells()[name] in page) is person
        assert form["facts"].value() in (None, "")
        assert form["fine"].value() in (None, "")
    assert clerk_page.post(f"{draft}another/", {"what": "all"}).status_code == 404
    assert UnfinishedEntry.objects.count() == 2


def test_the_whole_decision_shows_persons_acts_and_days(
    clerk_page: Client,  # noqa: F811
    three: list[str],
) -> None:
    assert "3 entries" in page_of(clerk_page, three[0])
    entered(clerk_page, decision_number="京公朝行罚决字〔2026〕90002号", **OTHER_PERSON)
    shares = clerk_page.get(f"{three[2]}decision/").context["shares"]
    assert [(share["name"], len(share["acts"]), share["days"]) for share in shares] == [
        ("样例人甲", 2, 10),
        ("样例人乙", 1, 0),
    ]


def test_submitted_as_it_was_seen_or_not_at_all(clerk_page: Client, three: list[str]) -> None:  # noqa: F811
    address = f"{three[0]}decision/"
    seen = seen_on(page_of(clerk_page, address))
    assert clerk_page.post(address, {"seen": seen}).status_code == 200
    clerk_page.post(f"{three[1]}change/", posted(cells(**{**OTHER_ACT, "detention_days": "9"})))
    assert clerk_page.post(address, {"checked": "on", "seen": seen}).status_code == 409
    assert not ViolationRecord.objects.exclude(stage="draft").exists()


def test_filed_at_once_with_one_entry_each(
    waiting: list[str],
    verifier_page: Client,  # noqa: F811
    on_file: Callable[..., int],
    superuser_connection: Any,
) -> None:
    assert "3 entries of this decision" in page_of(verifier_page, waiting[1])
    address = f"{waiting[1]}decision/"
    sent = {"checked": "on", "seen": seen_on(page_of(verifier_page, address))}
    assert verifier_page.post(address, {"seen": sent["seen"]}).status_code == 200
    assert verifier_page.post(address, sent).url == "/records/verify/receipt/"
    receipts = re.findall(
        r"[0-9a-f]{8}-[0-9a-f-]{27}", page_of(verifier_page, "/records/verify/receipt/")
    )
    assert on_file() == 3
    query = (
        "SELECT id::text, body FROM sealing_auditentry WHERE kind = 'filing' AND outcome = 'filed'"
    )
    entries = {row[0]: json.loads(bytes(row[1])) for row in superuser_connection.execute(query)}
    assert set(receipts) == set(entries)
    assert len({body["details"]["record"] for body in entries.values()}) == 3


def test_one_refusal_files_none_and_is_in_the_log(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    on_file: Callable[..., int],
    superuser_connection: Any,
) -> None:
    """The same act, filed meanwhile from the draft of another clerk, stands against one of two."""
    first, second = entered(clerk_page), entered(clerk_page, **OTHER_PERSON)
    for draft in (first, second):
        clerk_page.post(draft, {"checked": "on"})
    address = second.replace("drafts", "verify") + "decision/"
    page = page_of(verifier_page, address)
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE registry_violationrecord SET sealed_at = now(), verified_by = 'P200' WHERE id = %s",
        [first.split("/")[3]],
    )
    superuser_connection.execute("RESET session_replication_role")
    twin = entered(clerk_page)
    clerk_page.post(twin, {"checked": "on"})
    # What is filed is what was seen: another entry has come to the decision since.
    changed = verifier_page.post(address, {"checked": "on", "seen": seen_on(page)})
    assert changed.status_code == 409
    assert "changed since" in changed.content.decode()
    sent = {"checked": "on", "seen": seen_on(page_of(verifier_page, address))}
    refused = verifier_page.post(address, sent)
    assert refused.status_code == 409
    assert "duplicate_decision" in refused.content.decode()
    assert on_file() == 1
    query = "SELECT body FROM sealing_auditentry WHERE kind = 'filing' AND outcome = 'denied'"
    ((body,),) = superuser_connection.execute(query).fetchall()
    assert json.loads(bytes(body))["details"]["record"] == twin.split("/")[3]


def test_days_above_twenty_are_shown_before_filing_and_refused_by_it(
    clerk_page: Client,  # noqa: F811
    signed_in: Callable[..., Client],  # noqa: F811
    verifier_page: Client,  # noqa: F811
    on_file: Callable[..., int],
) -> None:
    """Two clerks of the unit key in the same person: neither form can see the other's draft."""
    colleague = signed_in("P101", "clerk")
    drafts = [
        (clerk_page, entered(clerk_page, fine="", detention_days="10")),
        (colleague, entered(colleague, **OTHER_ACT)),
        (colleague, entered(colleague, **THIRD_ACT)),
    ]
    for client, draft in drafts:
        client.post(draft, {"checked": "on"})
    address = drafts[0][1].replace("drafts", "verify") + "decision/"
    page = page_of(verifier_page, address)
    assert "above 20 days" in page
    assert page.count("combined_detention_over_20") == 3
    sent = {"checked": "on", "seen": seen_on(page)}
    assert verifier_page.post(address, sent).status_code == 409
    assert on_file() == 0


def test_an_officer_sees_nothing_of_his_own_or_of_other_units(
    waiting: list[str],
    three: list[str],
    clerk_page: Client,  # noqa: F811
    signed_in: Callable[..., Client],  # noqa: F811
) -> None:
    both = signed_in("P102", "clerk", "verifying_officer")
    own = entered(both, **{**OTHER_PERSON, "id_number": id_number("11010519900307105")})
    both.post(own, {"checked": "on"})
    shares = both.get(f"{waiting[0]}decision/").context["shares"]
    assert sum(len(share["acts"]) for share in shares) == 3
    elsewhere = signed_in("P500", "verifying_officer", unit="310115000000")
    assert elsewhere.get(f"{waiting[0]}decision/").status_code == 404
    assert clerk_page.get(f"{three[0]}decision/").status_code == 404
    assert clerk_page.post(f"{three[0]}another/", {"what": "act"}).status_code == 404


def test_a_page_of_before_a_correction_files_nothing(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    signed_in: Callable[..., Client],  # noqa: F811
    on_file: Callable[..., int],
) -> None:
    draft = entered(clerk_page)
    clerk_page.post(draft, {"checked": "on"})
    verify = draft.replace("drafts", "verify")
    seen = seen_on(page_of(verifier_page, verify))
    signed_in("P201", "verifying_officer").post(f"{verify}return/", {"remarks": "样例"})
    clerk_page.post(f"{draft}change/", posted(cells(fine="300")))
    clerk_page.post(draft, {"checked": "on"})
    sent = {"checked": "on", "seen": seen}
    assert verifier_page.post(f"{verify}file/", sent).status_code == 409
    assert on_file() == 0


def test_remarks_stand_at_their_fields_round_after_round(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    superuser_connection: Any,
) -> None:
    draft = entered(clerk_page)
    back = draft.replace("drafts", "verify") + "return/"
    clerk_page.post(draft, {"checked": "on"})
    assert "Remark on “Name”" in page_of(verifier_page, back)
    assert verifier_page.post(back, {"on_fine": "", "remarks": ""}).status_code == 200
    sent = {"on_fine": "决定书为三百元", "on_birth_date": "年份不符", "remarks": "样例总评"}
    assert verifier_page.post(back, sent).url == "/records/verify/"
    check = page_of(clerk_page, draft)
    assert f'href="{draft}change/#id_birth_date_0"' in check
    form = page_of(clerk_page, f"{draft}change/")
    assert 'id="id_fine_remark"' in form
    assert re.search(r'id="id_fine"[^>]*aria-describedby="[^"]*id_fine_remark', form) or re.search(
        r'aria-describedby="[^"]*id_fine_remark[^"]*"[^>]*id="id_fine"', form
    )
    assert 'href="#id_fine"' in form
    assert form.count("年份不符") == 2
    stored = superuser_connection.execute("SELECT remarks FROM registry_violationrecord").fetchone()
    assert "三百元".encode() not in bytes(stored[0])
    clerk_page.post(f"{draft}change/", posted(cells(fine="300")))
    clerk_page.post(draft, {"checked": "on"})
    assert "决定书为三百元" in page_of(verifier_page, draft.replace("drafts", "verify"))
    verifier_page.post(back, {"on_name": "第二轮"})
    form = page_of(clerk_page, f"{draft}change/")
    assert 'id="id_name_remark"' in form
    assert 'id="id_fine_remark"' not in form
    assert form.index("第二轮") < form.index("决定书为三百元")


def test_remarks_are_gone_when_the_draft_is_filed(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    superuser_connection: Any,
) -> None:
    draft = entered(clerk_page)
    verify = draft.replace("drafts", "verify")
    clerk_page.post(draft, {"checked": "on"})
    verifier_page.post(f"{verify}return/", {"on_name": "样例"})
    clerk_page.post(draft, {"checked": "on"})
    assert verifier_page.post(f"{verify}file/", {"checked": "on"}).status_code == 302
    query = "SELECT count(*) FROM registry_violationrecord WHERE remarks IS NULL AND sealed"
    assert superuser_connection.execute(query).fetchone() == (1,)


def test_the_remark_of_a_correction_stands_at_its_field(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
) -> None:
    from tests.integration.registry.test_correction_pages import NEW, sent

    answer = clerk_page.post(f"{NEW}?outcome=void", sent())
    clerk_page.post(answer.url, {"checked": "on"})
    back = answer.url.replace("drafts", "verify") + "return/"
    assert verifier_page.post(back, {"on_outcome_reason": "理由不符"}).status_code == 302
    form = page_of(clerk_page, f"{answer.url}change/")
    assert 'id="id_outcome_reason_remark"' in form
