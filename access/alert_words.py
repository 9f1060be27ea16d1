"""Alerts in words: what each rule found, and what to look at."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.alerts import LOG_STANDS_STILL, Alert

RULES: Mapping[str, str | Promise] = {
    "canary": _("Somebody asked about a canary person"),
    "colleague": _("An official asked about somebody with the name of a colleague"),
    "sweep_prefix": _("One unit asked for many numbers of one county and date of birth"),
    "sweep_persons": _("One official asked about very many different persons in a day"),
    "burst": _("One official sent very many inquiries in ten minutes"),
    "repeated_denials": _("One official was denied again and again"),
    "many_ask": _("Many officials asked about one person within a week"),
    "off_hours": _("One official asked repeatedly outside working hours"),
    "shared_surname": _("An official asked about a person of the same surname and place"),
    LOG_STANDS_STILL: _("The log stood still, and nothing was disclosed"),
}
LOOK_AT: Mapping[str, str | Promise] = {
    "canary": _(
        "Nobody has a reason to ask about this person. Ask the unit for the file behind the inquiry."
    ),
    "colleague": _(
        "Compare purpose and post with the unit's staff list; curiosity about colleagues is the commonest misuse."
    ),
    "sweep_prefix": _(
        "Numbers tried one after the other look like this. The unit is stopped for that day of birth."
    ),
    "sweep_persons": _("See whether the unit has a recruitment or a yearly check of this size."),
    "burst": _("Nobody types this fast: see whether a program uses the official's account."),
    "repeated_denials": _(
        "See whether the official lacks training, or tries grounds until one is granted."
    ),
    "many_ask": _("See whether the officials work on one case; if not, ask each for his reason."),
    "off_hours": _("Compare with the duty roster of the unit."),
    "shared_surname": _(
        "Surname and place are weak hints: look for a relation only when there is another sign."
    ),
    LOG_STANDS_STILL: _(
        "Disclosures go on by themselves when the log does. Ask the system administrators what held it up, and verify the log."
    ),
}
#: What the log waited for, by the key of the alert.
STEPS: Mapping[str, str | Promise] = {
    "moved": _("the tree was not continued since the database was moved or restored"),
    "sequencing": _("entries waited too long for the tree: the sequencer stood still"),
    "signing": _("the tree waited too long for a signature: the signer stood still"),
    "cosigning": _("the tree waited too long for a cosignature: the witness stood still"),
}


#: A keyed hash is longer than any code.
LONG = 41


def title(alert: Alert) -> str:
    """Return what the rule found, in the language of the page."""
    return str(RULES.get(alert.rule, alert.rule))


def concerns(alert: Alert) -> str:
    """Return official or unit by its code; a person stays a keyed hash, shortened; of the log, what it waited for."""
    if alert.rule == LOG_STANDS_STILL:
        return str(STEPS.get(alert.key, alert.key))
    return " · ".join(
        part if len(part) < LONG else f"{part[:12]}…" for part in alert.key.split(":")
    )
