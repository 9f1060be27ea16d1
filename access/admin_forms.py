"""The forms of the security administrator's pages: what is refused, and in which words."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.authorisations import terms_of
from access.exceptions import StatutoryException, is_state_organ
from access.ground_words import authorised_ground
from access.models import Authorisation, Unit, User
from access.proposals import Letter
from access.provisions import UNIT_KINDS, Route, all_provisions, provision
from access.roles import EXCLUSIVE, NAMES, Role, compatible
from access.terms import Terms
from access.unit_kinds import kind_name
from sealing.admin_parts import PartForm


def kinds() -> Iterable[tuple[str, str]]:
    """Return the kinds of unit in words, in the order of the catalogue."""
    return [(kind, kind_name(kind)) for kind in UNIT_KINDS]


class UnitForm(PartForm):
    """A unit: its kind is one of those that the catalogue of provisions knows."""

    kind = forms.ChoiceField(label=_("kind"), choices=kinds)

    class Meta:
        model = Unit
        fields = (
            "code",
            "name",
            "kind",
            "level",
            "daily_budget",
            "official_budget",
            "roster_limit",
            "active",
        )


def grounds() -> Iterable[tuple[str, str]]:
    """Return what a unit may be authorised for: case handling, or one provision that gives anybody a query."""
    open_ones = (found.id for found in all_provisions() if found.decided_by is not Route.REFUSED)
    for ground in (StatutoryException.CASE_HANDLING.value, *open_ones):
        yield ground, authorised_ground(ground)


def gives_a_right(ground: str, *, unit_kind: str) -> bool:
    """Say whether a unit of this kind can be answered under a ground at all, whoever authorises it."""
    if ground == StatutoryException.CASE_HANDLING:
        return is_state_organ(unit_kind)
    found = provision(ground)
    return found is not None and found.entitles(unit_kind)


class AuthorisationForm(PartForm):
    """An authorisation: dates in order, officials of the unit itself, and for anything more the unit's application."""

    ground = forms.ChoiceField(label=_("ground"), choices=grounds)
    officials = forms.CharField(
        label=_("named officials"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("Numbers of officials of the unit, separated by spaces."),
    )
    letter_number = forms.CharField(
        label=_("number of the application letter"),
        max_length=100,
        required=False,
        help_text=_("Kept sealed. Not needed to end an authorisation earlier or to name fewer."),
    )
    letter_issued_on = forms.DateField(
        label=_("application letter issued on"),
        required=False,
        widget=AdminDateWidget,
    )

    class Meta:
        model = Authorisation
        fields = ("unit", "ground", "valid_from", "valid_to", "officials", "daily_budget")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            named = self.instance.officials.order_by("number").values_list("number", flat=True)
            self.initial["officials"] = " ".join(named)

    def clean_officials(self) -> frozenset[str]:
        """Return the numbers; a number nobody has is refused."""
        numbers = frozenset(self.cleaned_data["officials"].split())
        known = User.objects.filter(number__in=numbers).values_list("number", flat=True)
        if unknown := sorted(numbers - set(known)):
            words = _("There is no account with these numbers: %(numbers)s.")
            raise ValidationError(words, params={"numbers": ", ".join(unknown)})
        return numbers

    def clean(self) -> dict[str, Any]:
        """Refuse officials of another unit, and more than is held without the unit's application."""
        cleaned = super().clean() or self.cleaned_data
        unit = cleaned.get("unit") or (self.instance.unit if self.instance.pk else None)
        others = User.objects.filter(number__in=cleaned.get("officials", ())).exclude(unit=unit)
        strangers = sorted(others.values_list("number", flat=True))
        if unit is not None and strangers:
            words = _("These officials belong to another unit: %(numbers)s.")
            self.add_error(
                "officials", ValidationError(words, params={"numbers": ", ".join(strangers)})
            )
        begin, end = cleaned.get("valid_from"), cleaned.get("valid_to")
        if begin and end and end < begin:
            self.add_error("valid_to", _("The last day must not be before the first."))
        if not self.errors and not self.only_cuts_down():
            self._check_ground(cleaned, unit)
            self._check_letter(cleaned)
        return cleaned

    def terms(self) -> Terms:
        """Return what the authorisation is to allow."""
        found = self.cleaned_data
        days = found["valid_from"], found["valid_to"]
        return Terms(*days, found["officials"], found["daily_budget"])

    def letter(self) -> Letter:
        """Return the unit's application letter."""
        return Letter(self.cleaned_data["letter_number"], self.cleaned_data["letter_issued_on"])

    def only_cuts_down(self) -> bool:
        """Say whether nothing more is asked for than is held, which one administrator may do alone."""
        if self.instance.pk is None:
            return False
        return self.terms().within(terms_of(Authorisation.objects.get(pk=self.instance.pk)))

    def _check_ground(self, cleaned: dict[str, Any], unit: Unit | None) -> None:
        ground = self.instance.ground if self.instance.pk else cleaned["ground"]
        if unit is not None and not gives_a_right(ground, unit_kind=unit.kind):
            words = _("This ground gives a unit of the kind “%(kind)s” no right to inquire.")
            field = "ground" if "ground" in self.fields else None
            self.add_error(field, ValidationError(words, params={"kind": kind_name(unit.kind)}))

    def _check_letter(self, cleaned: dict[str, Any]) -> None:
        for name in ("letter_number", "letter_issued_on"):
            if not cleaned.get(name):
                self.add_error(
                    name, _("Number and date of the unit's application letter are needed.")
                )
        issued_on = cleaned.get("letter_issued_on")
        if issued_on and issued_on > timezone.localdate():
            self.add_error("letter_issued_on", _("The letter must not be of a future day."))


class AccountForm(PartForm):
    """An account: number, unit, roles and a first password. No name and no power beyond the roles."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role.value, NAMES[role]) for role in Role],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Auditor, security administrator and system administrator exclude each other and every other role."
        ),
    )
    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "Leave empty to keep the present one. Ask the official to change it after signing in."
        ),
    )

    class Meta:
        model = User
        fields = ("number", "unit", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "roles" in self.fields:
            self.initial["roles"] = list(self.instance.groups.values_list("name", flat=True))

    def clean_roles(self) -> list[str]:
        """Refuse a mix of exclusive roles."""
        chosen: list[str] = self.cleaned_data["roles"]
        if not compatible(frozenset(Role(name) for name in chosen)):
            words = _("The role %(role)s excludes every other role.")
            exclusive = next(role for role in Role if role in EXCLUSIVE and role in chosen)
            raise ValidationError(words, code="exclusive_role", params={"role": NAMES[exclusive]})
        return chosen

    def clean_unit(self) -> Unit | None:
        """Refuse to move an official whom an authorisation of the present unit names."""
        unit = self.cleaned_data["unit"]
        held = self.instance.unit_id
        if held and (unit is None or unit.pk != held) and self.instance.authorisations.exists():
            raise ValidationError(
                _(
                    "An authorisation of the present unit names this official. Take the official out there first."
                ),
                code="still_named",
            )
        return unit

    def clean_new_password(self) -> str:
        """Refuse a password that is too easy to guess."""
        password: str = self.cleaned_data["new_password"]
        if password:
            password_validation.validate_password(password, self.instance)
        return password

    def save(self, commit: bool = True) -> Any:
        """Save the account; without a password nobody can sign in to a new one."""
        if password := self.cleaned_data.get("new_password"):
            self.instance.set_password(password)
        elif not self.instance.pk:
            self.instance.set_unusable_password()
        return super().save(commit)
