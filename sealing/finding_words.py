"""Findings in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

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


#: Said by modules that know no Django; what names a file or a key besides stays as it is.
SAID_ELSEWHERE = (
    gettext_noop("the entries from here to %(last)d are not in the order of transactions"),
    gettext_noop("it is dated long after it was put into the tree"),
    gettext_noop("it is dated long before those in front of it"),
    gettext_noop("what is missing of %(month)s is not what the order %(order)s dropped"),
    gettext_noop("No known key of the log signed this checkpoint."),
    gettext_noop("This checkpoint is signed in another log's name."),
    gettext_noop("No known key of the log signed this order."),
    gettext_noop("This is no order."),
    gettext_noop("It is about another month."),
    gettext_noop("The line is not the witness's."),
    gettext_noop("The signer's memory is gone."),
    gettext_noop("A note is a text, an empty line and lines of signatures."),
)


def told(finding: Finding) -> str:
    """Return the kind and place of a finding, with the cause in brackets."""
    about = {name: _said(value) for name, value in finding.about.items()}
    words = _(finding.words) % about if about else _(finding.words)
    named = {
        "index": finding.index,
        "entry": finding.entry or "—",
        "kind": KINDS[finding.wrong],
        "words": words,
    }
    return _("entry %(index)d, %(entry)s: %(kind)s (%(words)s)") % named


def _said(value: str | int) -> str | int:
    return _(value) if isinstance(value, str) and value else value
