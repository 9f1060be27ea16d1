"""`manage.py log_keys`: the verifier keys of this log, for those who verify or witness it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext_lazy

from sealing.signer import verifier_keys


class Command(BaseCommand):
    """Prints public keys and needs no database."""

    help = gettext_lazy("Print the verifier keys of the log, oldest first.")  # type: ignore[assignment]
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one key a line, in the form of C2SP signed-note."""
        for key in verifier_keys(settings.REGISTRY_LOG_ORIGIN):
            self.stdout.write(str(key))
