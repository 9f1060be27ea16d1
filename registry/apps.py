"""The records: offence catalogue, statutory checks, drafting, filing, import."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """Registers the start-up check, and what proves a record when its keys are rotated. Knows no unit and no inquiry: officers and organs are plain values, as they were."""

    name = "registry"
    verbose_name = _("Violation records")

    def ready(self) -> None:
        from registry import checks, record_index, record_proof  # noqa: F401

        record_proof.teach()
        record_index.teach_reindexing()
