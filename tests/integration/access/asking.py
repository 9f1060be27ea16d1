"""A faultless inquiry and its entries, for the tests of inquiries."""

from django.utils import timezone

from access.facts import InquiryFacts, LetterFacts
from access.inquiries import Person, submit
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    RECORDED,
)

NO_RIGHT = {"provision": "TEACHER-QUERY-2020"}


def entries(**of):
    """The audit log's entries, as the auditor sees them."""
    return list(AuditEntry.objects.using("audit").filter(**of).order_by("id"))


def facts():
    """A faultless request of the school, as plain facts."""
    return InquiryFacts(
        exception="state_regulation",
        provision="MINORS-62",
        purpose="核实拟聘人员情况",
        post="教师",
        case=None,
        officials=("E1", "E2"),
        letter=LetterFacts("函1号", timezone.localdate()),
        undertaking=True,
    )


def send(official):
    """Submit a faultless inquiry without a page."""
    person = Person("resident_id", *RECORDED)
    return submit(facts=facts(), person=person, by=official, today=timezone.localdate())
