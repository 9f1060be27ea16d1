"""The doors: who asks, under which exception; decides, looks up, answers, oversees."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    """Registers the accounts with the staff change log."""

    name = "access"
    verbose_name = _("Access")
