"""How forms are drawn: what somebody with a screen reader, a keyboard or a shared computer would notice."""

from datetime import date
from html.parser import HTMLParser

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import translation

from registry.split_date import SplitDateField


class Decision(forms.Form):
    """A made-up form with one field of each kind."""

    number = forms.CharField(label="Number", max_length=18, help_text="As on the paper.")
    facts = forms.CharField(label="Facts", max_length=500, widget=forms.Textarea)
    sex = forms.ChoiceField(
        label="Sex", choices=[("male", "male"), ("female", "female")], widget=forms.RadioSelect
    )
    kinds = forms.MultipleChoiceField(
        label="Kinds", choices=[("fine", "fine")], widget=forms.CheckboxSelectMultiple
    )
    fine = forms.IntegerField(label="Fine", required=False)
    served = SplitDateField(label="Served")
    checked = forms.BooleanField(label="Checked")
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    panels = (("Person", ("number", "sex")), ("Penalty", ("kinds", "fine")))


class Page(HTMLParser):
    """The elements of a page, by id, and its labels."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.labelled: set[str | None] = set()
        self.links: list[str] = []
        self.fieldsets: list[str | None] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.by_id[str(found["id"])] = {**found, "tag": tag}
        if tag == "label":
            self.labelled.add(found.get("for"))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag == "fieldset":
            self.fieldsets.append(found.get("aria-describedby"))


@pytest.fixture(autouse=True)
def english() -> None:
    translation.activate("en")


def test_every_input_has_a_label() -> None:
    page = Page(str(Decision()))
    inputs = {
        key
        for key, found in page.by_id.items()
        if found["tag"] in {"input", "textarea", "select"} and found.get("type") != "hidden"
    }
    assert len(inputs) == 10
    assert inputs <= page.labelled


def test_errors_and_hints_are_tied_to_their_input_and_linked_from_the_summary() -> None:
    form = Decision({})
    page = Page(str(form))
    assert page.by_id["id_number"]["aria-describedby"] == "id_number_helptext id_number_error"
    assert page.by_id["id_facts"]["aria-describedby"] == "id_facts_error id_facts-info"
    assert {"id_sex_error", "id_kinds_error", "id_served_error"} <= set(page.fieldsets)
    described = " ".join(str(found.get("aria-describedby") or "") for found in page.by_id.values())
    assert {*described.split(), *filter(None, page.fieldsets)} <= set(page.by_id)
    summary = Page(render_to_string("forms/error_summary.html", {"form": form}))
    assert [link.removeprefix("#") for link in summary.links] == [
        "id_number",
        "id_facts",
        "id_sex_0",
        "id_kinds_0",
        "id_served_0",
        "id_checked",
    ]
    assert {link.removeprefix("#") for link in summary.links} <= set(page.by_id)


def test_a_required_answer_is_asked_for_by_name() -> None:
    assert Decision({}).errors["number"] == ["Fill in: Number"]


def test_an_author_s_own_words_stay() -> None:
    field = forms.CharField(label="Number", error_messages={"required": "Enter the number."})
    form = type("Own", (forms.Form,), {"number": field})({})
    assert form.errors["number"] == ["Enter the number."]


def test_the_browser_remembers_and_sends_nothing_typed_about_a_person() -> None:
    page = Page(str(Decision()))
    for name in ("id_number", "id_facts", "id_fine"):
        assert page.by_id[name]["autocomplete"] == "off"
        assert page.by_id[name]["spellcheck"] == "false"


def test_a_number_is_typed_as_text_with_a_keypad() -> None:
    fine = Page(str(Decision())).by_id["id_fine"]
    assert (fine["type"], fine["inputmode"]) == ("text", "numeric")


def test_panels_hold_their_fields_and_the_rest_comes_first() -> None:
    source = str(Decision())
    order = [
        source.index(mark) for mark in ('id="id_facts"', ">Person<", 'id="id_sex_0"', ">Penalty<")
    ]
    assert order == sorted(order)


def test_only_optional_answers_are_marked() -> None:
    source = str(Decision())
    assert source.count("(optional)") == 1
    assert source.index("(optional)") > source.index('for="id_fine"')


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("2026", "1", "31"), date(2026, 1, 31)),
        (("２０２６", "０１", "３１"), date(2026, 1, 31)),
        (("2026-01-31", "", ""), date(2026, 1, 31)),
        (("20260131", "", ""), date(2026, 1, 31)),
        (("2026年1月31日", "", ""), date(2026, 1, 31)),
    ],
)
def test_a_date_is_read_however_it_is_typed(typed: tuple[str, ...], meant: date) -> None:
    assert split(*typed) == meant


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("", "", ""), "required"),
        (("2026", "1", ""), "incomplete"),
        (("2026", "2", "29"), "invalid_date"),
        (("2026", "x", "1"), "invalid_date"),
        (("99999", "1", "1"), "invalid_date"),
        (("0", "1", "1"), "invalid_date"),
    ],
)
def test_a_date_that_is_none_has_one_error(typed: tuple[str, ...], code: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        split(*typed)
    assert [error.code for error in refused.value.error_list] == [code]


def test_an_optional_date_may_be_left_out() -> None:
    assert SplitDateField(required=False).clean(["", "", ""]) is None


def split(*typed: str) -> date | None:
    """Send the three inputs through the field."""
    field = SplitDateField()
    data = {f"day_{place}": text for place, text in enumerate(typed)}
    return field.clean(field.widget.value_from_datadict(data, {}, "day"))
