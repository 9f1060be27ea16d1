"""What an auditor does with an alert, and who is a canary: each act is entered in the log before it counts."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from access.accounts import User
from access.alerts import Alert, AlertNote, Canary
from access.roles import Role, holds
from registry.normalise import normalise_id_number
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.subject import log_index


def read(*, alert: Alert, by: User) -> None:
    """Enter that an auditor opens an alert; NotEntered when the log cannot be written."""
    _refuse_others(by)
    audit_log.enter_alone(_entry(by, page="alert", alert=str(alert.pk)))


def judge(*, alert: Alert, verdict: Alert.Verdict, note: str, by: User) -> None:
    """Keep an auditor's verdict with his note, sealed; the verdict is entered in the log, the note is not."""
    _refuse_others(by)
    with audit_log.committed():
        audit_log.enter(
            _entry(by, act="judged", alert=str(alert.pk), rule=alert.rule, verdict=verdict.value)
        )
        alert.verdict, alert.judged_by, alert.judged_at = verdict, by.number, timezone.now()
        alert.save(update_fields=["verdict", "judged_by", "judged_at"])
        if note.strip():
            AlertNote.objects.create(alert=alert, text=note.strip(), by=by.number)


def set_canary(*, id_type: str, id_number: str, by: User) -> None:
    """Let every inquiry about this person raise an alert; kept as the log's keyed hash, the number is not kept."""
    _refuse_others(by)
    person = log_index(id_type, normalise_id_number(id_type, id_number))
    with audit_log.committed():
        audit_log.enter(_entry(by, act="canary_set", person=person))
        Canary.objects.get_or_create(person=person, defaults={"set_by": by.number})


def _refuse_others(by: User) -> None:
    if by.is_superuser or not holds(by, Role.AUDITOR):
        raise PermissionDenied


def _entry(by: User, *, person: str = "", **details: str) -> Entry:
    return Entry(
        kind=Kind.SEARCH,
        outcome=Outcome.DONE,
        official=by.number,
        unit=by.unit.code if by.unit else "",
        person=person,
        details=details,
    )
