"""What was done, in words: the act that an entry names in its details, whom or which vote it is about, why a lookup was refused."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

ACTS: dict[str, Text] = {
    "granted": _("granted"),
    "withdrawn": pgettext_lazy("role", "withdrawn"),
    "suspended": _("suspended"),
    "resumed": _("resumed"),
    "revoked": _("revoked"),
    "made": _("made"),
    "changed": _("changed"),
    "kept": _("a copy is kept"),
    "passed_on": _("it was passed on"),
    "no_copy": _("there is no copy"),
    "assigned": _("assigned"),
    "unassigned": _("taken from the reviewer"),
    "voted": _("vote cast"),
    "asked": _("the unit was asked for more"),
    "replied": _("the unit replied"),
    "name_shown": _("name shown"),
    "key_made": _("a new version of a key was put to use"),
    "key_retired": _("an old version of a key was taken out of use"),
    "key_taken_back": _("old versions of a key were taken back"),
    "rekeyed": _("rows were encrypted anew"),
    "drop_proposed": _("proposed to drop it"),
    "drop_approved": _("ordered it to be dropped"),
    "drop_refused": _("refused to have it dropped"),
    "dropped": _("dropped it under an order"),
    "client_made": _("agency client made"),
    "client_revoked": _("agency client revoked"),
    "proposed": _("proposed, waits for a second administrator"),
    "refused": pgettext_lazy("proposal", "refused"),
    "proposal_withdrawn": _("proposal taken back"),
    "contested": _("the unit contests the denial"),
    "looked_again": _("vote of the second look cast"),
    "decided_again": _("second look decided"),
}
#: What an act was about, where its entry says so: the officer who was assigned, or the vote that was cast.
VOTES: dict[str, Text] = {
    "permit": pgettext_lazy("vote", "permit"),
    "permit_narrower": pgettext_lazy("vote", "permit narrower"),
    "refuse": pgettext_lazy("vote", "refuse"),
    "ask_for_more": pgettext_lazy("vote", "ask for more"),
}
#: Why a lookup was refused, where no reason of a denial says so.
CAUSES: dict[str, Text] = {
    "answer_expired": _("The answer's time or views were over."),
    "inquiry_not_granted": _("The inquiry is not granted."),
}


def act(details: Mapping[str, Any]) -> str:
    """Return what was done, and the officer or the vote that it was about."""
    code, vote = str(details.get("act", "")), str(details.get("vote", ""))
    about = str(details.get("reviewer", "")) or str(VOTES.get(vote, vote))
    words = str(ACTS.get(code, code))
    return now_("%(act)s: %(about)s") % {"act": words, "about": about} if about else words
