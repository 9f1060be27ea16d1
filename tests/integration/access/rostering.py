"""A school that sends a roster, for the tests of staff rosters."""

import pytest
from django.utils import timezone

from access.models import Roster, Unit
from tests.integration.access.conftest import RECORDED, UNRECORDED
from tests.integration.test_jobs import work_off

#: Made-up persons of one surname, so that only the record tells them apart.
OTHERS = (
    ("110105194912310038", "样本人物丙"),
    ("110105194912310054", "样本人物戊"),
)
PEOPLE = (RECORDED, UNRECORDED, *OTHERS)


@pytest.fixture(name="limit", autouse=True)
def fixture_limit(school):
    Unit.objects.filter(pk=school.pk).update(roster_limit=4)


def stated(**changes):
    """Return the fields of a faultless statement."""
    return {
        "provision": "MINORS-62",
        "size": "4",
        "purpose": "年度核查",
        "official_1": "E1",
        "official_2": "E2",
        "letter_number": "函〔2026〕2号",
        "letter_issued_on": timezone.localdate().isoformat(),
    } | changes


def begun(client, **changes):
    """Begin a roster through the page."""
    answer = client.post("/inquiries/rosters/new/", stated(**changes))
    assert answer.status_code == 302, answer.context["form"].errors
    return Roster.objects.get(receipt=answer["Location"].split("/")[-2])


def act(client, roster, name, /, **fields):
    return client.post(f"/inquiries/rosters/{roster.receipt}/{name}/", fields)


def fields_of(person, post="教师"):
    return {"id_type": "resident_id", "id_number": person[0], "name": person[1], "post": post}


def entered(client, *people, **changes):
    """Begin a roster and enter persons one after the other."""
    roster = begun(client, **changes)
    for person in people:
        answer = act(client, roster, "add", **fields_of(person))
        assert answer.status_code == 302, answer.context["refused"]
    return roster


def page(client, roster):
    answer = client.get(f"/inquiries/rosters/{roster.receipt}/")
    assert answer.status_code == 200
    return answer.content.decode()


def sent(client, *people):
    """Enter a roster, send it, and let the worker do what waits."""
    roster = entered(client, *people)
    assert act(client, roster, "send", undertaking="1").status_code == 302
    work_off()
    roster.refresh_from_db()
    return roster
