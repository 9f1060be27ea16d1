"""Two officers decide, blind to the person, to records and to each other; the database holds them to it."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from access import lookups, review_clock, reviewers, standing
from access.models import HolidayYear, Inquiry, ReviewQuestion, ReviewVote, Unit, User
from access.roles import Role, grant
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    make_unit,
    page_of,
    signed_in,
    statements,
)

OFFICERS = ("R1", "R2", "R3")
PERMIT = {"vote": "permit", "reasons": ["ground_shown"], "text": "样例说明"}
REFUSE = {"vote": "refuse", "reasons": ["not_necessary"], "text": "样例说明"}
ASK = {"vote": "ask_for_more", "reasons": ["need_unclear"], "text": "请说明该岗位"}


def officer(number: str, unit: Unit | None = None) -> User:
    """Make a reviewing officer."""
    made = User.objects.create_user(number, unit=unit)
    grant(user=made, role=Role.REVIEWING_OFFICER, by="test")
    return made


@pytest.fixture(name="bureau")
def fixture_bureau(db):
    bureau = Unit.objects.create(code="B1", kind="public_security", name="样例局")
    for number in OFFICERS:
        officer(number, bureau)
    return bureau


@pytest.fixture(name="carrier")
def fixture_carrier(db):
    return make_unit("T1", "public_transport_operator", "TRANSIT-31", "E4", "E5")


@pytest.fixture(name="driver")
def fixture_driver(carrier, stated):
    """The fields of a faultless inquiry of the carrier, which goes to review."""
    return stated(provision="TRANSIT-31", official_1="E4", official_2="E5", post="驾驶员")


@pytest.fixture(name="manager")
def fixture_manager(carrier):
    return signed_in(User.objects.get(number="E4"))


@pytest.fixture(name="inquiry")
def fixture_inquiry(bureau, manager, driver):
    found = ask(manager, driver)
    assert found.status == "under_review"
    return found


def assigned(inquiry: Inquiry) -> list[User]:
    return reviewers.assigned_to([inquiry])[inquiry.pk]


def vote(user: User, inquiry: Inquiry, ballot: dict[str, Any]) -> Any:
    return signed_in(user).post(f"/reviews/{inquiry.receipt}/vote/", ballot)


def decide(inquiry: Inquiry, *ballots: dict[str, Any]) -> Inquiry:
    """Have the officers vote, each as soon as he is assigned."""
    for ballot in ballots:
        done = ReviewVote.objects.filter(inquiry=inquiry, round=reviewers.round_of(inquiry))
        voter = next(
            u for u in assigned(inquiry) if u.pk not in done.values_list("officer", flat=True)
        )
        response = vote(voter, inquiry, ballot)
        assert (response.status_code, response["Location"]) == (302, "/reviews/voted/")
    inquiry.refresh_from_db()
    return inquiry


def log(**of):
    return list(AuditEntry.objects.using("audit").filter(kind="review", **of).order_by("id"))


def acts():
    return [json.loads(bytes(entry.body))["details"]["act"] for entry in log()]


def test_two_officers_are_assigned_when_an_inquiry_goes_under_review(inquiry):
    chosen = assigned(inquiry)
    assert len({user.pk for user in chosen}) == 2
    assert {user.number for user in chosen} < set(OFFICERS)
    assert acts() == ["assigned", "assigned"]
    named = {json.loads(bytes(entry.body))["details"]["reviewer"] for entry in log()}
    assert named == {user.number for user in chosen}


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


def test_a_refusal_is_told_to_the_unit_with_its_coded_reason_and_how_to_contest_it(
    manager, inquiry
):
    decide(inquiry, REFUSE, REFUSE)
    page = page_of(manager, inquiry)
    for words in ("refused_on_review", "not necessary for the purpose", "How to contest it"):
        assert words in page
    assert "样例说明" not in page


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


# The clock


def test_due_after_three_working_days_and_overdue_afterwards(inquiry):
    Inquiry.objects.update(made_on=date(2026, 9, 30))
    inquiry.refresh_from_db()
    clock = review_clock.clock(inquiry, today=date(2026, 10, 10))
    assert (clock.due.on, clock.overdue) == (date(2026, 10, 10), False)
    assert review_clock.overdue(today=date(2026, 10, 10)) == []
    assert review_clock.overdue(today=date(2026, 10, 11)) == [inquiry]


def test_a_year_that_is_not_announced_is_said_to_be_provisional(inquiry):
    assert not HolidayYear.objects.filter(year=2027, announced=True).exists()
    Inquiry.objects.update(made_on=date(2026, 12, 30))
    page = signed_in(assigned(inquiry)[0]).get("/reviews/").content.decode()
    assert "2027-01-05, provisional: the calendar of 2027 is not announced." in page
    HolidayYear.objects.create(
        year=2027, announced=True, days_off=[date(2027, 1, 1), date(2027, 1, 4)]
    )
    page = signed_in(assigned(inquiry)[0]).get("/reviews/").content.decode()
    assert "2027-01-06" in page
    assert "provisional" not in page


def test_the_calendar_of_2026_is_as_announced(db):
    known = HolidayYear.objects.get(year=2026)
    assert known.announced
    assert date(2026, 10, 7) in known.days_off
    assert date(2026, 10, 10) in known.days_worked
    assert len(known.days_off) == 19
    assert len(known.days_worked) == 6


def test_overdue_comes_first_in_the_queue(bureau, manager, driver):
    first, second = ask(manager, driver), ask(manager, driver)
    for user in User.objects.filter(unit=bureau):
        for inquiry in (first, second):
            assign_perm(standing.REVIEW_INQUIRY, user, inquiry)
    long_ago = timezone.localdate() - timedelta(days=30)
    Inquiry.objects.filter(pk=second.pk).update(made_on=long_ago)
    page = signed_in(User.objects.get(number="R1")).get("/reviews/").content.decode()
    assert page.index(second.receipt) < page.index("Overdue") < page.index(first.receipt)
    assert page.count("Overdue") == 1


# Who may, and who may not


def insert(voter: User, inquiry: Inquiry, **changes: Any) -> None:
    """Write a vote past the pages, as the site's own role."""
    unit = voter.unit.code if voter.unit else ""
    fields = {
        "round": 1,
        "vote": "permit",
        "reasons": ["ground_shown"],
        "text": "一",
        "scope": None,
    }
    named = {"officer_number": voter.number, "officer_unit": unit}
    ReviewVote.objects.create(inquiry=inquiry, officer=voter, **fields | named | changes)


