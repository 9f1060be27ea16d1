"""What an official takes away as PDF: the answer of a fresh lookup, the notice of a denial; and who can check one.

Units, officials and persons are made up.
"""

import json
import re
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from access import answer_paper, paper, paper_fonts, paper_seal, watermark_code
from access.answer_paper import Checking
from access.inquiry import VIEWS_ALLOWED
from access.models import Inquiry, Unit
from sealing import audit_log
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    page_of,
    signed_in,
    statements,
)

CHECKING = Checking("https://registry.example/check/")


@pytest.fixture(name="papers")
def fixture_papers(monkeypatch):
    """Every paper that is set, as what it says."""
    made = []
    set_as_pdf = paper.pdf

    def noted(told):
        made.append(told)
        return set_as_pdf(told)

    monkeypatch.setattr(paper, "pdf", noted)
    return made


def take(client, inquiry, **fields):
    """Ask for the answer as PDF, with the undertaking given."""
    return client.post(f"/inquiries/{inquiry.receipt}/answer/paper/", {"undertaking": "1"} | fields)


def notice_of(client, inquiry):
    return client.get(f"/inquiries/{inquiry.receipt}/refusal/")


def said(told):
    """Return everything a paper says, as one text."""
    return json.dumps(asdict(told), ensure_ascii=False, default=str)


def code_of(told):
    return re.fullmatch(r"http://testserver/check/([\w-]{187})/", told.check_at)[1]


def lookups():
    return list(
        AuditEntry.objects.using("audit")
        .filter(kind="lookup")
        .order_by("id")
        .values_list("outcome", flat=True)
    )


def test_an_answer_as_pdf_is_a_lookup_of_its_own(asker, stated, record, papers):
    inquiry = ask(asker, stated())
    for view in (1, 2):
        response = take(asker, inquiry)
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
        assert response.content.startswith(b"%PDF-1.7")
        assert response["Cache-Control"] == "no-store"
        assert response["Content-Disposition"] == f'attachment; filename="{inquiry.receipt}.pdf"'
        inquiry.refresh_from_db()
        assert inquiry.views == view
        assert lookups() == ["granted", "disclosed"] * view
    entries = [dict(told.sections[-1].rows)["Audit entry"] for told in papers]
    assert len(set(entries)) == 2


def test_an_answer_as_pdf_says_what_its_page_says(judge, of_a_case, record, papers):
    inquiry = ask(judge, of_a_case)
    page = judge.post(f"/inquiries/{inquiry.receipt}/answer/", {"undertaking": "1"})
    take(judge, inquiry)
    (told,) = papers
    text = said(told)
    (line,) = page.context["disclosure"].answer.lines
    for shown in (line.decision_number, line.organ, line.offence_code, line.article):
        assert shown in text
    for shown in line.decision.values():
        assert not shown or shown in text or shown in {"male", "female", "executed"}
    assert page.context["words"].heading in text
    assert str(page.context["duty"]) == told.duty
    assert inquiry.unit.name in told.mark
    assert "E7" in told.mark
    assert inquiry.receipt in told.mark
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", told.mark)
    whose, who_and_when, receipt, code = told.watermark
    assert (whose, receipt) == (f"{inquiry.unit.code} {inquiry.unit.name}", inquiry.receipt)
    assert who_and_when.startswith("E7 · ")
    entry = dict(told.sections[-1].rows)["Audit entry"]
    assert code == watermark_code.code_of(UUID(entry))


def test_an_answer_as_pdf_holds_no_more_than_the_ground_allows(asker, stated, record, papers):
    take(asker, ask(asker, stated()))
    (told,) = papers
    assert ("violent injury", "Yes") in told.sections[0].rows
    for kept in (RECORDED[0], RECORDED[1], "样例事实一则", "样例市样例路1号", "00001号"):
        assert kept not in said(told)
    assert RECORDED[1] not in told.title


