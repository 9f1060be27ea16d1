"""How every form on a page is drawn: GOV.UK Frontend markup from Django's own form objects.

`{{ form }}` gives the fields, grouped into numbered panels when the form names them; `base.html` puts the
error summary above the heading. A field may carry plain attributes: `choice_hints` (a text per
choice value), `marks_optional = False` (no "(optional)" beside a label that another answer governs), and
`remark` (what somebody who checked the form said of it).
Knows no particular form.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.Textarea, "govuk-textarea"),
    (forms.Select, "govuk-select"),
    (forms.FileInput, "govuk-file-upload"),
    (Input, "govuk-input"),
)
WIDTHS = (2, 3, 4, 5, 10, 20)


class PageField(BoundField):
    """A field of a form on a page: its classes, its width, and what its template asks."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        """Make "this field is required" name the field, so that a list of errors can be understood."""
        super().__init__(form, field, name)
        if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = format_lazy(_("Fill in: {label}"), label=self.label)

    @property
    def kind(self) -> str:
        """Return which markup the field takes: radios, checkboxes, checkbox, parts, counted or input."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxSelectMultiple):
            return "checkboxes"
        if isinstance(widget, forms.RadioSelect):
            return "radios"
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        if isinstance(widget, forms.MultiWidget):
            return "parts"
        return "counted" if self.limit else "input"

    @property
    def limit(self) -> int | None:
        """Return the most characters a text area takes, or None when nothing is counted."""
        if isinstance(self.field.widget, forms.Textarea):
            return getattr(self.field, "max_length", None)
        return None

    @property
    def is_optional(self) -> bool:
        """Return whether the label says "(optional)"."""
        marks = getattr(self.field, "marks_optional", self.kind != "checkbox")
        return bool(marks and not self.field.required)

    @property
    def first_input_id(self) -> str:
        """Return the id that a link in the error summary leads to."""
        several = self.kind in {"radios", "checkboxes", "parts"}
        return f"{self.auto_id}_0" if several else str(self.auto_id)

    @property
    def asked_unless(self) -> str:
        """Return the case in which nobody needs this field; empty when it holds something or must be seen."""
        seen = self.errors or self.remark or self.value()
        return "" if seen else str(getattr(self.field, "asked_unless", ""))

    @property
    def remark(self) -> str:
        """Return what somebody who checked the form remarked on this field; empty when nobody did."""
        return str(getattr(self.field, "remark", ""))

    @property
    def aria_describedby(self) -> str | None:
        """Return the ids of what describes the field, its remark among them."""
        described = super().aria_describedby
        return f"{described or ''} {self.auto_id}_remark".strip() if self.remark else described

    @property
    def options(self) -> Iterator[tuple[BoundWidget, str]]:
        """Yield each radio button or checkbox with its hint, empty when it has none."""
        hints: Mapping[str, str] = getattr(self.field, "choice_hints", {})
        for option in self.subwidgets:
            yield option, hints.get(str(option.data["value"]), "")

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """Add classes, and keep what is typed about a person out of the browser's memory."""
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if widget.is_hidden or isinstance(widget, forms.MultiWidget):
            return attrs
        attrs["class"] = " ".join(self._classes(widget))
        if isinstance(widget, forms.Textarea | forms.TextInput | forms.NumberInput):
            attrs.setdefault("autocomplete", widget.attrs.get("autocomplete", "off"))
            attrs.setdefault("spellcheck", widget.attrs.get("spellcheck", "false"))
        if isinstance(widget, forms.NumberInput) and isinstance(self.field, forms.IntegerField):
            widget.input_type = "text"
            attrs.setdefault("inputmode", "numeric")
        if self.kind == "counted" and self.auto_id:
            described = f"{attrs.get('aria-describedby', '')} {self.auto_id}-info"
            attrs["aria-describedby"] = described.strip()
        attrs["placeholder"] = False
        return attrs

    def _classes(self, widget: forms.Widget) -> Iterator[str]:
        own = widget.attrs.get("class", "")
        yield from own.split()
        name = next((name for kind, name in CLASSES if isinstance(widget, kind)), "")
        if name:
            yield name
        if self.kind == "counted":
            yield "govuk-js-character-count"
        if self.errors and name in {"govuk-input", "govuk-textarea", "govuk-select"}:
            yield f"{name}--error"
        if name == "govuk-input" and "width" not in own:
            yield self._width(widget)

    def _width(self, widget: forms.Widget) -> str:
        """Return the class of a width that fits the longest value; a number's and a code's is 10."""
        longest = getattr(self.field, "max_length", None)
        is_code = widget.attrs.get("autocomplete") == "one-time-code"
        if isinstance(widget, forms.NumberInput) or is_code:
            longest = 10
        if isinstance(widget, forms.PasswordInput):
            longest = 20
        fitting = next((width for width in WIDTHS if longest and longest <= width), None)
        return f"govuk-input--width-{fitting}" if fitting else "govuk-!-width-two-thirds"


class PageForms(TemplatesSetting):
    """The form renderer of the site; the admin keeps its own layout."""

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = PageField

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Render a template; a whole form is given its panels."""
        if template_name == self.form_template_name:
            context = {**context, "panels": list(panels(context["form"]))}
        return super().render(template_name, context, request)


class Part(NamedTuple):
    """Fields that stand together in a panel; under a title of their own when only some cases need them."""

    fields: list[BoundField]
    key: str = ""
    title: str = ""
    why: str = ""
    is_open: bool = True


def panels(form: forms.BaseForm) -> Iterator[tuple[str, list[Part]]]:
    """Yield title and parts of each panel that `form.panels` names: (title, (field names)).

    Fields in no panel come first, under no title; a form without panels is one untitled group. A form with
    `questions` (key, title, why, field names) has those fields behind a summary that can be opened; they stand open
    when `form.asks(key)` says that the case needs them, or when there is something to be seen at one of them.
    """
    named = getattr(form, "panels", ())
    placed = {name for _, names in named for name in names}
    loose = [field for field in form.visible_fields() if field.name not in placed]
    if loose:
        yield "", [Part(loose)]
    for title, names in named:
        yield title, list(_parts(form, [name for name in names if name in form.fields]))


def _parts(form: Any, names: list[str]) -> Iterator[Part]:
    questions = {
        name: question for question in getattr(form, "questions", ()) for name in question.names
    }
    for question, group in groupby(names, questions.get):
        fields = [form[name] for name in group]
        if question is None:
            yield Part(fields)
        else:
            to_be_seen = any(field.errors or field.remark for field in fields)
            is_open = bool(to_be_seen or form.asks(question.key))
            yield Part(fields, question.key, question.title, question.why, is_open)
