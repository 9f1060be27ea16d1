"""Why something typed was not kept, in words that say what to do."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from registry.row_words import Text

WHY_NOT_KEPT: Mapping[str, Text] = {
    "stale": _(
        "This was changed in another window since you opened it here, so what stands in this window is not saved and has"
        " overwritten nothing. Compare it with the newer version, then save again to keep what stands here."
    ),
    "gone": _(
        "This entry was finished or given up in another window, so what stands in this window is not saved. Look among your"
        " drafts before you go on."
    ),
    "too_many": _(
        "You have too many unfinished entries, so this one is not saved. Finish some, or give them up."
    ),
    "too_long": _("What you typed is too long to be kept. Shorten the facts."),
    "overtaken": _(
        "This was changed since it was shown to you. Compare it once more; nothing was done."
    ),
    "other_officer": _(
        "Another officer has signed in in this browser, so what stands in this window is not saved. Sign in as yourself to go"
        " on, or close this window."
    ),
}
