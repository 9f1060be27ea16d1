"""What an inquirer meets: the choice of a ground, the form, the list, the page of an inquiry, the answer."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from access import pages
from access.inquiry import VIEWS_ALLOWED
from access.models import Authorisation, Inquiry, User
from sealing import log_words, receipt
from sealing.models import AuditEntry
from sealing.receipts import public_keys
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    page_of,
    receipt_of,
    signed_in,
)

FORM = "/inquiries/new/?exception=state_regulation&provision=MINORS-62"


def view(client, inquiry, **fields):
    """Ask for the answer, with the undertaking given."""
    return client.post(f"/inquiries/{inquiry.receipt}/answer/", {"undertaking": "1"} | fields)


def test_only_grounds_that_hold_today_are_offered(asker, school):
    first = asker.get("/inquiries/new/").content.decode()
    assert 'href="?exception=state_regulation"' in first
    assert 'href="?exception=case_handling"' not in first
    second = asker.get("/inquiries/new/?exception=state_regulation").content.decode()
    assert "MINORS-62" in second
    assert "PRESCHOOL-44" not in second
    Authorisation.objects.update(valid_to=timezone.localdate() - timedelta(days=1))
    assert (
        "MINORS-62" not in asker.get("/inquiries/new/?exception=state_regulation").content.decode()
    )
    assert "form" not in asker.get(FORM).context


def test_form_asks_only_what_the_ground_needs(asker, judge):
    school = asker.get(FORM).content.decode()
    court = judge.get("/inquiries/new/?exception=case_handling&case_kind=criminal").content.decode()
    assert 'name="post"' in school
    assert 'name="case_number"' not in school
    assert 'name="case_number"' in court
    assert 'name="post"' not in court
    assert 'name="provision"' not in court


def test_form_says_beforehand_what_can_be_received(asker):
    page = asker.get(FORM).content.decode()
    assert "sexual assault" in page
    assert "You cannot receive anything else" in page


def test_address_of_the_form_fills_in_no_person(asker):
    page = asker.get(f"{FORM}&name=样本人物甲&purpose=样例目的").content.decode()
    assert "样本人物甲" not in page
    assert "样例目的" not in page


def test_what_is_missing_is_said_once_and_sent_when_confirmed(asker, stated):
    fields = stated(purpose="", letter_number=None, letter_issued_on=None)
    page = asker.post("/inquiries/new/", fields)
    assert page.status_code == 200
    assert [reason.code for reason in page.context["form"].lacking] == [
        "purpose_missing",
        "letter_missing",
    ]
    assert 'type="checkbox" name="confirm"' in page.content.decode()
    assert not Inquiry.objects.exists()
    inquiry = ask(asker, fields)
    assert inquiry.reasons == ["purpose_missing", "letter_missing"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"exception": "curiosity"}, "exception"),
        ({"exception": None}, "exception"),
        ({"id_number": "110105194912310021"}, "id_number"),
        ({"id_number": ""}, "id_number"),
        ({"id_number": "·", "id_type": "passport"}, "id_number"),
        ({"id_type": "library_card"}, "id_type"),
        ({"name": " "}, "name"),
        ({"name": "·"}, "name"),
        ({"letter_issued_on": "2026-02-30"}, "letter_issued_on"),
        ({"letter_issued_on": "soon"}, "letter_issued_on"),
        ({"official_2": "样本人物乙"}, "official_2"),
        ({"official_1": "E3"}, "official_1"),
    ],
)
@pytest.mark.usefixtures("record")
def test_what_cannot_be_read_is_a_form_error_and_nothing_is_stored(asker, stated, changes, field):
    page = asker.post("/inquiries/new/", stated(**changes) | {"confirm": "1"})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert not Inquiry.objects.exists()


@pytest.mark.usefixtures("record")
def test_form_errors_are_the_same_for_a_recorded_and_an_unrecorded_person(asker, stated):
    shown = []
    for number, name in (RECORDED, UNRECORDED):
        page = asker.post("/inquiries/new/", stated((number, name), letter_issued_on="2026-02-30"))
        text = page.content.decode().replace(number, "NUMBER").replace(name, "NAME")
        text = text.replace(str(page.context["csrf_token"]), "TOKEN")
        shown.append(text.replace(page.context["form"]["form_id"].value() or "", "KEY"))
    assert shown[0] == shown[1]


def test_number_typed_with_spaces_and_small_x_is_the_same_person(asker, stated, record):
    inquiry = ask(asker, stated(("１１０１０５ 19491231 002x", "样本·人物 甲")))
    answer = view(asker, inquiry)
    assert answer.context["disclosure"].answer.answer == "disclosable"


def test_case_inquiry_is_answered_with_the_full_decision(judge, of_a_case, record):
    inquiry = ask(judge, of_a_case)
    page = view(judge, inquiry)
    text = page.content.decode()
    assert page.context["disclosure"].answer.shape == "decision"
    (line,) = page.context["disclosure"].answer.lines
    assert line.decision_number in text
    assert line.decision["facts"] in text
    assert line.decision["address"] in text
    assert page["Cache-Control"] == "no-store"
    assert str(page.context["disclosure"].entry) in text
    assert inquiry.receipt in text
    title = re.search(r"<title>(.*?)</title>", text, re.S)[1]
    assert RECORDED[1] not in title


def test_yes_no_answer_shows_the_matter_and_nothing_of_the_decision(asker, stated, record):
    inquiry = ask(asker, stated())
    page = view(asker, inquiry)
    text = page.content.decode()
    assert "Disclosable under" in text
    assert re.search(r'key">violent injury</dt><dd class="govuk-summary-list__value">Yes', text)
    assert "drug use" not in text
    assert page.context["disclosure"].answer.lines == ()


def test_unrecorded_person_and_other_name_read_nothing_disclosable(asker, stated, record):
    shown = []
    for person in (UNRECORDED, (RECORDED[0], "样本人物丁")):
        inquiry = ask(asker, stated(person))
        page = view(asker, inquiry)
        text = page.content.decode()
        assert "Nothing disclosable under" in text
        assert "record" not in re.search(r"<h1.*?</h1>", text, re.S)[0]
        masked = html.unescape(text).replace(inquiry.receipt, "R")
        for value in page.context["disclosure"].proof.values():
            masked = masked.replace(f">{value}<", "><")
        masked = masked.replace(str(page.context["disclosure"].entry), "E")
        masked = masked.replace(page.context["mark"].code, "C")
        shown.append(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", masked))
    assert shown[0] == shown[1]


def test_answer_needs_a_post_and_a_fresh_undertaking(asker, stated, record):
    inquiry = ask(asker, stated())
    assert asker.get(f"/inquiries/{inquiry.receipt}/answer/").status_code == 405
    page = asker.post(f"/inquiries/{inquiry.receipt}/answer/")
    assert "disclosure" not in page.context
    assert page.context["form"].errors
    assert Inquiry.objects.get().views == 0


def test_an_answers_address_opened_by_hand_says_what_to_do_and_costs_no_view(asker, stated, record):
    inquiry = ask(asker, stated())
    page = asker.get(f"/inquiries/{inquiry.receipt}/answer/")
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "open the form again" in page.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.views == 0


def test_answer_that_is_used_up_or_out_of_time_is_gone(asker, stated, record):
    inquiry = ask(asker, stated())
    for _ in range(VIEWS_ALLOWED):
        assert view(asker, inquiry).status_code == 200
    assert view(asker, inquiry).status_code == 410
    other = ask(asker, stated())
    Inquiry.objects.filter(pk=other.pk).update(expires_at=timezone.now())
    page = view(asker, other)
    assert page.status_code == 410
    assert "can no longer be viewed" in page.content.decode()
    entry = AuditEntry.objects.using("audit").filter(inquiry=other.receipt).latest("pk")
    assert "denied. Reasons: The answer's time or views were over." in log_words.sentence(entry)


def test_a_page_offers_no_view_that_would_be_refused(asker, stated, record):
    used_up, out_of_time = ask(asker, stated()), ask(asker, stated())
    assert "View answer" in page_of(asker, used_up)
    Inquiry.objects.filter(pk=used_up.pk).update(views=VIEWS_ALLOWED)
    Inquiry.objects.filter(pk=out_of_time.pk).update(expires_at=timezone.now())
    for inquiry in (used_up, out_of_time):
        page = page_of(asker, inquiry)
        assert "send a new inquiry" in page
        assert f"/inquiries/{inquiry.receipt}/answer/" not in page
        assert asker.post(f"/inquiries/{inquiry.receipt}/answer/").status_code == 410


def test_answer_is_not_given_when_the_log_cannot_be_written(asker, stated, record):
    inquiry = ask(asker, stated())
    with broken_log():
        page = view(asker, inquiry)
    assert page.status_code == 503
    assert "disclosure" not in page.context
    assert "violent injury" not in page.content.decode()
    assert "Nothing was disclosed" in page.content.decode()


def test_inquiry_under_review_waits(judge, of_a_case):
    inquiry = ask(judge, of_a_case | {"case_kind": "civil"})
    assert inquiry.status == "under_review"
    assert "Two independent reviewers" in page_of(judge, inquiry)
    assert view(judge, inquiry).status_code == 409


def test_denied_page_says_why_and_how_to_contest_without_time_or_person(asker, stated):
    inquiry = ask(asker, stated(provision="DRIVER-15"))
    page = page_of(asker, inquiry)
    assert "not_state_regulation" in page
    assert "How to contest it" in page
    assert "60 days" in page
    assert not re.search(r"\d\d:\d\d", page)
    for typed in (*RECORDED, "函〔2026〕1号", "教师"):
        assert typed not in page


def test_inquiry_of_another_unit_is_one_that_does_not_exist(asker, judge, stated, of_a_case):
    theirs = ask(judge, of_a_case)
    missing = "2" * 20
    for suffix, send in (("", asker.get), ("answer/", asker.post)):
        foreign = send(f"/inquiries/{theirs.receipt}/{suffix}")
        absent = send(f"/inquiries/{missing}/{suffix}")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.content.decode().replace(theirs.receipt, missing) == absent.content.decode()
    assert theirs.receipt not in asker.get("/inquiries/").content.decode()


def test_only_maker_and_named_officials_of_the_unit_see_an_inquiry(asker, stated):
    inquiry = ask(asker, stated())
    named, other = (signed_in(User.objects.get(number=number)) for number in ("E2", "E3"))
    assert inquiry.receipt in page_of(named, inquiry)
    assert other.get(f"/inquiries/{inquiry.receipt}/").status_code == 404
    assert inquiry.receipt not in other.get("/inquiries/").content.decode()


def test_foreign_official_who_is_named_sees_nothing(asker, judge, stated):
    inquiry = ask(asker, stated(official_2="E7"))
    assert inquiry.reasons == ["official_not_named"]
    assert judge.get(f"/inquiries/{inquiry.receipt}/").status_code == 404


def test_list_pages_through_all_inquiries_newest_first_without_persons(asker, stated, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_LENGTH", 2)
    sent = [ask(asker, stated()).receipt for _ in range(5)]
    seen, address = [], "/inquiries/"
    while address:
        page = asker.get(address)
        text = page.content.decode()
        assert RECORDED[1] not in text
        seen.append([receipt for receipt, _words in page.context["rows"]])
        older = page.context["older"]
        address = f"/inquiries/?before={older}" if older else None
    assert [receipt for rows in seen for receipt in rows] == sent[::-1]
    back = asker.get(f"/inquiries/?after={seen[2][0]}")
    assert [receipt for receipt, _words in back.context["rows"]] == seen[1]
    assert back.context["newer"] == seen[1][0]
    first = asker.get(f"/inquiries/?after={seen[1][0]}")
    assert first.context["newer"] is None
    assert 'rel="next"' in first.content.decode()


def test_pages_are_in_chinese_by_default(official, stated):
    client = signed_in(official)
    client.defaults.pop("HTTP_ACCEPT_LANGUAGE", None)
    receipt = receipt_of(client.post("/inquiries/new/", stated()))
    page = client.get(f"/inquiries/{receipt}/", headers={"accept-language": ""}).content.decode()
    assert 'lang="zh-hans"' in page
    assert "《中华人民共和国未成年人保护法》" in page


def test_a_denial_comes_with_its_signed_receipt_as_a_file(asker, stated, judge):
    inquiry = ask(asker, stated(purpose=None))
    assert f'href="/inquiries/{inquiry.receipt}/proof/"' in page_of(asker, inquiry)
    file = asker.get(f"/inquiries/{inquiry.receipt}/proof/")
    assert file["Content-Disposition"].startswith("attachment")
    [key] = public_keys()
    receipt.check(file.json(), public_key=receipt.read_key(key["public_key"]))
    assert file.json()["outcome"] == "denied"
    assert judge.get(f"/inquiries/{inquiry.receipt}/proof/").status_code == 404


def test_an_answer_comes_with_its_signed_receipt(asker, stated, record):
    inquiry = ask(asker, stated())
    shown = asker.post(f"/inquiries/{inquiry.receipt}/answer/", {"undertaking": "1"})
    proof = shown.context["disclosure"].proof
    [key] = public_keys()
    receipt.check(proof, public_key=receipt.read_key(key["public_key"]))
    assert proof["signature"] in html.unescape(shown.content.decode())
