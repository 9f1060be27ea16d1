"""What auditors did, in words: the page they read or the act they did, and with which choice. Codes only, no person."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access import leaks
from access.alert_words import RULES
from access.alerts import Alert
from access.reading_reasons import ReadingReason
from access.samples import Judgement
from sealing.log_filters import told

Text = str | Promise

PAGES: Mapping[str, Text] = {
    "list": _("Looked for entries of the log"),
    "entry": _("Opened an entry of the log"),
    "alert": _("Opened an alert"),
    "index": _("Opened the administration"),
    "app_list": _("Opened a part of the administration"),
    "password_change_done": _("Opened the page about a changed password"),
    "auditlog_logentry_changelist": _("Read the staff changes"),
    "registry_issuedrange_changelist": _("Read the completeness of filing"),
    "access_alert_changelist": _("Opened the list of alerts"),
    "access_reminder_changelist": _("Read the overdue confirmations"),
    "access_reminder_leaks": _("Opened the way from a watermark to its inquiry"),
    "leak": _("Traced a watermark"),
    "access_alert_canaries": _("Opened the page of canary persons"),
    "sealing_verification_changelist": _("Opened the verification of the log"),
    "sealing_verification_change": _("Read what a verification found"),
    "sealing_dropproposal_changelist": _("Read the retention of the log"),
    "sealing_dropproposal_change": _("Opened an order to drop a month"),
    "checkpoint": _("Opened the newest checkpoint for printing"),
    "desk_person": _("Opened the question about a person"),
    "desk_samples": _("Opened the list of samples"),
    "desk_export": _("Opened the page for a table"),
    "desk_pack": _("Opened the page for a findings pack"),
    "desk_pack_alert": _("Opened the page for a findings pack"),
    "desk_pack_sample": _("Opened the page for a findings pack"),
    "desk": _("Opened the desk"),
    "person": _("Asked who inquired about a person"),
    "person_answer": _("Read who inquired about a person"),
    "auditors": _("Read what auditors did"),
    "sample": _("Opened a sample"),
    "drawn": _("Opened a drawn inquiry"),
}
ACTS: Mapping[str, Text] = {
    "asked": _("Had the log verified"),
    "verified": _("The verification of the log ended"),
    "judged": _("Judged an alert"),
    "canary_set": _("Set a canary person"),
    "exported": _("Took a table out of the log"),
    "packed": _("Made a findings pack"),
    "drew": _("Drew a sample"),
    "judged_drawn": _("Judged a drawn inquiry"),
}
CHOICES: Mapping[str, Text] = {
    "code": _("Code of the watermark"),
    "verification": _("Verification"),
    "findings": _("Findings"),
    "size": _("Entries in the tree"),
    "entry": _("Entry"),
    "alert": _("Alert"),
    "rule": _("Rule"),
    "verdict": _("Verdict"),
    "cause": _("Cause"),
    "count": _("Entries"),
    "sample": _("Sample"),
    "drawn": _("Drawn inquiry"),
    "digest": _("SHA-256 of the file"),
    "question": _("Question"),
    "period": _("Period"),
    "wanted": _("Asked for"),
    "checkpoint": _("Entries under the checkpoint"),
    "older_than": _("Older than"),
    "newer_than": _("Newer than"),
}
#: Where an auditor sees what another one chose.
SHOWN_AT: Mapping[str, str] = {
    "alert": "admin:access_alert_change",
    "drawn": "admin:desk_drawn",
    "entry": "admin:sealing_auditentry_change",
    "question": "admin:sealing_auditentry_change",
    "sample": "admin:desk_sample",
    "verification": "admin:sealing_verification_change",
}
VALUES: Mapping[str, Mapping[str, Text]] = {
    "verdict": {**dict(Alert.Verdict.choices), **dict(Judgement.Verdict.choices)},
    "cause": dict(Judgement.Cause.choices),
    "rule": RULES,
}


def what(details: Mapping[str, Any]) -> str:
    """Return what was done; an unknown code stays a code."""
    act, page = str(details.get("act", "")), str(details.get("page", ""))
    return str(ACTS.get(act) or PAGES.get(page) or act or page)


class Choice(NamedTuple):
    """What a reading or an act was about: label, value in words or as it is, and the page that shows it, if there is one."""

    label: str
    value: str
    href: str = ""


def choices(details: Mapping[str, Any]) -> list[Choice]:
    """Return with which filters and about which entry, alert or sample something was done."""
    found = [Choice(*one) for one in told(details.get("filters") or {})]
    for name, words in CHOICES.items():
        if value := str(details.get(name, "")):
            told_value = str(VALUES.get(name, {}).get(value, value))
            found.append(Choice(str(words), told_value, _page(name, value)))
    return found


def reason(details: Mapping[str, Any]) -> str:
    """Return the coded reason in words; empty without one."""
    code = str(details.get("reason", ""))
    return str({**leaks.REASONS, **dict(ReadingReason.Code.choices)}.get(code, code))


def _page(name: str, value: str) -> str:
    """Return the address of the page about a chosen thing; empty where there is none."""
    try:
        return reverse(SHOWN_AT[name], args=[UUID(value)])
    except (KeyError, ValueError):
        return ""
