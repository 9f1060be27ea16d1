"""A school and a court whose officials ask through the site's own pages. Units, officials and persons are made up."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisations
from access.models import Inquiry, Unit, User
from access.roles import Role, grant
from access.standing import INQUIRE_FOR
from sealing.subject import lock_index
from tests.integration.sealing.rows import sealed_record

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RECORDED = ("11010519491231002X", "样本人物甲")
UNRECORDED = ("11010519900307101X", "样本人物乙")


def signed_in(user: User) -> Client:
    """Return a browser in English in which an account is signed in."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend=BACKEND)
    return client


def make_unit(code: str, kind: str, ground: str, *numbers: str) -> Unit:
    """Make a unit whose officials are all named in one authorisation, valid today."""
    today = timezone.localdate()
    unit = Unit.objects.create(code=code, kind=kind, name=f"样例单位{code}")
    for number in numbers:
        official = User.objects.create_user(number, unit=unit)
        grant(user=official, role=Role.INQUIRER, by="test")
        assign_perm(INQUIRE_FOR, official, unit)
    authorisations.load(
        unit=unit,
        ground=ground,
        valid_from=today - timedelta(days=9),
        valid_to=today + timedelta(days=9),
        officials=User.objects.filter(unit=unit),
        by="test",
    )
    return unit


@pytest.fixture(name="school")
def fixture_school(db: None) -> Unit:
    return make_unit("S1", "school", "MINORS-62", "E1", "E2", "E3")


@pytest.fixture(name="court")
def fixture_court(db: None) -> Unit:
    return make_unit("C1", "court", "case_handling", "E7", "E8")


@pytest.fixture(name="official")
def fixture_official(school: Unit) -> User:
    return User.objects.get(number="E1")


@pytest.fixture(name="asker")
def fixture_asker(official: User) -> Client:
    return signed_in(official)


@pytest.fixture(name="judge")
def fixture_judge(court: Unit) -> Client:
    return signed_in(User.objects.get(number="E7"))


@pytest.fixture(name="record")
def fixture_record(db: None) -> Any:
    """A sealed record of violent injury of the recorded person."""
    return sealed_record(
        lock_index("resident_id", RECORDED[0]),
        id_number=RECORDED[0],
        name=RECORDED[1],
        offence_code="PSL2025-051-1-0a",
        decision_number="样公行罚决字〔2026〕00001号",
        address="样例市样例路1号",
        facts="样例事实一则",
        detention_days=5,
    )


@pytest.fixture(name="stated")
def fixture_stated() -> Callable[..., dict[str, str]]:
    """The fields of a faultless inquiry of the school; keywords change them, None leaves a field out."""

    def stated(person: tuple[str, str] = RECORDED, **changes: str | None) -> dict[str, str]:
        fields: dict[str, str | None] = {
            "exception": "state_regulation",
            "provision": "MINORS-62",
            "purpose": "核实拟聘人员情况",
            "post": "教师",
            "official_1": "E1",
            "official_2": "E2",
            "letter_number": "函〔2026〕1号",
            "letter_issued_on": timezone.localdate().isoformat(),
            "undertaking": "1",
            "id_type": "resident_id",
            "id_number": person[0],
            "name": person[1],
        }
        return {name: value for name, value in (fields | changes).items() if value is not None}

    return stated


@pytest.fixture(name="of_a_case")
def fixture_of_a_case(stated: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The fields of a faultless inquiry of the court."""
    return stated(
        exception="case_handling",
        provision=None,
        post=None,
        case_kind="criminal",
        case_number="（2026）样0101刑初1号",
        case_opened_on=timezone.localdate().isoformat(),
        official_1="E7",
        official_2="E8",
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements that the block sends."""
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


@contextmanager
def broken_log() -> Iterator[None]:
    """Make every insert into the audit log fail, as a full disk or a missing partition would."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return execute(sql.replace("sealing_auditentry", "no_such_log"), params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def receipt_of(response: Any) -> str:
    """Return the receipt that a sent inquiry was redirected to."""
    assert response.status_code == 302, response.content.decode()
    return re.fullmatch(r"/inquiries/([a-z2-9]{20})/", response["Location"])[1]  # type: ignore[index]


def ask(client: Client, fields: dict[str, str]) -> Inquiry:
    """Send an inquiry as the site's form does, whatever it lacks, and return it."""
    response = client.post("/inquiries/new/", fields | {"confirm": "1"})
    return Inquiry.objects.get(receipt=receipt_of(response))


def page_of(client: Client, inquiry: Inquiry) -> str:
    """Return the inquiry's page."""
    response = client.get(f"/inquiries/{inquiry.receipt}/")
    assert response.status_code == 200
    return response.content.decode()
