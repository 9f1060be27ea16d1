"""How many calls a client has made this minute, and which nonces it has used: in the database, so all workers agree.

Counting is by client alone, whatever was asked and about whom. A nonce is spent before anything else happens, in a
transaction of its own: a call that fails afterwards is sent again with a new nonce, never with the old one.
"""

from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.agency_clients import AgencyClient

#: Under this name calls are counted that name no client we know.
UNKNOWN = "unknown"
MINUTE = timedelta(minutes=1)


class CallCount(models.Model):
    """Calls of one minute by one caller."""

    caller = models.CharField(_("caller"), max_length=80)
    minute = models.DateTimeField(_("minute"))
    calls = models.PositiveIntegerField(_("calls"))

    class Meta:
        verbose_name = _("count of calls")
        verbose_name_plural = _("counts of calls")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["caller", "minute"], name="call_count_once")]

    def __str__(self) -> str:
        return self.caller


class SpentNonce(models.Model):
    """A nonce that a client has used; while it is here it serves nobody again."""

    client = models.ForeignKey(AgencyClient, models.PROTECT, related_name="+")
    nonce = models.CharField(_("nonce"), max_length=128)
    spent_at = models.DateTimeField(_("spent at"))

    class Meta:
        verbose_name = _("spent nonce")
        verbose_name_plural = _("spent nonces")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["client", "nonce"], name="nonce_once")]
        indexes = [models.Index(fields=["spent_at"], name="nonce_age")]

    def __str__(self) -> str:
        return str(self.pk)


COUNT = """
INSERT INTO access_callcount (caller, minute, calls) VALUES (%s, %s, 1)
ON CONFLICT (caller, minute) DO UPDATE SET calls = access_callcount.calls + 1 RETURNING calls
"""
SPEND = """
INSERT INTO access_spentnonce (client_id, nonce, spent_at) VALUES (%s, %s, %s)
ON CONFLICT (client_id, nonce) DO NOTHING
"""


def count(caller: str, *, now: datetime | None = None) -> int:
    """Count a call and return how many the caller has made this minute, this one included."""
    minute = (now or timezone.now()).replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [caller, minute])
        return int(cursor.fetchone()[0])


def spend(*, client: AgencyClient, nonce: str) -> bool:
    """Spend a nonce for good, committed before this returns; False when it was spent before."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SPEND, [client.pk, nonce, timezone.now()])
        return cursor.rowcount == 1


def forget(*, before: datetime) -> None:
    """Remove nonces and counts older than a moment; it must lie further back than a signature is good."""
    SpentNonce.objects.filter(spent_at__lt=before).delete()
    CallCount.objects.filter(minute__lt=before).delete()
