"""The clerk's form, shaped like the decision paper (治安管理处罚决定书, Art. 115), and the officers' small forms.

The same checks as an import, with the same codes. What a form answers depends on what was typed, on the law and
on the clerk's own drafts; never on what is on file, so nobody learns from it whether a person is known.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.across_rows import Judgement, judge_rows
from registry.act_limits import limits_in_words
from registry.case_questions import ON_THE_SPOT_WORDS, QUESTIONS, UNLESS_ON_THE_SPOT, asked
from registry.decision_row import ORDINARY, DecisionRow, RowReading, read_row
from registry.drafting import held_by
from registry.finding_words import in_words
from registry.findings import Finding
from registry.models import ViolationRecord
from registry.nationalities import CHINESE_NATIONAL, nationalities
from registry.normalise import normalise_id_number
from registry.offences import all_offences, offence
from registry.officers import Officer
from registry.on_file import AmongDrafts
from registry.record_contents import row_of
from registry.record_keys import keys_of
from registry.resident_id import read_resident_id
from registry.row_words import LABELS, VALUES, Text
from registry.stated_fields import Stated, StatedDate, choice, number

LONGEST_FACTS = 20_000
Panels = tuple[tuple[Text, tuple[str, ...]], ...]
KEYS = ("subject", "decision_key", "duplicate_key", "index_version", "detention_days")


def acts_by_article() -> list[tuple[str, Any]]:
    """Return the acts of the law for a list, grouped by article."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for act in all_offences():
        language = get_language() or "zh-hans"
        groups.setdefault(_("Article %(article)d") % {"article": act.article}, []).append(
            (act.code, f"{act.cited(language)} {act.name(language)}")
        )
    return [("", _("Choose an act")), *groups.items()]


