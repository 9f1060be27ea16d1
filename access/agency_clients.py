"""The programs that ask for a unit 单位客户端: each has a secret for tokens and a key for signatures.

A client is made once and never changed; it can only be revoked, and then it is refused at once. Of the secret a slow
hash is kept and of the key its public half, so nothing here lets a thief ask. Both are told once, when they are made.
"""

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.generators import generate_client_id, generate_client_secret
from oauth2_provider.models import Application

from access.accounts import User
from access.units import Unit
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome


class AgencyClient(models.Model):
    """One client of one unit. `account` stands for it where an inquiry names no official of the unit."""

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="agency_clients", verbose_name=_("unit")
    )
    application = models.OneToOneField(
        Application, models.PROTECT, related_name="agency_client", verbose_name=_("application")
    )
    account = models.OneToOneField(
        User, models.PROTECT, related_name="agency_client", verbose_name=_("account")
    )
    key_id = models.CharField(_("key"), max_length=40, unique=True)
    public_key = models.BinaryField(_("public key"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("agency client")
        verbose_name_plural = _("agency clients")
        ordering = ["key_id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=Q(revoked_at=None), name="agency_client_once"
            )
        ]

    def __str__(self) -> str:
        return self.key_id

    @property
    def public_key_bytes(self) -> bytes:
        """Return the Ed25519 public key, 32 bytes."""
        return bytes(self.public_key)


@dataclass(frozen=True)
class Credentials:
    """What a client proves itself with. Its repr shows none of it."""

    client_id: str
    client_secret: str = field(repr=False)
    key_id: str
    private_key: str = field(repr=False)


def current(unit: Unit) -> AgencyClient | None:
    """Return the unit's client that is not revoked."""
    return (
        AgencyClient.objects.select_related("application")
        .filter(unit=unit, revoked_at=None)
        .first()
    )


def draw(unit: Unit) -> Credentials:
    """Return new credentials for a unit; they are good for nothing until `enrol` has stored them."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # The number of an account has Latin letters and digits; a unit's code may have others.
    return Credentials(
        client_id=generate_client_id(),
        client_secret=generate_client_secret(),
        key_id=f"api-{unit.pk}-{secrets.token_hex(8)}",
        private_key=pem.decode(),
    )


def enrol(*, unit: Unit, credentials: Credentials, public_key: bytes, by: str) -> AgencyClient:
    """Make a unit's client and enter it in the audit log, in one durable transaction."""
    with audit_log.committed():
        application = Application.objects.create(
            name=credentials.key_id,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        )
        client = AgencyClient.objects.create(
            unit=unit,
            application=application,
            account=User.objects.create_user(credentials.key_id, unit=unit, is_active=False),
            key_id=credentials.key_id,
            public_key=public_key,
        )
        enter(client, act="client_made", by=by)
    return client


def revoke(*, unit: Unit, by: str, client: AgencyClient | None = None) -> AgencyClient | None:
    """Refuse the unit's client from this moment on, and enter it in the log; None when there is none.

    With a client, that one or none: not the one that took its place meanwhile.
    """
    with audit_log.committed():
        held = AgencyClient.objects.select_for_update(of=("self",)).select_related("unit")
        held = held.filter(unit=unit, revoked_at=None)
        client = (held.filter(pk=client.pk) if client else held).first()
        if client is not None:
            AgencyClient.objects.filter(pk=client.pk).update(revoked_at=timezone.now())
            enter(client, act="client_revoked", by=by)
    return client


def enter(client: AgencyClient, *, act: str, by: str) -> None:
    """Enter what was done to a client in the audit log, in the transaction that is open."""
    audit_log.enter(
        Entry(
            kind=Kind.AUTHORISATION,
            outcome=Outcome.DONE,
            unit=client.unit.code,
            official=by,
            details={"act": act, "client": client.key_id},
        )
    )
