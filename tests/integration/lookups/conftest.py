"""A unit with two officials, an inquiry of theirs that is granted, and a sealed record of the person. Made up."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from access import authorisations
from access.exceptions import CaseKind
from access.inquiry import Inquiry
from access.models import Authorisation, Unit, User
from access.provisions import provision
from access.roles import Role, grant
from access.scopes import case_scope, provision_scope
from registry.models import ViolationRecord
from sealing.subject import lock_index
from tests.integration.sealing.rows import sealed_record

ID_NUMBER = "11010519491231002X"
NAME = "样本人物甲"


@pytest.fixture
def unit(db) -> Unit:
    return Unit.objects.create(code="U900", name="样本学校", kind="school")


@pytest.fixture
def officials(unit) -> list[User]:
    made = [User.objects.create_user(number, unit=unit) for number in ("F9001", "F9002")]
    for official in made:
        grant(user=official, role=Role.INQUIRER, by="test")
    return made


@pytest.fixture
def authorisation(unit, officials) -> Authorisation:
    today = timezone.localdate()
    return authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today + timedelta(days=9),
        officials=officials,
        by="test",
    )


@pytest.fixture
def inquiry(unit, officials, authorisation) -> Inquiry:
    return Inquiry.objects.create(
        unit=unit,
        made_by=officials[0],
        made_on=timezone.localdate(),
        exception="state_regulation",
        provision="MINORS-62",
        officials=["F9001", "F9002"],
        undertaking=True,
        purpose="聘用",
        post="教师",
        case_number="",
        letter_number="函1号",
        id_type="resident_id",
        id_number=ID_NUMBER,
        name=NAME,
        status="granted",
        scope=provision_scope(provision("MINORS-62")).as_dict(),
        expires_at=timezone.now() + timedelta(days=1),
    )


@pytest.fixture
def case_inquiry(inquiry) -> Inquiry:
    """The same officials' inquiry, answered with whole decisions."""
    inquiry.scope = case_scope(case_kind=CaseKind.CRIMINAL).as_dict()
    inquiry.save()
    return inquiry


@pytest.fixture
def record(db) -> ViolationRecord:
    """A sealed record of violent injury, which schools may learn of."""
    return sealed_record(
        lock_index("resident_id", ID_NUMBER),
        offence_code="PSL2025-051-1-0a",
        detention_days=5,
        id_number=ID_NUMBER,
        birth_date=str(date(1949, 12, 31)),
    )
