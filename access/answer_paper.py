"""The two papers an official takes away: the answer of one lookup, and the notice that an inquiry was denied.

An answer's paper says what its page shows and is made from the lookup that the page would have shown: there is no
kept copy to print later. A notice is made from the decision alone, so it is the same for a person with and without a
record. Knows no request; names no person but where the answer itself does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from access import answer_words, inquiry_words, undertakings
from access.answer_words import Act
from access.inquiry import Inquiry
from access.lookups import Disclosure
from access.paper import Paper, Section
from access.paper_seal import PaperKind, Stated, sealed
from access.watermark import watermark
from sealing.receipts import SignedReceipt

#: How long the way of `denials.CONTEST` that has a term is open, in calendar days.
CONTEST_WITHIN = timedelta(days=60)
WIDTHS = [1.25, 1.25, 2.2, 1.1, 2, 2.2]


@dataclass(frozen=True, slots=True)
class Checking:
    """Where the address that a QR code holds begins; the code follows."""

    begins: str

    def address(self, code: str) -> str:
        """Return the address at which a code is checked."""
        return f"{self.begins}{code}/"


def refusal(inquiry: Inquiry, *, checking: Checking) -> Paper:
    """Return the notice of a denied inquiry, the same each time it is made; ValueError for an inquiry not denied."""
    if not may_have_notice(inquiry) or inquiry.decided_at is None:
        raise ValueError("the inquiry is not denied")
    words = inquiry_words.in_words(inquiry)
    reasons = [f"{reason.text} [{reason.code}]" for reason in words.reasons]
    proof: SignedReceipt = inquiry.proof or {}
    by = inquiry.decided_at + CONTEST_WITHIN
    sections = [
        Section(
            rows=[
                (_("Unit"), f"{inquiry.unit.code} {inquiry.unit.name}"),
                (_("Receipt"), inquiry.receipt),
                (_("Received on"), inquiry.made_on.isoformat()),
                (_("Exception"), str(words.exception)),
                (_("Ground"), words.ground or "—"),
                (_("Decided at"), _minute(inquiry.decided_at)),
                (_("Audit entry"), str(proof["entry"])),
            ]
        ),
        Section(
            heading=_("Why it was denied"),
            sentences=[
                _(
                    "The reasons concern the request alone. No record was looked for, so they say nothing about the"
                    " person."
                )
            ],
            points=reasons,
        ),
        Section(
            heading=_("How to contest it"),
            rows=[(_("Last day to write"), timezone.localtime(by).date().isoformat())],
            points=[str(way) for way in words.contest],
        ),
    ]
    title = _("Notice of denial")
    stated = _stated(PaperKind.REFUSAL, proof, inquiry.decided_at)
    mark = f"{inquiry.unit.code} · {inquiry.receipt}"
    return _paper(
        title, sections, duty="", mark=mark, watermark=[], stated=stated, checking=checking
    )


def may_have_notice(inquiry: Inquiry) -> bool:
    """Say whether a notice can be made: the inquiry is denied, and the entry that says so has its signed receipt."""
    return inquiry.status == Inquiry.Status.DENIED and (inquiry.proof or {}).get("outcome") == (
        Inquiry.Status.DENIED.value
    )


def answer(
    inquiry: Inquiry, disclosure: Disclosure, *, number: str, at: datetime, checking: Checking
) -> Paper:
    """Return what one lookup discloses as a paper for the official of that number who looked up."""
    words = answer_words.in_words(disclosure.answer, inquiry)
    decided = inquiry_words.in_words(inquiry)
    until = (
        [(_("Can be viewed until"), _minute(disclosure.expires_at))]
        if disclosure.expires_at
        else []
    )
    sections = [
        Section(heading=words.heading, rows=words.findings),
        *_acts(words.acts),
        Section(
            heading=_("This answer"),
            rows=[
                (_("Given to"), f"{inquiry.unit.code} {inquiry.unit.name} · {number}"),
                (_("Officials behind the inquiry"), _("; ").join(inquiry.officials)),
                (_("Viewed at"), _minute(at)),
                (_("Receipt"), inquiry.receipt),
                (_("Audit entry"), str(disclosure.entry)),
                (_("Ground"), decided.ground),
                (_("What this ground lets you receive"), " ".join(decided.receives)),
                *until,
            ],
        ),
    ]
    title = _("Answer to an inquiry")
    over = watermark(
        unit=inquiry.unit, number=number, at=timezone.localtime(at), entry=disclosure.entry
    )
    stated = _stated(PaperKind.ANSWER, disclosure.proof, at)
    return _paper(
        title,
        sections,
        duty=str(undertakings.DUTY),
        mark=f"{inquiry.unit.code} {inquiry.unit.name} · {number} · {_minute(at)} · {inquiry.receipt} · {over.code}",
        watermark=[over.whose, over.who_and_when, inquiry.receipt, over.code],
        stated=stated,
        checking=checking,
    )


def _acts(acts: list[Act]) -> list[Section]:
    """The table of the acts, and below it the rest of each decision where the scope has it."""
    if not acts:
        return []
    head = [_("Decided on"), _("Acted on"), _("Act"), _("Article"), _("Penalty"), _("Decision")]
    table = Section(heading=_("Acts"), head=head, widths=WIDTHS, lines=[_line(act) for act in acts])
    rest = [
        Section(
            heading=_("Decision %(number)s: %(offence)s")
            % {"number": act.line.decision_number, "offence": act.line.offence},
            rows=act.rest,
        )
        for act in acts
        if act.rest
    ]
    return [table, *rest]


def _line(act: Act) -> list[str]:
    line = act.line
    return [
        f"{line.decided_on}",
        f"{line.acted_on}",
        f"{line.offence}\n{line.offence_code}",
        line.article,
        act.penalty,
        f"{line.decision_number}\n{line.organ}",
    ]


def _stated(kind: PaperKind, proof: SignedReceipt, at: datetime) -> Stated:
    return Stated(
        kind=kind,
        receipt=str(proof["receipt"]),
        entry=UUID(str(proof["entry"])),
        leaf_hash=bytes.fromhex(str(proof["leaf_hash"])),
        made_at=at,
    )


def _paper(
    title: str,
    sections: list[Section],
    *,
    duty: str,
    mark: str,
    watermark: list[str],
    stated: Stated,
    checking: Checking,
) -> Paper:
    return Paper(
        language=get_language() or "zh-hans",
        registry=_("Registry of Sealed Violation Records"),
        title=title,
        sections=sections,
        duty=duty,
        mark=mark,
        watermark=watermark,
        page=_("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        check_at=checking.address(sealed(stated)),
        code_alt=_("QR code with the address at which this paper can be checked"),
        checking=[
            _("Whoever holds this paper can check it: scan the code, or open its address."),
            _(
                "The page says whether the registry made such a paper, for which receipt and when. It shows nothing"
                " of the content."
            ),
        ],
        made_at=stated.made_at,
    )


def _minute(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