def of_the_unit(inquiry):
    """A reviewing officer of the asking unit, with the object permission."""
    made = officer("R9", inquiry.unit)
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def official(inquiry):
    """An official of the inquiry who moved to another unit, became a reviewing officer, with the permission."""
    made = User.objects.get(number="E5")
    made.unit = Unit.objects.get(code="B1")
    made.save()
    grant(user=made, role=Role.REVIEWING_OFFICER, by="test")
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def not_assigned(inquiry):
    """A reviewing officer to whom the inquiry is not assigned."""
    return next(u for u in User.objects.filter(number__in=OFFICERS) if u not in assigned(inquiry))


def by_role_only(inquiry):
    """A reviewing officer whose whole role was given the permission: a group's permission is no assignment."""
    from django.contrib.auth.models import Group

    made = not_assigned(inquiry)
    assign_perm(standing.REVIEW_INQUIRY, Group.objects.get(name="reviewing_officer"), inquiry)
    assign_perm(standing.REVIEW_INQUIRY, made)
    return made


def without_role(inquiry):
    """An account with the permission and no role."""
    made = User.objects.create_user("R9", unit=Unit.objects.get(code="B1"))
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def superuser(inquiry):
    """A superuser with the permission."""
    made = User.objects.create_superuser("R9")
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def closed_account(inquiry):
    """An assigned officer whose account was closed."""
    made = assigned(inquiry)[0]
    User.objects.filter(pk=made.pk).update(is_active=False)
    return made


def unassigned(inquiry):
    """An officer whose assignment was taken away."""
    made = assigned(inquiry)[0]
    remove_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


STRANGERS = [
    of_the_unit,
    official,
    not_assigned,
    by_role_only,
    without_role,
    superuser,
    closed_account,
    unassigned,
]


