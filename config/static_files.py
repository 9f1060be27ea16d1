"""Which static files are collected, and under which names.

GOV.UK Frontend's fonts and crest belong to gov.uk alone, so its assets are not collected at all.
"""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedFiles(StaticFilesConfig):
    """Leaves out sources, single components and gov.uk's own fonts and images."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("assets", "components", "common", "core", "errors", "helpers", "macros", "objects"),
        *("overrides", "settings", "tools", "utilities", "custom-properties"),
        *("*.scss", "*.njk", "*.mjs", "*.mjs.map", "all.bundle.*"),
    ]


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content, also inside `import … from`, so files may be cached for ever."""

    support_js_module_import_aggregation = True
