"""`manage.py verify_log`: recomputes the log from its rows. Exit 1 when anything was changed, removed or added."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing.cosigning import witness_key
from sealing.finding_words import told
from sealing.log_verification import verify
from sealing.progress import progress_bar
from sealing.signer import signer

WRONG = 1


class Command(BaseCommand):
    """Reads as registry_auditor; names entries by index and key, and says nothing of what is in them."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Verify the audit log: bodies, columns, order, tree, signatures and the signer's memory."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, name the first bad entry, and leave with an exit code that says whether there is one."""
        with progress_bar(_("Verifying")) as on_progress:
            witness = witness_key() if settings.REGISTRY_WITNESS_KEY else None
            found = verify(signer(), on_progress=on_progress, witness=witness)
        self.stdout.write(
            _("%(size)d entries, %(trusted)d of them under one of %(count)d signed checkpoints.")
            % {"size": found.size, "trusted": found.trusted, "count": found.checkpoints}
        )
        for order, seen in found.missing.told():
            words = _(
                "%(count)d entries of %(month)s were dropped under the order %(order)s: not covered."
            )
            named = {"count": seen.count, "month": order.month, "order": order.order}
            self.stdout.write(words % named)
        if found.cosigned is not None:
            self.stdout.write(
                _("The witness cosigned the first %(size)d entries.") % {"size": found.cosigned}
            )
        if not found.findings:
            self.stdout.write(_("Nothing was changed, removed or added."))
            return
        first, *others = found.findings
        self.stdout.write(_("WRONG. The first bad one: %(finding)s") % {"finding": told(first)})
        for finding in others:
            self.stdout.write(f"  {told(finding)}")
        sys.exit(WRONG)