def test_nothing_disclosable_is_one_paper_for_every_cause(asker, stated, record, papers):
    shown = []
    for person in (UNRECORDED, (RECORDED[0], "样本人物丁")):
        inquiry = ask(asker, stated(person))
        take(asker, inquiry)
        told = asdict(papers.pop()) | {"made_at": "", "check_at": ""}
        entry = dict(told["sections"][-1]["rows"])["Audit entry"]
        text = json.dumps(told, ensure_ascii=False).replace(inquiry.receipt, "R")
        text = text.replace(watermark_code.code_of(UUID(entry)), "CODE")
        shown.append(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", text.replace(entry, "E")))
    assert shown[0] == shown[1]
    assert "Nothing disclosable under" in shown[0]


def test_an_answer_as_pdf_needs_the_undertaking_a_view_and_standing(asker, judge, stated, record):
    inquiry = ask(asker, stated())
    refused = asker.post(f"/inquiries/{inquiry.receipt}/answer/paper/")
    assert "Confirm the duty of confidentiality" in refused.content.decode()
    assert asker.get(f"/inquiries/{inquiry.receipt}/answer/paper/").status_code == 405
    assert take(judge, inquiry).status_code == 404
    assert lookups() == []
    Inquiry.objects.update(views=VIEWS_ALLOWED)
    assert take(asker, inquiry).status_code == 410
    Inquiry.objects.update(views=0)
    Unit.objects.update(active=False)
    assert take(asker, inquiry).status_code in {403, 404, 409}
    assert "granted" not in lookups()


def test_no_pdf_leaves_when_the_log_cannot_be_written(asker, stated, record, papers):
    inquiry = ask(asker, stated())
    with broken_log():
        response = take(asker, inquiry)
    assert response.status_code == 503
    assert papers == []
    inquiry.refresh_from_db()
    assert inquiry.views == 0


def test_without_a_font_no_view_is_spent(asker, stated, record, monkeypatch, tmp_path):
    inquiry, denied = ask(asker, stated()), ask(asker, stated(post=None))
    monkeypatch.setattr(paper_fonts, "folders", lambda: [tmp_path])
    paper_fonts.fonts.cache_clear()
    try:
        for response in (take(asker, inquiry), notice_of(asker, denied)):
            assert response.status_code == 503
            assert "fonts-noto-cjk" in response.content.decode()
    finally:
        paper_fonts.fonts.cache_clear()
    inquiry.refresh_from_db()
    assert (inquiry.views, lookups()) == (0, [])


def test_an_answer_that_cannot_be_set_is_shown_as_its_page(judge, of_a_case, record, monkeypatch):
    def fail(told):
        raise paper.NotSet("样本")

    monkeypatch.setattr(paper, "pdf", fail)
    response = take(judge, ask(judge, of_a_case))
    assert response.status_code == 200
    text = response.content.decode()
    assert "样例事实一则" in text
    assert "Print this page" in text
    assert response["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("changes", [{"post": None}, {"letter_number": None, "purpose": " "}])
def test_a_notice_is_the_same_for_a_recorded_and_an_unrecorded_person(
    asker, stated, papers, changes
):
    told, sent = [], []
    for person in (RECORDED, UNRECORDED):
        inquiry = ask(asker, stated(person, **changes))
        with statements() as made:
            response = notice_of(asker, inquiry)
        assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
        assert response["Content-Disposition"].endswith(f'filename="{inquiry.receipt}.pdf"')
        sent.append(made)
        notice = papers.pop()
        for own in (*person, "核实拟聘人员情况", "函〔2026〕1号"):
            assert own not in said(notice)
        masked = said(notice).replace(inquiry.receipt, "R").replace(notice.check_at, "CODE")
        masked = masked.replace(inquiry.proof["entry"], "ENTRY").replace(str(notice.made_at), "AT")
        told.append(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", masked))
    assert told[0] == told[1]
    assert sent[0] == sent[1]
    assert [sql for sql in sent[0] if "registry_" in sql or "sealing_" in sql] == []


def test_a_notice_says_why_and_until_when_it_can_be_contested(asker, stated, papers):
    inquiry = ask(asker, stated(post=None))
    first, second = notice_of(asker, inquiry).content, notice_of(asker, inquiry).content
    assert first == second
    about, why, contest = papers[0].sections
    assert dict(about.rows)["Receipt"] == inquiry.receipt
    assert dict(about.rows)["Unit"] == f"{inquiry.unit.code} {inquiry.unit.name}"
    assert [point[-14:] for point in why.points] == ["[post_missing]"]
    last = timezone.localdate(inquiry.decided_at + timedelta(days=60)).isoformat()
    assert dict(contest.rows) == {"Last day to write": last}
    assert "within 60 days" in " ".join(contest.points)
    assert "Within ten working days" in " ".join(contest.points)
    assert f"/inquiries/{inquiry.receipt}/refusal/" in page_of(asker, inquiry)


def test_a_notice_is_for_denials_and_for_those_who_may_see_them(asker, judge, stated):
    denied, granted = ask(asker, stated(post=None)), ask(asker, stated())
    assert notice_of(judge, denied).status_code == 404
    assert notice_of(asker, granted).status_code == 404
    assert "/refusal/" not in page_of(asker, granted)
    with pytest.raises(ValueError, match="not denied"):
        answer_paper.refusal(granted, checking=CHECKING)


def test_papers_speak_the_language_of_the_page(official, asker, stated, papers):
    inquiry = ask(asker, stated(post=None))
    chinese = signed_in(official)
    chinese.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    notice_of(chinese, inquiry)
    notice_of(asker, inquiry)
    assert [told.title for told in papers] == ["不予查询通知书", "Notice of denial"]
    with override("zh-hans"):
        text = said(answer_paper.refusal(inquiry, checking=CHECKING))
    assert not re.search(r"[A-Za-z]{4,} [a-z]{3,}", text.replace(CHECKING.begins, ""))


def test_anybody_can_check_a_paper_and_nothing_is_looked_up(asker, stated, record, papers):
    inquiry, denied = ask(asker, stated()), ask(asker, stated(post=None))
    take(asker, inquiry)
    notice_of(asker, denied)
    stranger = Client(headers={"accept-language": "en"})
    for told, of, words in zip(
        papers, (inquiry, denied), ("made an answer", "made a notice of denial"), strict=True
    ):
        with statements() as sent:
            page = stranger.get(f"/check/{code_of(told)}/")
        text = page.content.decode()
        assert (page.status_code, sent) == (200, [])
        assert words in text
        assert of.receipt in text
        for kept in (*RECORDED, of.unit.name, "MINORS-62", "violent injury", "post_missing", "E1"):
            assert kept not in re.sub(r"/check/[\w-]+/|[0-9a-f-]{36,}", "", text)


def test_a_code_names_the_entry_of_the_log(asker, stated, record, papers):
    take(asker, ask(asker, stated()))
    stated_in = paper_seal.checked(code_of(papers[0]))
    entry = AuditEntry.objects.using("audit").get(id=stated_in.entry)
    assert (entry.kind, entry.outcome) == ("lookup", "granted")
    assert audit_log.leaf_hash(bytes(entry.body)) == stated_in.leaf_hash


def test_a_forged_code_is_nobodys(asker, stated, papers):
    inquiry = ask(asker, stated(post=None))
    notice_of(asker, inquiry)
    code = code_of(papers[0])
    stranger = Client(headers={"accept-language": "en"})
    for forged in (code[:-9] + "AAAAAAAAA", code[:99], "x", "é", inquiry.receipt):
        page = stranger.get(f"/check/{forged}/")
        assert page.status_code == 404
        assert "made no paper with this code" in page.content.decode()
        assert inquiry.receipt not in page.content.decode().replace(f"/check/{forged}/", "")


def test_the_address_in_the_code_is_the_one_that_is_set(asker, stated, papers, settings):
    settings.REGISTRY_PUBLIC_URL = "https://registry.example"
    notice_of(asker, ask(asker, stated(post=None)))
    assert papers[0].check_at.startswith("https://registry.example/check/")
    assert UUID(papers[0].sections[0].rows[-1][1])
