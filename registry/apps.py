"""The records: offence catalogue, statutory checks, drafting, filing, import."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """Registers the start-up check. Knows no unit and no inquiry: officers and organs are plain values, as they were."""

    name = "registry"
    verbose_name = _("Violation records")

    def ready(self) -> None:
        from registry import checks  # noqa: F401
