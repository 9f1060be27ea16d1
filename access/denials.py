"""Each reason of a denial in words, and how a denial is contested.

A reason speaks about the request, the unit and the officials, never about the person asked about: nobody has
looked for one. Knows no inquiry.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.policy import Reason

Text = str | Promise

TEXTS: dict[Reason, Text] = {
    Reason.PROVISION_UNKNOWN: _("The catalogue has no such provision. Choose one from the list."),
    Reason.PROVISION_NOT_IN_FORCE: _("The provision is not in force today."),
    Reason.NOT_STATE_REGULATION: _(
        "The instrument is no law and no regulation of the State Council. Departmental rules, local regulations and "
        "other documents are no state regulation under Article 136."
    ),
    Reason.NO_RIGHT_TO_INQUIRE: _("The provision gives a unit of this kind no right to inquire."),
    Reason.NOT_A_STATE_ORGAN: _(
        "Only state organs that handle cases may ask for the handling of a case. This unit is none of them."
    ),
    Reason.UNIT_NOT_AUTHORISED: _(
        "The unit holds no authorisation for this ground. The security administrator registers authorisations."
    ),
    Reason.AUTHORISATION_EXPIRED: _(
        "The unit's authorisation for this ground is not valid today. Ask the security administrator to renew it."
    ),
    Reason.OFFICIAL_NOT_NAMED: _(
        "An official behind the inquiry is not named in the unit's authorisation for this ground."
    ),
    Reason.TWO_OFFICIALS_REQUIRED: _("Two different officials must stand behind an inquiry."),
    Reason.CASE_MISSING: _("The case number is missing."),
    Reason.CASE_NOT_COVERED: _(
        "This organ does not handle cases of this kind, or may not ask this of them."
    ),
    Reason.PURPOSE_MISSING: _("The purpose is missing: say why this person is asked about."),
    Reason.POST_MISSING: _("The post, permit or step that the check is for is missing."),
    Reason.LETTER_MISSING: _(
        "The number or the date of the unit's official letter is missing, or the date is yet to come."
    ),
    Reason.LETTER_EXPIRED: _(
        "The unit's official letter is more than 30 days old. Issue a new one."
    ),
    Reason.UNDERTAKING_MISSING: _("The undertaking to keep the answer confidential was not given."),
    Reason.BUDGET_EXHAUSTED: _(
        "The inquiries of the unit or of an official for today are used up, or were stopped because too many of them "
        "resemble each other. The limit is counted anew tomorrow."
    ),
    Reason.REFUSED_ON_REVIEW: _("The reviewing officers refused the inquiry."),
}

REFUSED = Reason.REFUSED_ON_REVIEW.value
#: What reviewers say when they refuse; the codes are those of `access.reviewing`.
REVIEW_TEXTS: dict[str, Text] = {
    "purpose_outside_ground": _("The purpose is not one that the ground covers."),
    "not_necessary": _("The answer is not necessary for the purpose stated."),
    "post_not_covered": _("The post, permit or step is not one that the provision names."),
    "case_not_shown": _("That there is an open case which concerns this person was not shown."),
    "letter_differs": _("The official letter and the inquiry do not say the same."),
    "other_means_suffice": _("The purpose can be reached by other means that intrude less."),
    "nothing_in_common": _("The reviewing officers permitted nothing that two of them share."),
}

#: The ways open to the unit, in the order in which they are quickest.
CONTEST: tuple[Text, ...] = (
    _("Put right what is named above and send a new inquiry. Nothing was looked up."),
    _(
        "Within ten working days your unit can contest the denial once, on the page of the inquiry in this registry. Two "
        "officers who took no part in it look again within five working days."
    ),
    _(
        "If you think the denial is wrong, write to the public security organ that keeps this registry within 60 days "
        "and quote the receipt. An officer who took no part in the denial decides."
    ),
    _(
        "Anybody may also report an unlawful refusal to the people's procuratorate or the supervisory organ "
        "(Article 133)."
    ),
)


@dataclass(frozen=True, slots=True)
class Explained:
    """A reason as its code and in words."""

    code: str
    text: Text


def explained(codes: Iterable[str], *, on_review: Iterable[str] = ()) -> list[Explained]:
    """Return the reasons in words, in the order they were given in.

    `on_review` are the coded reasons of reviewers who refused; they follow the reason that says so.
    """
    why = " ".join(str(REVIEW_TEXTS[code]) for code in on_review)
    return [
        Explained(
            code, f"{TEXTS[Reason(code)]} {why}".strip() if code == REFUSED else TEXTS[Reason(code)]
        )
        for code in codes
    ]
