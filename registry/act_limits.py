"""What one act may cost, in words, for display beside the amounts. Amounts in yuan, detention in days."""

from django.utils.translation import gettext as _

from registry.offences import Envelope, Offence


def limits_in_words(act: Offence) -> dict[str, str]:
    """Return per penalty field what the article provides; reduction below a range stays lawful (Art. 20)."""
    widest = act.envelope
    return {
        "warning": _("The article provides a warning.")
        if widest.warning
        else _("The article provides no warning."),
        "fine": _fine(widest),
        "detention_days": _detention(widest),
        "licence_revoked": _("The article provides revocation of a permit.")
        if widest.licence_revocation
        else _("The article provides no revocation of a permit."),
    }


def _fine(widest: Envelope) -> str:
    if not widest.fine:
        return _("The article provides no fine.")
    if widest.fine_max is None:
        return _("Fine: one to five times the illegal gains.")
    if not widest.fine_min or widest.fine_min == 1:
        return _("Fine: up to %(most)s yuan.") % {"most": f"{widest.fine_max:,}"}
    numbers = {"least": f"{widest.fine_min:,}", "most": f"{widest.fine_max:,}"}
    return _("Fine: %(least)s to %(most)s yuan.") % numbers


def _detention(widest: Envelope) -> str:
    if not widest.detention:
        return _("The article provides no detention.")
    numbers = {"least": widest.detention_min or 1, "most": widest.detention_max}
    return _("Detention: %(least)d to %(most)d days.") % numbers
