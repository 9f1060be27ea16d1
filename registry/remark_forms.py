"""The form with which a verifying officer returns a draft, one remark beside each line of the paper; and its words.

Knows the lines, not what they mean.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.models import ViolationRecord
from registry.paper import DATES, Section
from registry.remarks import Remarks, rounds_of
from registry.row_words import LABELS, Text

ON = "on_"
LONGEST_REMARK = 500
OF_A_CORRECTION: Mapping[str, Text] = {
    "outcome_document": gettext_lazy("Document that says so"),
    "outcome_on": gettext_lazy("Date of that document"),
    "outcome_reason": gettext_lazy("Reason"),
    "replaced_number": gettext_lazy("Decision number on file"),
    "replaced_organ": gettext_lazy("Organ code on file"),
    "replaced_act": gettext_lazy("Act on file"),
}


class Line(NamedTuple):
    """One line of the paper with the box for a remark on it; `box` is None where nothing was typed."""

    label: Text
    text: str
    box: Any


class RemarksForm(forms.Form):
    """What the clerk is to correct: a remark for any line, or for the whole; at least one."""

    remarks = forms.CharField(
        label=gettext_lazy("Remark on the whole"),
        help_text=gettext_lazy("What belongs to no line above, if there is such."),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None = None, *, sections: Iterable[Section]) -> None:
        """Take what was posted, and the paper as the officer sees it."""
        super().__init__(data)
        self.sections = list(sections)
        for section in self.sections:
            for (label, _text), name in zip(section.lines, section.names, strict=True):
                if name:
                    self.fields[ON + name] = forms.CharField(
                        label=_("Remark on “%(line)s”") % {"line": label},
                        max_length=LONGEST_REMARK,
                        required=False,
                    )

    def lines(self) -> list[tuple[Text, list[Line]]]:
        """Return the paper with its boxes, section by section."""
        return [
            (
                section.title,
                [
                    Line(label, text, self[ON + name] if name else None)
                    for (label, text), name in zip(section.lines, section.names, strict=True)
                ],
            )
            for section in self.sections
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one remark."""
        said = dict(self.cleaned_data)
        if not self.errors and not any(said.values()):
            self.add_error("remarks", _("Say what is to be corrected, at its line or here."))
        return said

    def on_fields(self) -> dict[str, str]:
        """Return the remarks on single fields."""
        said = {name.removeprefix(ON): text for name, text in self.cleaned_data.items()}
        return {name: text for name, text in said.items() if text and name != "remarks"}


def label_of(name: str) -> Text:
    """Return what the clerk's form calls a field."""
    return LABELS.get(name) or OF_A_CORRECTION.get(name, name)


def input_of(name: str) -> str:
    """Return the id of a field's first input on the clerk's form."""
    several = name in DATES or name in ("sex", "procedure", "outcome_on")
    return f"id_{name}_0" if several else f"id_{name}"


def shown_remarks(
    draft: ViolationRecord | None, href: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """Return what a page needs to list the remarks; `href` leads from a field's name to its input."""
    rounds = rounds_of(draft)
    newest = rounds[0].fields if rounds else {}
    return {
        "rounds": [_labelled(one) for one in rounds],
        "remarked": [
            {"label": label_of(name), "remark": remark, "href": href(name) if href else ""}
            for name, remark in newest.items()
        ],
    }


def _labelled(remarks: Remarks) -> dict[str, Any]:
    labelled = [(label_of(name), remark) for name, remark in remarks.fields.items()]
    return {
        "by": remarks.by,
        "at": remarks.at,
        "general": remarks.general,
        "labelled": labelled,
    }