@pytest.mark.parametrize("somebody", STRANGERS)
def test_nobody_else_votes_or_looks(inquiry, somebody):
    made = somebody(inquiry)
    client = signed_in(made)
    for path in ("", "vote/", "name/"):
        send = client.post if path else client.get
        response = send(f"/reviews/{inquiry.receipt}/{path}", PERMIT | {"reason": "compare_letter"})
        assert response.status_code in (302, 403, 404)
        assert RECORDED[1] not in response.content.decode()
    assert not ReviewVote.objects.exists()
    assert "name_shown" not in acts()


@pytest.mark.parametrize("somebody", STRANGERS)
def test_the_database_refuses_their_vote_whatever_the_program_says(inquiry, somebody):
    made = somebody(inquiry)
    with pytest.raises(Exception, match="refused: "):
        insert(made, inquiry)
    assert not ReviewVote.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"officer_number": "R9"}, {"officer_unit": "B9"}, {"round": 2}, {"round": 0}],
)
def test_the_database_refuses_a_vote_in_another_name_or_round(inquiry, changes):
    with pytest.raises(Exception, match="refused: "):
        insert(assigned(inquiry)[0], inquiry, **changes)


def test_nobody_votes_twice(inquiry):
    voter = assigned(inquiry)[0]
    assert vote(voter, inquiry, PERMIT).status_code == 302
    assert vote(voter, inquiry, REFUSE).status_code == 409
    with pytest.raises(Exception, match="one_vote_an_officer_and_round"):
        insert(voter, inquiry)
    assert ReviewVote.objects.get().vote == "permit"


def test_no_vote_after_the_decision_or_while_the_unit_is_asked(inquiry):
    third = not_assigned(inquiry)
    decide(inquiry, ASK, ASK)
    assign_perm(standing.REVIEW_INQUIRY, third, inquiry)
    for round_ in (1, 2):
        with pytest.raises(Exception, match="refused: the round is not open"):
            insert(third, inquiry, round=round_)


def test_no_vote_after_the_decision(inquiry):
    third = not_assigned(inquiry)
    decide(inquiry, PERMIT, PERMIT)
    assign_perm(standing.REVIEW_INQUIRY, third, inquiry)
    assert vote(third, inquiry, REFUSE).status_code == 404
    with pytest.raises(Exception, match="refused: the inquiry is not under review"):
        insert(third, inquiry)


@pytest.mark.parametrize("ballots", [(), (PERMIT,), (REFUSE,)])
def test_one_opinion_decides_nothing_even_in_the_database(inquiry, app_connection, ballots):
    decide(inquiry, *ballots)
    for status in ("granted", "denied", "received"):
        with pytest.raises(Exception, match="refused: two reviewers decide"):
            app_connection.execute("UPDATE access_inquiry SET status = %s, scope = NULL", [status])


def test_a_grant_against_the_votes_is_refused_by_the_database(inquiry, app_connection):
    decide(inquiry, PERMIT, REFUSE)
    with pytest.raises(Exception, match="refused: two reviewers decide"):
        app_connection.execute("UPDATE access_inquiry SET status = 'granted'")


@pytest.mark.parametrize("role", ["app", "owner", "bootstrap"])
def test_what_was_said_is_not_changed_or_removed(manager, inquiry, connect, role):
    decide(inquiry, ASK, ASK)
    manager.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "一"})
    signed_in_as = connect(role)
    for table in ("access_reviewvote", "access_reviewquestion", "access_reviewreply"):
        for act in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with pytest.raises(Exception, match=r"refused|permission denied|sealing"):
                signed_in_as.execute(act.format(table))


# Blindness


def shown(user: User, inquiry: Inquiry) -> list[str]:
    """Return what an officer can see of an inquiry, without what differs from request to request."""
    client, pages = signed_in(user), []
    for path in (
        "/reviews/",
        f"/reviews/{inquiry.receipt}/",
        f"/reviews/{inquiry.receipt}/?vote=refuse",
    ):
        response = client.get(path)
        token = str(response.context.get("csrf_token", "TOKEN"))
        pages.append(response.content.decode().replace(token, "TOKEN"))
        pages.append(str(sorted(response.headers.items())))
    return pages


@pytest.mark.parametrize("ballot", [PERMIT, REFUSE, ASK])
def test_an_officer_cannot_tell_whether_and_how_the_other_voted(inquiry, ballot):
    first, second = assigned(inquiry)
    before = shown(second, inquiry)
    assert vote(first, inquiry, ballot).status_code == 302
    assert shown(second, inquiry) == before
    assert first.number not in "".join(before)


