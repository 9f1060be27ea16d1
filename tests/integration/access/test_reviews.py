"""Two officers decide; the unit is asked, answered and told."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from access import lookups, review_clock, reviewers
from access.models import Inquiry, ReviewQuestion, ReviewVote, Unit, User
from access.roles import Role, grant
from sealing import log_words
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    RECORDED,
    ask,
    broken_log,
    page_of,
    signed_in,
)
from tests.integration.access.reviewing import (  # noqa: F401 - fixtures
    ASK,
    OFFICERS,
    PERMIT,
    REFUSE,
    acts,
    assigned,
    decide,
    fixture_bureau,
    fixture_carrier,
    fixture_driver,
    fixture_inquiry,
    fixture_manager,
    log,
    officer,
    vote,
)


def test_two_officers_are_assigned_when_an_inquiry_goes_under_review(inquiry):
    chosen = assigned(inquiry)
    assert len({user.pk for user in chosen}) == 2
    assert {user.number for user in chosen} < set(OFFICERS)
    assert acts() == ["assigned", "assigned"]
    named = {json.loads(bytes(entry.body))["details"]["reviewer"] for entry in log()}
    assert named == {user.number for user in chosen}


def test_whose_account_was_closed_fills_no_seat_unless_he_has_voted(inquiry):
    first, second = assigned(inquiry)
    vote(first, inquiry, PERMIT)
    User.objects.filter(pk__in=[first.pk, second.pk]).update(is_active=False)
    assert reviewers.too_few() == [(inquiry, 1)]
    assert reviewers.staff_waiting() == 0
    (third,) = set(assigned(inquiry)) - {first, second}
    vote(third, inquiry, PERMIT)
    inquiry.refresh_from_db()
    assert inquiry.status == "granted"


def test_load_is_shared(bureau, manager, driver):
    for _ in range(3):
        ask(manager, driver)
    held = [len(list(reviewers.assigned_inquiries(u))) for u in User.objects.filter(unit=bureau)]
    assert held == [2, 2, 2]


@pytest.mark.parametrize("how", ["of_the_unit", "official", "inactive", "role_gone", "clerk"])
def test_who_has_a_part_in_it_is_never_chosen(carrier, manager, driver, how):
    bureau = Unit.objects.create(code="B1", kind="public_security", name="样例局")
    officer("R1", bureau)
    if how == "of_the_unit":
        officer("R2", carrier)
    elif how == "official":
        named = User.objects.get(number="E5")
        grant(user=named, role=Role.REVIEWING_OFFICER, by="test")
    elif how == "inactive":
        User.objects.filter(pk=officer("R2", bureau).pk).update(is_active=False)
    elif how == "role_gone":
        officer("R2", bureau).groups.clear()
    else:
        grant(user=User.objects.create_user("R2", unit=bureau), role=Role.CLERK, by="test")
    found = ask(manager, driver)
    assert [user.number for user in assigned(found)] == ["R1"]
    assert [(one.pk, lacks) for one, lacks in reviewers.too_few()] == [(found.pk, 1)]


@pytest.mark.parametrize(
    ("ballots", "status"),
    [
        ((PERMIT, PERMIT), "granted"),
        ((REFUSE, REFUSE), "denied"),
        ((PERMIT, REFUSE, PERMIT), "granted"),
        ((PERMIT, REFUSE, REFUSE), "denied"),
        ((REFUSE, PERMIT, PERMIT), "granted"),
    ],
)
def test_votes_decide(inquiry, ballots, status):
    decide(inquiry, *ballots)
    assert inquiry.status == status
    assert inquiry.decided_at is not None
    assert (inquiry.expires_at is not None) == (status == "granted")
    assert inquiry.reasons == ([] if status == "granted" else ["refused_on_review"])
    assert inquiry.review_reasons == ([] if status == "granted" else ["not_necessary"])
    (decided,) = log(outcome=status)
    assert (decided.unit, decided.inquiry, decided.provision) == (
        "T1",
        inquiry.receipt,
        "TRANSIT-31",
    )
    assert acts().count("voted") == len(ballots)
    assert acts().count("assigned") == max(len(ballots), 2)
    bodies = "".join(bytes(entry.body).decode() for entry in log())
    for secret in (*RECORDED, "样例说明", "函〔2026〕1号"):
        assert secret not in bodies


def test_the_log_tells_in_words_who_was_assigned_and_how_each_voted(inquiry):
    first, second = assigned(inquiry)
    decide(inquiry, PERMIT, PERMIT)
    told = [log_words.sentence(entry) for entry in log(outcome="done")]
    assert [sentence.partition(", by ")[2] for sentence in told] == [
        *(f"the site, by lot. Step: assigned: {one.number}." for one in (first, second)),
        *(f"{one.number}. Step: vote cast: permit." for one in (first, second)),
    ]


def test_a_refusal_is_told_to_the_unit_with_its_coded_reason_and_how_to_contest_it(
    manager, inquiry
):
    decide(inquiry, REFUSE, REFUSE)
    page = page_of(manager, inquiry)
    for words in ("refused_on_review", "not necessary for the purpose", "How to contest it"):
        assert words in page
    assert "样例说明" not in page


def test_a_refusal_on_review_has_a_notice_that_rests_on_the_entry_of_the_decision(manager, inquiry):
    undecided = inquiry.proof["entry"]
    assert manager.get(f"/inquiries/{inquiry.receipt}/refusal/").status_code == 404
    decide(inquiry, REFUSE, REFUSE)
    assert inquiry.proof["outcome"] == "denied"
    assert inquiry.proof["entry"] != undecided
    (decided,) = AuditEntry.objects.using("audit").filter(kind="review", outcome="denied")
    assert (inquiry.proof["entry"], inquiry.proof["leaf_hash"]) == (
        str(decided.id),
        bytes(decided.leaf_hash).hex(),
    )
    notice = manager.get(f"/inquiries/{inquiry.receipt}/refusal/")
    assert (notice.status_code, notice["Content-Type"]) == (200, "application/pdf")


def test_granted_by_review_is_looked_up_with_the_narrowed_scope(record, manager, inquiry):
    base = inquiry.scope["look_back_years"]
    assert base is None
    narrower = {
        "vote": "permit_narrower",
        "shape": "yes_no",
        "matters": ["drug_use"],
        "reasons": ["shorter_period_suffices"],
        "text": "样例说明",
    }
    decide(inquiry, narrower | {"look_back_years": "3"}, narrower | {"look_back_years": "2"})
    assert inquiry.status == "granted"
    assert inquiry.scope["look_back_years"] == 2
    answer = lookups.look_up(inquiry=inquiry, by=User.objects.get(number="E4"))
    assert answer.answer.answer == "nothing_disclosable"


@pytest.mark.parametrize("years", [None, "1"])
def test_the_lookup_uses_what_was_permitted(judge, of_a_case, bureau, record, years):
    inquiry = ask(judge, of_a_case | {"case_kind": "civil"})
    ballot = {
        "vote": "permit_narrower",
        "shape": "yes_no",
        "matters": ["gambling"] if years else ["violent_injury"],
        "reasons": ["less_detail_suffices"],
        "text": "样例说明",
    }
    decide(inquiry, ballot, PERMIT)
    disclosed = lookups.look_up(inquiry=inquiry, by=User.objects.get(number="E7")).answer
    assert disclosed.lines == ()
    assert disclosed.matters == (() if years else ("violent_injury",))


@pytest.mark.parametrize("shape", ["lines", "decision"])
def test_who_is_permitted_fewer_matters_is_told_which(judge, of_a_case, bureau, shape):
    inquiry = ask(judge, of_a_case | {"case_kind": "civil"})
    ballot = {
        "vote": "permit_narrower",
        "shape": shape,
        "matters": ["gambling"],
        "reasons": ["fewer_matters_suffice"],
        "text": "样例说明",
    }
    decide(inquiry, ballot, PERMIT)
    assert inquiry.status == "granted"
    assert "Acts of these kinds only: gambling." in page_of(judge, inquiry)


def test_permits_with_nothing_in_common_are_a_refusal_that_says_so(judge, of_a_case, bureau):
    inquiry = ask(judge, of_a_case | {"case_kind": "civil"})
    ballot = {"vote": "permit_narrower", "shape": "yes_no", "reasons": ["fewer_matters_suffice"]}
    decide(
        inquiry,
        ballot | {"matters": ["drug_use"], "text": "一"},
        ballot | {"matters": ["gambling"], "text": "二"},
    )
    assert (inquiry.status, inquiry.review_reasons) == ("denied", ["nothing_in_common"])
    assert "nothing that two of them share" in page_of(judge, inquiry)


def test_a_wider_scope_cannot_be_sent(inquiry):
    voter = assigned(inquiry)[0]
    for wider in ({"shape": "lines"}, {"matters": ["gambling"]}, {"look_back_years": "0"}, {}):
        ballot = {
            "vote": "permit_narrower",
            "shape": "yes_no",
            "matters": ["drug_use"],
            "reasons": ["less_detail_suffices"],
            "text": "一",
        }
        assert vote(voter, inquiry, ballot | wider).status_code == 200
    assert not ReviewVote.objects.exists()


def test_asking_goes_back_to_the_unit_and_the_clock_stands_still(manager, inquiry):
    decide(inquiry, PERMIT, ASK)
    assert inquiry.status == "under_review"
    today = timezone.localdate()
    assert review_clock.clock(inquiry, today=today).due is None
    page = page_of(manager, inquiry)
    assert "请说明该岗位" in page
    assert "Say why the answer is needed." in page
    for user in assigned(inquiry):
        assert vote(user, inquiry, PERMIT).status_code == 409
    sent = {
        "text": "样例答复",
        "letter_number": "函〔2026〕9号",
        "letter_issued_on": today.isoformat(),
    }
    assert manager.post(f"/inquiries/{inquiry.receipt}/reply/", sent).status_code == 302
    assert manager.post(f"/inquiries/{inquiry.receipt}/reply/", sent).status_code == 409
    assert review_clock.clock(inquiry, today=today).due is not None
    shown = signed_in(assigned(inquiry)[0]).get(f"/reviews/{inquiry.receipt}/").content.decode()
    for fact in ("样例答复", "函〔2026〕9号", "请说明该岗位"):
        assert fact in shown
    decide(inquiry, PERMIT, PERMIT)
    assert inquiry.status == "granted"
    assert [act for act in acts() if act in ("asked", "replied")] == ["asked", "replied"]


def test_the_first_page_tells_officers_and_the_unit_what_waits_for_them(manager, inquiry):
    def told(client):
        return client.get("/").content.decode()

    voters = assigned(inquiry)
    first, second = (signed_in(user) for user in voters)
    assert "1 inquiry waits for your vote" in told(first)
    assert "1 overdue" not in told(first)
    Inquiry.objects.update(made_on=timezone.localdate() - timedelta(days=30))
    assert "1 overdue" in told(second)
    vote(voters[0], inquiry, ASK)
    assert "your vote" not in told(first)
    assert inquiry.receipt not in told(manager)
    vote(voters[1], inquiry, ASK)
    assert "your vote" not in told(second)
    assert inquiry.receipt in told(manager)
    manager.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "样例答复"})
    assert inquiry.receipt not in told(manager)
    assert "1 inquiry waits for your vote" in told(first)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"letter_number": "函1号"},
        {"letter_issued_on": "2026-01-05"},
        {"letter_number": "函1号", "letter_issued_on": "2099-01-05"},
    ],
)
def test_a_reply_that_lacks_something_keeps_nothing(manager, inquiry, wrong):
    decide(inquiry, ASK, ASK)
    sent = {"text": "样例答复"} | wrong
    assert manager.post(f"/inquiries/{inquiry.receipt}/reply/", sent).status_code == 200
    assert not ReviewQuestion.objects.exclude(reply=None).exists()


def test_a_unit_is_asked_twice_at_most(manager, inquiry):
    for _ in range(2):
        decide(inquiry, ASK, PERMIT)
        manager.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "样例答复"})
    voter = assigned(inquiry)[0]
    assert (
        "Ask for more" not in signed_in(voter).get(f"/reviews/{inquiry.receipt}/").content.decode()
    )
    assert vote(voter, inquiry, ASK).status_code == 409
    decide(inquiry, REFUSE, REFUSE)
    assert inquiry.status == "denied"


def test_another_unit_neither_sees_nor_answers_the_question(asker, inquiry):
    decide(inquiry, ASK, ASK)
    assert asker.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "一"}).status_code == 404
    assert asker.get(f"/inquiries/{inquiry.receipt}/").status_code == 404


def test_nothing_is_stored_when_the_vote_cannot_be_entered(inquiry):
    voter = assigned(inquiry)[0]
    with broken_log():
        assert vote(voter, inquiry, PERMIT).status_code == 503
    assert not ReviewVote.objects.exists()
