"""Which static files are collected, and under which names.

GOV.UK Frontend's fonts and crest belong to gov.uk alone, so its assets are not collected at all.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

LEFT_OUT = (
    *("assets", "components", "common", "core", "errors", "helpers", "macros", "objects"),
    *("overrides", "settings", "tools", "utilities", "custom-properties"),
    *("*.scss", "*.njk", "*.mjs", "*.mjs.map", "all.bundle.*"),
)


class ProjectFiles(FileSystemFinder):
    """Finds our own files and GOV.UK Frontend's two, not its sources, single components and images."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Any:
        """Yield what is collected."""
        return super().list([*(ignore_patterns or ()), *LEFT_OUT])


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content, also inside `import … from`, so files may be cached for ever."""

    support_js_module_import_aggregation = True