def test_the_third_officer_is_not_told_that_he_is_the_third(inquiry):
    third = not_assigned(inquiry)
    first, _second = assigned(inquiry)
    before = shown(first, inquiry)
    decide(inquiry, PERMIT, REFUSE)
    assert third in assigned(inquiry)
    assert shown(third, inquiry) == [page.replace(first.number, third.number) for page in before]


def test_what_comes_after_a_vote_is_the_same_whatever_the_other_did(inquiry, manager, driver):
    pages = []
    for other in (None, PERMIT, REFUSE):
        one = ask(manager, driver)
        first, second = assigned(one)
        if other:
            vote(first, one, other)
        client = signed_in(second)
        answer = client.post(f"/reviews/{one.receipt}/vote/", PERMIT)
        after = client.get(answer["Location"]).content.decode()
        pages.append((answer.status_code, answer["Location"], after.replace(second.number, "R")))
    assert pages[0] == pages[1] == pages[2]


def test_pages_and_statements_are_the_same_for_a_recorded_and_an_unrecorded_person(
    bureau, manager, stated, record
):
    fields = {"provision": "TRANSIT-31", "official_1": "E4", "official_2": "E5"}
    seen, sent = [], []
    reader = User.objects.get(number="R1")
    for person in (RECORDED, UNRECORDED):
        with statements() as made:
            inquiry = ask(manager, stated(person, **fields))
            assign_perm(standing.REVIEW_INQUIRY, reader, inquiry)
            pages = shown(reader, inquiry)
        seen.append([page.replace(inquiry.receipt, "RECEIPT") for page in pages[2:]])
        sent.append([sql for sql in made if "access_" in sql or "registry_" in sql])
    assert seen[0] == seen[1]
    assert not [sql for sql in sent[0] + sent[1] if "registry_" in sql]


def test_no_act_of_a_review_sends_a_statement_about_records(record, inquiry, manager):
    with statements() as sent:
        first = assigned(inquiry)[0]
        signed_in(first).post(f"/reviews/{inquiry.receipt}/name/", {"reason": "compare_letter"})
        decide(inquiry, ASK, PERMIT)
        manager.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "一"})
        decide(inquiry, PERMIT, REFUSE, PERMIT)
    assert inquiry.status == "granted"
    assert len(sent) > 100
    assert [sql for sql in sent if "registry_" in sql or "sealing_present" in sql] == []


def test_the_person_is_masked_until_the_name_is_asked_for(inquiry):
    reader = assigned(inquiry)[0]
    client = signed_in(reader)
    page = client.get(f"/reviews/{inquiry.receipt}/").content.decode()
    assert "样＊＊" in page
    assert RECORDED[1] not in page
    assert RECORDED[0] not in page
    assert client.get(f"/reviews/{inquiry.receipt}/name/").status_code == 405
    assert RECORDED[1] not in client.post(f"/reviews/{inquiry.receipt}/name/").content.decode()
    assert "name_shown" not in acts()
    shown_once = client.post(f"/reviews/{inquiry.receipt}/name/", {"reason": "compare_letter"})
    assert RECORDED[1] in shown_once.content.decode()
    assert RECORDED[0] not in shown_once.content.decode()
    assert shown_once["Cache-Control"] == "no-store"
    (entry,) = [e for e in log(official=reader.number) if b"name_shown" in bytes(e.body)]
    assert json.loads(bytes(entry.body))["details"]["reason"] == "compare_letter"
    assert RECORDED[1] not in client.get(f"/reviews/{inquiry.receipt}/").content.decode()


def test_no_name_is_shown_when_the_log_cannot_be_written(inquiry):
    client = signed_in(assigned(inquiry)[0])
    with broken_log():
        answer = client.post(f"/reviews/{inquiry.receipt}/name/", {"reason": "compare_letter"})
    assert answer.status_code == 503
    assert RECORDED[1] not in answer.content.decode()


def test_what_officers_write_is_sealed(inquiry, superuser_connection):
    decide(inquiry, PERMIT)
    (row,) = superuser_connection.execute("SELECT * FROM access_reviewvote").fetchall()
    assert not any("样例说明".encode() in value for value in row if isinstance(value, bytes))
    assert "样例说明" not in str([value for value in row if not isinstance(value, bytes)])
