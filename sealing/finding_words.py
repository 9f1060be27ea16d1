"""Findings in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing.findings import Finding, Wrong

KINDS = {
    Wrong.CHANGED: gettext_lazy("changed"),
    Wrong.REMOVED: gettext_lazy("removed"),
    Wrong.INSERTED: gettext_lazy("inserted"),
    Wrong.REORDERED: gettext_lazy("reordered"),
    Wrong.MISSING_TAIL: gettext_lazy("missing from the end"),
    Wrong.FORKED: gettext_lazy("not the history that was signed"),
    Wrong.UNSEQUENCED: gettext_lazy("never put into the tree"),
    Wrong.SIGNATURE: gettext_lazy("signature or signer's memory not true"),
}


def told(finding: Finding) -> str:
    """Return the kind and place of a finding, with the technical cause in brackets."""
    named = {
        "index": finding.index,
        "entry": finding.entry or "—",
        "kind": KINDS[finding.wrong],
        "words": finding.words,
    }
    return _("entry %(index)d, %(entry)s: %(kind)s (%(words)s)") % named
