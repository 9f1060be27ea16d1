"""The ground: ciphers and keys, sealed fields, the lock on rows, the audit log."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SealingConfig(AppConfig):
    """Registers the start-up checks."""

    name = "sealing"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        from sealing import checks  # noqa: F401
