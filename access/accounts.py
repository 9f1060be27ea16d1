"""Accounts: an official is a number; the name is kept apart, sealed, and no page of the admin holds it."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.units import Unit
from sealing.fields import SealedField


class Accounts(BaseUserManager["User"]):
    """Makes accounts; a superuser has no unit, so it can neither file nor ask."""

    def create_user(self, number: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account; without a password nobody can sign in to it."""
        user = self.model(number=number, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, number: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account for `createsuperuser`; it opens no record and no inquiry."""
        return self.create_user(number, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One natural person with an official number 警号/工号. Roles are groups (`access.roles`)."""

    number = models.CharField(
        _("official number"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$")],
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("unit")
    )
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    USERNAME_FIELD = "number"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = Accounts()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(unit__isnull=True),
                name="superuser_neither_files_nor_asks",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def get_full_name(self) -> str:
        """Return the number: names are not shown by accident."""
        return self.number


class OfficialName(models.Model):
    """The sealed name of an official, shown where the law wants a named person and nowhere else."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="official_name"
    )
    name = SealedField(_("name"))

    class Meta:
        verbose_name = _("official's name")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
