"""`manage.py forget_calls`: removes tokens that have expired, and nonces, counts and idempotency keys that are old."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from oauth2_provider.models import clear_expired

from access import call_counts, idempotency

#: Far longer than a signature is good (300 s), whatever the clocks do.
NONCES_KEPT = timedelta(days=1)
KEYS_KEPT = timedelta(days=30)


class Command(BaseCommand):
    """To be run once a day; running it twice does no harm."""

    help = (
        "Remove what the interface no longer needs: old tokens, nonces, counts, idempotency keys."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove it."""
        now = timezone.now()
        clear_expired()
        call_counts.forget(before=now - NONCES_KEPT)
        idempotency.forget(before=now - KEYS_KEPT)
