"""The forms of bulk filing: a file with the law it is judged by, and the tick of whoever confirms it."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.import_files import Unreadable, refuse_at_once
from registry.sealed_upload import LARGEST, SealedUpload

MEGABYTES = LARGEST // 2**20


class UploadForm(forms.Form):
    """A records file, judged by what it holds. Its name is neither read nor kept."""

    file = forms.FileField(
        label=gettext_lazy("Records file"),
        help_text=format_lazy(
            gettext_lazy("CSV in UTF-8, XLSX (first sheet) or JSON Lines, {megabytes} MB at most."),
            megabytes=MEGABYTES,
        ),
        widget=forms.FileInput(
            attrs={"accept": ".csv,.xlsx,.jsonl", "data-largest": LARGEST, "data-upload": ""}
        ),
        error_messages={
            "required": format_lazy(
                gettext_lazy("Choose a file of {megabytes} MB at most."), megabytes=MEGABYTES
            ),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    law = forms.ChoiceField(
        label=gettext_lazy("Law the acts are judged by"),
        choices=[
            ("2025", gettext_lazy("Law of 2025: acts from 2026-01-01")),
            ("2012", gettext_lazy("Law of 2012: acts before 2026-01-01 too")),
        ],
        initial="2025",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["law"].choice_hints = {  # type: ignore[attr-defined]
            "2012": gettext_lazy("Amounts of acts before 2026 are not checked; records are marked.")
        }

    def clean_file(self) -> SealedUpload:
        """Return the upload, whole and not unreadable from its first line on."""
        file: SealedUpload = self.cleaned_data["file"]
        if file.is_too_large:
            raise forms.ValidationError(_("The file is too large. Split it."))
        if file.is_broken:
            raise forms.ValidationError(_("The file could not be stored. Try again later."))
        try:
            refuse_at_once(file.source())
        except Unreadable as problem:
            raise forms.ValidationError(str(problem)) from None
        return file


class ConfirmForm(forms.Form):
    """The tick of a second officer."""

    checked = forms.BooleanField(
        label=gettext_lazy("I know where this file comes from, and the counts are right."),
        error_messages={
            "required": gettext_lazy("Compare the counts with the case system, then tick the box.")
        },
    )
