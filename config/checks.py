"""Start-up checks of the installation, and the refusal to start when any guarantee is broken.

`manage.py check --database default` prints what is broken; the web server does not start on it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

import access.checks
import registry.checks
import sealing.checks
from sealing.checks import months_ahead
from sealing.guarantees import Guarantee, enlist, is_schema_change, rows

__all__ = ["UnsafeStart", "months_ahead", "refuse_unsafe_start", "report"]

MONTHS_PREPARED = 36


class UnsafeStart(ImproperlyConfigured):
    """The site does not start: the message names each broken guarantee and what to do."""


def no_debug() -> Iterator[CheckMessage]:
    """Yield an error when error pages would show values in production."""
    if settings.PRODUCTION and settings.DEBUG:
        yield Error(
            _("DEBUG is on in production: error pages would show what was typed and read."),
            hint=_("Unset DEBUG."),
            id="config.E001",
        )


def secret_file() -> Iterator[CheckMessage]:
    """Yield an error when in production the file of the site's secret is absent or open to others."""
    if not settings.PRODUCTION:
        return
    path = Path(os.environ.get("SECRET_KEY_FILE", ""))
    if not path.is_file():
        cause = _("SECRET_KEY_FILE names no file.")
    elif path.stat().st_mode & 0o077:
        cause = _("SECRET_KEY_FILE names a file that others may read.")
    else:
        return
    yield Error(
        cause,
        hint=_("Keep the secret in a file of mode 0600 of the site's user."),
        id="config.E002",
    )


def durable_writes() -> Iterator[CheckMessage]:
    """Yield an error in production when the server may lose what it has committed."""
    if not settings.PRODUCTION:
        return
    for name in ("fsync", "full_page_writes"):
        if rows("default", "SELECT current_setting(%s)", [name])[0][0] != "on":
            yield Error(
                _(
                    "The database server runs with %(name)s off: a committed audit entry may be lost."
                )
                % {"name": name},
                hint=_("Set %(name)s = on in postgresql.conf and reload the server.")
                % {"name": name},
                id="config.E003",
            )


def not_the_owner() -> Iterator[CheckMessage]:
    """Yield an error when this process holds the owner's or the keeper's connection instead of the site's two."""
    if "keeper" in settings.DATABASES:
        yield Error(
            _("The site would hold the connection of the keeper of the keys."),
            hint=_("Unset REGISTRY_DATABASE_ROLE: the keeper's role is for rotate_keys only."),
            id="config.E005",
        )
    elif is_schema_change():
        yield Error(
            _("The site would sign in to the database as the owner of the tables."),
            hint=_("Unset REGISTRY_DATABASE_ROLE: the owner's role is for migrations only."),
            id="config.E004",
        )


GUARANTEES = (
    Guarantee(gettext_lazy("DEBUG is off in production."), no_debug, False),
    Guarantee(gettext_lazy("The site's secret is readable by the site alone."), secret_file, False),
    Guarantee(gettext_lazy("The database server keeps what it has committed."), durable_writes),
)

enlist(GUARANTEES)


@dataclass(frozen=True)
class Line:
    """One guarantee with what breaks it now; nothing when it holds."""

    title: str | Promise
    broken: list[CheckMessage]


def report() -> list[Line]:
    """Return every guarantee of the site as it stands now."""
    everything = (
        *GUARANTEES,
        *sealing.checks.GUARANTEES,
        *registry.checks.GUARANTEES,
        *access.checks.GUARANTEES,
    )
    return [Line(guarantee.title, guarantee.broken()) for guarantee in everything]


def refuse_unsafe_start() -> None:
    """Make the log's months ahead, then raise UnsafeStart when any guarantee is broken.

    Called before the web server starts and by each of its processes. Warnings do not stop the site.
    """
    with override("en"):
        wrong = list(not_the_owner())
        if not wrong:
            _prepare_months()
            wrong = [message for line in report() for message in line.broken]
        connections.close_all()
        errors = [message for message in wrong if message.is_serious()]
        if errors:
            listed = "\n".join(
                f"- ({error.id}) {error.msg} {error.hint or ''}".rstrip() for error in errors
            )
            raise UnsafeStart(
                _("The site does not start, because:\n%(listed)s") % {"listed": listed}
            )


def _prepare_months() -> None:
    """Make the coming months' partitions; when that fails, the check on them says so."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sealing_prepare_months(%s)", [MONTHS_PREPARED])
    except DatabaseError:
        connection.close()
