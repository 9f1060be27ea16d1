"""An audit entry in words: kinds, outcomes, and one sentence that says who did what, when and why.

Knows no unit, no law and no reason: those above teach their words once, at start-up, through `vocabulary`.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sealing import act_words
from sealing.audit_log import Kind, Outcome, leaf_hash
from sealing.models import AuditEntry

Text = str | Promise
Words = Mapping[str, Text]

KINDS: dict[str, Text] = {
    Kind.INQUIRY: _("Inquiry"),
    Kind.LOOKUP: _("Lookup"),
    Kind.FILING: _("Filing"),
    Kind.REVIEW: _("Review"),
    Kind.SEARCH: _("Reading of the log"),
    Kind.ROLE: _("Role"),
    Kind.AUTHORISATION: _("Authorisation"),
    Kind.NOTIFICATION: _("Notification"),
    Kind.COPIES: _("Copies of an answer"),
    Kind.ROTATION: _("Rotation of keys"),
    Kind.RETENTION: _("Retention of the log"),
    Kind.SANDBOX_INQUIRY: _("Sandbox: inquiry"),
    Kind.SANDBOX_LOOKUP: _("Sandbox: lookup"),
}
OUTCOMES: dict[str, Text] = {
    Outcome.RECEIVED: _("Received"),
    Outcome.UNDER_REVIEW: _("Under review"),
    Outcome.GRANTED: _("Granted"),
    Outcome.DENIED: _("Denied"),
    Outcome.DISCLOSED: _("Disclosed"),
    Outcome.FAILED: _("Failed"),
    Outcome.FILED: _("Filed"),
    Outcome.DONE: _("Done"),
}
SENTENCES: dict[tuple[str, str], Text] = {
    (Kind.INQUIRY, Outcome.RECEIVED): _(
        "Official %(official)s of unit %(unit)s asked under %(ground)s on %(time)s: received."
    ),
    (Kind.INQUIRY, Outcome.UNDER_REVIEW): _(
        "Official %(official)s of unit %(unit)s asked under %(ground)s on %(time)s: two reviewers decide."
    ),
    (Kind.INQUIRY, Outcome.GRANTED): _(
        "Official %(official)s of unit %(unit)s asked under %(ground)s on %(time)s: granted."
    ),
    (Kind.INQUIRY, Outcome.DENIED): _(
        "Official %(official)s of unit %(unit)s asked under %(ground)s on %(time)s: denied. Reasons: %(reasons)s"
    ),
    (Kind.LOOKUP, Outcome.GRANTED): _(
        "Official %(official)s of unit %(unit)s opened the answer under %(ground)s on %(time)s: granted."
    ),
    (Kind.LOOKUP, Outcome.DENIED): _(
        "Official %(official)s of unit %(unit)s wanted to open the answer under %(ground)s on %(time)s:"
        " denied. Reasons: %(reasons)s"
    ),
    (Kind.LOOKUP, Outcome.DISCLOSED): _(
        "The answer was disclosed to official %(official)s of unit %(unit)s under %(ground)s on %(time)s."
    ),
    (Kind.LOOKUP, Outcome.FAILED): _(
        "Official %(official)s of unit %(unit)s opened the answer under %(ground)s on %(time)s:"
        " it failed and nothing was disclosed."
    ),
    (Kind.SANDBOX_INQUIRY, Outcome.GRANTED): _(
        "The program of the sandbox %(unit)s tried an inquiry under %(ground)s on %(time)s: granted."
        " No record can be reached."
    ),
    (Kind.SANDBOX_INQUIRY, Outcome.UNDER_REVIEW): _(
        "The program of the sandbox %(unit)s tried an inquiry under %(ground)s on %(time)s: two reviewers would decide."
    ),
    (Kind.SANDBOX_INQUIRY, Outcome.DENIED): _(
        "The program of the sandbox %(unit)s tried an inquiry under %(ground)s on %(time)s: denied. Reasons: %(reasons)s"
    ),
    (Kind.SANDBOX_LOOKUP, Outcome.GRANTED): _(
        "The program of the sandbox %(unit)s tried a lookup under %(ground)s on %(time)s: granted."
        " No record can be reached."
    ),
    (Kind.SANDBOX_LOOKUP, Outcome.DENIED): _(
        "The program of the sandbox %(unit)s tried a lookup under %(ground)s on %(time)s: denied. Reasons: %(reasons)s"
    ),
    (Kind.SANDBOX_LOOKUP, Outcome.DISCLOSED): _(
        "The program of the sandbox %(unit)s was told of a made-up person under %(ground)s on %(time)s, or of nothing."
    ),
    (Kind.SANDBOX_LOOKUP, Outcome.FAILED): _(
        "The program of the sandbox %(unit)s tried a lookup under %(ground)s on %(time)s: it failed."
    ),
    (Kind.FILING, Outcome.FILED): _(
        "Official %(official)s of unit %(unit)s filed a record on %(time)s. It has been sealed since."
    ),
    (Kind.REVIEW, Outcome.DONE): _(
        "Review of an inquiry of unit %(unit)s under %(ground)s on %(time)s, by %(official)s. Step: %(act)s."
    ),
    (Kind.REVIEW, Outcome.GRANTED): _(
        "The reviewing officers permitted an inquiry of unit %(unit)s under %(ground)s on %(time)s;"
        " the last vote was that of %(official)s."
    ),
    (Kind.REVIEW, Outcome.DENIED): _(
        "The reviewing officers refused an inquiry of unit %(unit)s under %(ground)s on %(time)s;"
        " the last vote was that of %(official)s. Reasons: %(reasons)s"
    ),
    (Kind.SEARCH, Outcome.DONE): _("Auditor %(official)s read the audit log on %(time)s."),
    (Kind.ROLE, Outcome.DONE): _(
        "%(official)s changed a role on %(time)s. Account: %(account)s. Role: %(role)s. Change: %(act)s."
    ),
    (Kind.ROTATION, Outcome.GRANTED): _(
        "The keeper of the keys opened rows to encrypt them anew on %(time)s."
    ),
    (Kind.ROTATION, Outcome.DONE): _("The keeper of the keys did this on %(time)s: %(act)s."),
    (Kind.RETENTION, Outcome.DONE): _(
        "%(official)s did this to the audit log's oldest month on %(time)s: %(act)s."
    ),
    (Kind.AUTHORISATION, Outcome.DONE): _(
        "%(official)s changed the authorisation of unit %(unit)s for %(ground)s on %(time)s. Change: %(act)s."
    ),
    (Kind.NOTIFICATION, Outcome.DISCLOSED): _(
        "Official %(official)s of unit %(unit)s notified another organ under %(ground)s on %(time)s."
    ),
    (Kind.NOTIFICATION, Outcome.DENIED): _(
        "Official %(official)s of unit %(unit)s wanted to notify another organ under %(ground)s on %(time)s:"
        " nothing was disclosed."
    ),
    (Kind.COPIES, Outcome.DONE): _(
        "Official %(official)s of unit %(unit)s stated on %(time)s what became of the answer. Statement: %(act)s."
    ),
    (Kind.AUTHORISATION, Outcome.DENIED): _(
        "A call by %(official)s, the program of unit %(unit)s, was refused on %(time)s. Reasons: %(reasons)s"
    ),
}
OTHERWISE = _("%(kind)s by %(official)s of unit %(unit)s on %(time)s: %(outcome)s.")
NONE = "–"


#: What stands in place of an official's number where nobody asked for it.
OF_ITSELF: Words = {"assignment": _("the site, by lot"), "keeper": _("the rotation of keys")}


def _nothing() -> Words:
    return {}


def _nameless(codes: Collection[str]) -> Mapping[str, str]:
    return dict.fromkeys(codes, "")


@dataclass
class Vocabulary:
    """Words for the codes of an entry: `unit_names` of some codes at once, the rest as whole tables."""

    unit_names: Callable[[Collection[str]], Mapping[str, str]] = _nameless
    exceptions: Callable[[], Words] = _nothing
    provisions: Callable[[], Words] = _nothing
    reasons: Callable[[], Words] = _nothing
    roles: Callable[[], Words] = _nothing

    def unit(self, code: str) -> str:
        """Return a unit's code with its name, as far as it is known."""
        name = self.unit_names([code]).get(code, "") if code else ""
        return now_("%(code)s (%(name)s)") % {"code": code, "name": name} if name else code or NONE

    def ground(self, exception: str, provision: str) -> str:
        """Return a provision with its article and law; for case handling the exception."""
        if provision:
            words = self.provisions().get(provision)
            if words is None:
                return provision
            return now_("%(code)s (%(name)s)") % {"code": provision, "name": words}
        return str(self.exceptions().get(exception, exception)) or NONE

    def why(self, reasons: Collection[str]) -> list[str]:
        """Return the text of each reason code."""
        known = self.reasons()
        return [str(known.get(code, code)) for code in reasons]


