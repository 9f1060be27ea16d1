"""The doors: who asks, under which exception; decides, looks up, answers, oversees."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    """Registers the start-up checks, the staff change log, and the words the audit log's pages use."""

    name = "access"
    verbose_name = _("Access")

    def ready(self) -> None:
        from access import checks, log_vocabulary, staff_changes  # noqa: F401

        staff_changes.register()
        log_vocabulary.teach()
