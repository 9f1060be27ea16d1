"""The notice to the person 告知书 that goes with a decision: sealed, who may ask, how to contest, how to complain.

One text for everybody, in both languages. It has no place for a person, a record or a decision, so it cannot
depend on one: the number of the decision is written on the paper by hand.
"""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import override

LANGUAGES = ("zh-hans", "en")
#: 行政复议法 Art. 20: days in which reconsideration is applied for, from knowing of the decision.
RECONSIDERATION_DAYS = 60
#: 行政诉讼法 Art. 46: months in which a lawsuit is brought, from knowing of the decision.
LAWSUIT_MONTHS = 6
#: 行政诉讼法 Art. 45: days in which a lawsuit follows a reconsideration decision, from receiving it.
LAWSUIT_DAYS_AFTER_RECONSIDERATION = 15


class Part(NamedTuple):
    """One part of the notice."""

    title: str
    sentences: tuple[str, ...]


class Notice(NamedTuple):
    """The notice in one language; `number` is the label of the line that is filled in by hand."""

    language: str
    title: str
    number: str
    parts: tuple[Part, ...]


def notices() -> list[Notice]:
    """Return the notice in each language, Chinese first; the same whoever asks, and for whomever."""
    return [_in(language) for language in LANGUAGES]


def _in(language: str) -> Notice:
    with override(language):
        parts = (_sealed(), _asking(), _contesting(), _afterwards(), _complaining())
        return Notice(
            language,
            _("Notice: the record of this violation is sealed"),
            _("Decision number (fill in by hand):"),
            parts,
        )


def _sealed() -> Part:
    """治安管理处罚法 Art. 136."""
    return Part(
        _("The record is sealed"),
        (
            _(
                "Under Article 136 of the Law on Penalties for Administration of Public Security, the record of this"
                " violation is sealed from the moment it is filed in the registry. Nobody has to apply for it, and it"
                " is the same for everybody."
            ),
            _(
                "Sealing is control of information, not erasure: the record stays on file, and outside the two"
                " exceptions below it is neither provided nor made public to any unit or individual."
            ),
        ),
    )


def _asking() -> Part:
    """治安管理处罚法 Art. 136 and 134."""
    return Part(
        _("Who may ask"),
        (
            _(
                "Only two exceptions permit it: state organs that need the record to handle a case, and units that"
                " inquire under state regulations. There is no third."
            ),
            _(
                "If a public official needs a governmental sanction, the public security organ notifies the"
                " supervisory organ and relevant units (Article 134)."
            ),
            _(
                "Each lookup and each notice is entered in the audit log before anything is read: who, for which"
                " unit, on which ground. Whoever obtains the record must keep it confidential (Article 136)."
            ),
        ),
    )


def _contesting() -> Part:
    """治安管理处罚法 Art. 121; 行政复议法 Art. 20 and 23(1)(1); 行政诉讼法 Art. 45 and 46."""
    return Part(
        _("How to contest the decision"),
        (
            _(
                "Whoever does not accept the decision may apply for administrative reconsideration or bring an"
                " administrative lawsuit (Article 121)."
            ),
            _(
                "Reconsideration is applied for within %(days)d days of the day on which you knew or should have known"
                " of the decision (Administrative Reconsideration Law, Article 20). Against a penalty imposed on the"
                " spot, reconsideration comes first (Article 23)."
            )
            % {"days": RECONSIDERATION_DAYS},
            _(
                "A lawsuit is brought within %(months)d months of that day, or within %(days)d days of receiving the"
                " reconsideration decision (Administrative Litigation Law, Articles 46 and 45)."
            )
            % {"months": LAWSUIT_MONTHS, "days": LAWSUIT_DAYS_AFTER_RECONSIDERATION},
        ),
    )


def _afterwards() -> Part:
    """个人信息保护法 Art. 46; for what is told of a record, registry.in_force."""
    return Part(
        _("What then happens to the record"),
        (
            _(
                "If the decision is corrected, changed or partly revoked, only what is right or remains is told from"
                " then on. If it is revoked or confirmed void, the record stays on file and is never in any answer"
                " again."
            ),
            _(
                "If something in the record is wrong, you may ask the organ that decided to correct it (Personal"
                " Information Protection Law, Article 46)."
            ),
        ),
    )


def _complaining() -> Part:
    """治安管理处罚法 Art. 133 and 139."""
    return Part(
        _("How to complain about a disclosure"),
        (
            _(
                "If you believe that the record was provided or made public against the law, you may report it to the"
                " public security organ, the people's procuratorate or the supervisory organ. Whoever receives the"
                " report must handle it (Article 133). Staff who leak such information are sanctioned (Article 139)."
            ),
        ),
    )
