"""The same inquiry sent twice is one inquiry: what a client's Idempotency-Key was used for.

Key, digest of the body and inquiry are written in the inquiry's own transaction, under the lock that lets one inquiry of
a unit be counted at a time; so of two calls at once one makes the inquiry and the other finds it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.agency_clients import AgencyClient
from access.inquiry import Inquiry
from sealing.keyring import Purpose
from sealing.subject import keyed

LONGEST_KEY = 128


class KeyReused(Exception):
    """The key was used for an inquiry with another body."""


class IdempotencyKey(models.Model):
    """One key of one client. The digest is keyed: a body names a person and could be guessed."""

    client = models.ForeignKey(AgencyClient, models.PROTECT, related_name="+")
    key = models.CharField(_("idempotency key"), max_length=LONGEST_KEY)
    body_digest = models.BinaryField(_("digest of the body"))
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["made_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return str(self.pk)


@dataclass(frozen=True)
class Call:
    """A client's call that makes an inquiry; without a key every call makes one of its own."""

    client: AgencyClient
    body: bytes
    key: str = ""

    def earlier(self) -> Inquiry | None:
        """Return the inquiry that this key has made; KeyReused when it was for another body."""
        if not self.key:
            return None
        kept = IdempotencyKey.objects.select_related("inquiry").filter(
            client=self.client, key=self.key
        )
        found = kept.first()
        if found is None:
            return None
        if bytes(found.body_digest) != self._digest():
            raise KeyReused
        return found.inquiry

    def keep(self, inquiry: Inquiry) -> None:
        """Note in the open transaction which inquiry the key has made."""
        if self.key:
            IdempotencyKey.objects.create(
                client=self.client, key=self.key, body_digest=self._digest(), inquiry=inquiry
            )

    def _digest(self) -> bytes:
        return keyed(Purpose.DIGEST, "call", self.client.key_id, self.body.hex())


def forget(*, before: datetime) -> None:
    """Remove keys older than a moment: the same key then makes a new inquiry."""
    IdempotencyKey.objects.filter(made_at__lt=before).delete()