class DecisionForm(forms.Form):
    """One act of one person in one decision. When valid, `row` holds it."""

    checked_against_paper = forms.BooleanField(
        label=gettext_lazy("I checked these against the paper: they stand there as entered."),
        required=False,
    )
    warnings_seen = forms.CharField(required=False, widget=forms.HiddenInput)

    id_type = choice(LABELS["id_type"], VALUES["id_type"])
    id_number = Stated(
        LABELS["id_number"],
        longest=20,
        help_text=gettext_lazy("A resident identity number fills in sex and date of birth."),
    )
    name = Stated(
        LABELS["name"],
        help_text=gettext_lazy(
            "As on the document, with · where it has one; from a passport surname first, without a comma."
        ),
    )
    sex = choice(LABELS["sex"], VALUES["sex"], radios=True)
    birth_date = StatedDate(LABELS["birth_date"])
    nationality = Stated(
        LABELS["nationality"],
        widget=forms.Select,
        help_text=gettext_lazy(
            "Residents of Hong Kong, Macao and Taiwan are Chinese nationals. Type the first letters of the code."
        ),
    )
    address = Stated(LABELS["address"])
    guardian_name = Stated(
        LABELS["guardian_name"],
        optional=True,
    )

    offence_code = Stated(LABELS["offence_code"], widget=forms.Select)
    acted_on = StatedDate(LABELS["acted_on"])
    facts = Stated(LABELS["facts"], longest=LONGEST_FACTS, widget=forms.Textarea(attrs={"rows": 5}))

    procedure = choice(LABELS["procedure"], VALUES["procedure"], radios=True)
    warning = Stated(LABELS["warning"], widget=forms.CheckboxInput)
    fine = number(LABELS["fine"])
    detention_days = number(LABELS["detention_days"])
    licence_revoked = Stated(
        LABELS["licence_revoked"], optional=True, help_text=gettext_lazy("Name of the permit.")
    )
    foreigner_measure = choice(LABELS["foreigner_measure"], VALUES["foreigner_measure"])
    execution = choice(LABELS["execution"], VALUES["execution"])
    execution_reason = Stated(LABELS["execution_reason"], optional=True)

    decision_number = Stated(LABELS["decision_number"])
    organ_name = Stated(LABELS["organ_name"])
    organ_code = Stated(LABELS["organ_code"], longest=20)
    organ_level = choice(LABELS["organ_level"], VALUES["organ_level"])
    decided_on = StatedDate(LABELS["decided_on"])
    served_on = StatedDate(LABELS["served_on"], optional=True)

    questions = QUESTIONS
    panels: Panels = (
        (
            gettext_lazy("Person"),
            (
                "id_type",
                "id_number",
                "name",
                "sex",
                "birth_date",
                "nationality",
                "address",
                "guardian_name",
            ),
        ),
        (gettext_lazy("Violation"), ("offence_code", "acted_on", "facts")),
        (
            gettext_lazy("Penalty"),
            (
                "procedure",
                "warning",
                "fine",
                "detention_days",
                "licence_revoked",
                "foreigner_measure",
                "execution",
                "execution_reason",
            ),
        ),
        (
            gettext_lazy("Decision and service"),
            (
                "decision_number",
                "organ_name",
                "organ_code",
                "organ_level",
                "decided_on",
                "served_on",
            ),
        ),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        officer: Officer,
        draft: ViolationRecord | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        """Take what was posted, who is at work, the draft that is being changed, and what was typed before."""
        initial = stated_in(row_of(draft)) if draft else opening(officer)
        initial.update(typed or {})
        self.posted = filled_from_id(data if data is not None else QueryDict())
        super().__init__(self.posted if data is not None else None, initial=initial)
        self.officer, self.draft = officer, draft
        self.row: DecisionRow | None = None
        self.warnings: list[str] = []
        self.fields["offence_code"].widget.choices = acts_by_article()
        self._offer_nationalities()
        for name in UNLESS_ON_THE_SPOT:
            self.fields[name].asked_unless = "on-the-spot"  # type: ignore[attr-defined]
        self.fields["procedure"].choice_hints = ON_THE_SPOT_WORDS  # type: ignore[attr-defined]
        self._show_limits()
        self._tick = self.fields["checked_against_paper"]
        if not self.posted.get("warnings_seen"):
            del self.fields["checked_against_paper"]

    def clean(self) -> dict[str, Any]:
        """Read and judge what was typed; each finding stands at its field."""
        stated = dict(self.cleaned_data)
        judgement = self.judged(read_row(stated))
        for finding in judgement.rejections:
            self.add_error(finding.field, ValidationError(in_words(finding, stated), finding.code))
        if not judgement.rejections:
            self._heed(judgement.warnings, stated)
            self.row = judgement.row
        return stated

    def judged(self, reading: RowReading) -> Judgement:
        """Judge what was typed, beside the clerk's own drafts."""
        drafts = held_by(self.officer).filter(outcome="").only(*KEYS)
        if self.draft:
            drafts = drafts.exclude(pk=self.draft.pk)
        (judgement,) = judge_rows(
            [reading], today=timezone.localdate(), on_file=AmongDrafts(drafts), keys_of=keys_of
        )
        return judgement

    def _heed(self, findings: tuple[Finding, ...], stated: dict[str, Any]) -> None:
        """Warnings are lawful, so they ask for a second look at the paper and no more."""
        self.warnings = [in_words(finding, stated) for finding in findings]
        codes = " ".join(sorted({finding.code for finding in findings}))
        seen = set(stated["warnings_seen"].split())
        if not codes or (stated.get("checked_against_paper") and set(codes.split()) <= seen):
            return
        self.posted["warnings_seen"] = codes
        self.posted.pop("checked_against_paper", None)
        self.fields["checked_against_paper"] = self._tick
        message = _(
            "Check what is listed below against the paper, then tick the box or correct it."
        )
        self.add_error("checked_against_paper", ValidationError(message, "unchecked"))

    def asks(self, key: str) -> bool:
        """Say whether the case, as far as it is typed, needs one of the questions."""
        return asked(lambda name: self[name].value())[key]

    def _offer_nationalities(self) -> None:
        """Offer the list, and what a draft states that is not in it."""
        listed = nationalities(get_language() or "zh-hans")
        stated = str(self["nationality"].value() or "")
        more = [] if stated in ("", *(code for code, _name in listed)) else [(stated, stated)]
        self.fields["nationality"].widget.choices = [*listed, *more]

    def _show_limits(self) -> None:
        """Put what the act may cost beside the amounts, when an act is chosen."""
        act = offence(str(self["offence_code"].value() or ""))
        for name, words in (limits_in_words(act) if act else {}).items():
            self.fields[name].help_text = words


def as_typed(form: forms.Form, data: QueryDict) -> dict[str, Any]:
    """Return what was posted to a form, read and refused by nothing; a tick of comparison is made anew each time."""
    return {
        name: field.widget.value_from_datadict(data, {}, name)
        for name, field in form.fields.items()
        if name not in ("checked_against_paper", "warnings_seen")
    }


class CheckedForm(forms.Form):
    """The tick of somebody who held the paper beside the screen."""

    checked = forms.BooleanField(
        label=gettext_lazy("I compared every line with the paper decision."),
        error_messages={
            "required": gettext_lazy("Compare every line with the paper, then tick the box.")
        },
    )


def opening(officer: Officer) -> dict[str, Any]:
    """Return what an empty form starts with: the clerk's own organ and what holds for most people."""
    return {
        "id_type": "resident_id",
        "nationality": CHINESE_NATIONAL,
        "foreigner_measure": "none",
        "execution": "executed",
        "procedure": ORDINARY,
        "organ_code": officer.unit_code,
        "organ_name": officer.unit_name,
        "organ_level": officer.unit_level or "county",
    }


def stated_in(row: DecisionRow) -> dict[str, Any]:
    """Return a row as the form shows it."""
    return {name: getattr(row, name) for name in LABELS}


def filled_from_id(data: QueryDict) -> QueryDict:
    """Return what was posted, with sex and date of birth from a resident ID number where they are empty."""
    data = data.copy()
    if data.get("id_type") != "resident_id":
        return data
    holder = read_resident_id(normalise_id_number("resident_id", data.get("id_number", "")))
    if holder is None:
        return data
    if not data.get("sex"):
        data["sex"] = holder.sex
    if not any(data.get(f"birth_date_{part}") for part in range(3)):
        born = holder.birth_date
        for part, value in enumerate((born.year, born.month, born.day)):
            data[f"birth_date_{part}"] = str(value)
    return data
