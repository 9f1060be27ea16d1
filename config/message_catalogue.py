"""Brings the catalogue of translated messages up to date with code and templates.

python -m config.message_catalogue

Needs GNU gettext, unlike the site itself. A message that nobody uses any more is dropped, and a new
one is left empty: a guess at its translation would be shown as if somebody had read it.
"""

import os

import django
from django.core.management import call_command
from django.core.management.commands import makemessages

LOCALES = ("zh_Hans",)
#: Under these names, too, modules call gettext: beside `_`, which means the other of lazy and at once, and `said`, told later.
ALIASES = ("lazy", "now_", "said")
PASSED_OVER = (".venv", "node_modules", "var", "tests", "bench", "docs")


class Extraction(makemessages.Command):
    """Django's own command, which finds aliases as well and never guesses."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        *(f"--keyword={alias}" for alias in ALIASES),
    ]


def bring_up_to_date() -> None:
    """Rewrite the catalogues; CommandError where GNU gettext is missing or a message is malformed."""
    call_command(
        Extraction(),
        locale=list(LOCALES),
        ignore_patterns=list(PASSED_OVER),
        no_location=True,
        no_obsolete=True,
        verbosity=0,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    bring_up_to_date()