vocabulary = Vocabulary()


def when(entry: AuditEntry) -> str:
    """Return the time of an entry in local time, to the second."""
    return date_format(timezone.localtime(entry.at), "Y-m-d H:i:s")


def outcome(code: str) -> str:
    """Return an outcome in words."""
    return str(OUTCOMES.get(code, code))


def kind(code: str) -> str:
    """Return a kind of entry in words."""
    return str(KINDS.get(code, code))


def official(code: str) -> str:
    """Return who acted: an official's number, or in words what the site did of itself."""
    return str(OF_ITSELF.get(code, code)) or NONE


def facts_of(entry: AuditEntry) -> dict[str, Any]:
    """Return what the hashed body says; an unreadable body is an empty mapping."""
    try:
        stated = json.loads(bytes(entry.body))
    except ValueError:
        return {}
    return stated if isinstance(stated, dict) else {}


def sentence(entry: AuditEntry) -> str:
    """Return the entry as one sentence; it never names a person or a record."""
    details = facts_of(entry).get("details", {})
    role, cause = str(details.get("role", "")), str(details.get("cause", ""))
    return str(SENTENCES.get((entry.kind, entry.outcome), OTHERWISE)) % {
        "official": official(entry.official),
        "unit": vocabulary.unit(entry.unit),
        "ground": vocabulary.ground(
            entry.exception, entry.provision or str(details.get("ground", ""))
        ),
        "time": when(entry),
        "reasons": " ".join(vocabulary.why(entry.reasons))
        or str(act_words.CAUSES.get(cause, NONE)),
        "kind": kind(entry.kind),
        "outcome": outcome(entry.outcome),
        "account": str(details.get("account", "")) or NONE,
        "role": str(vocabulary.roles().get(role, role)) or NONE,
        "act": act_words.act(details) or NONE,
    }


def read_body(entry: AuditEntry) -> str:
    """Return the hashed bytes as indented JSON, for reading; not the bytes that were hashed."""
    return json.dumps(facts_of(entry), indent=2, ensure_ascii=False, sort_keys=True)


def is_intact(entry: AuditEntry) -> bool:
    """Say whether the stored hash is that of the stored body."""
    return leaf_hash(bytes(entry.body)) == bytes(entry.leaf_hash)


def shown(count: int) -> str:
    """Return how many entries a page shows; how many there are in all is never counted."""
    return ngettext("%(count)d entry on this page", "%(count)d entries on this page", count) % {
        "count": count
    }
