"""Where the font of the registry's papers is: in a package that is installed with the site, or on the machine.

A paper embeds what it uses of the font, so whoever opens it needs none. Knows no paper.
"""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst
from django.core.checks import CheckMessage, Warning
from django.utils.translation import gettext as _

FAMILY = "Noto Sans CJK SC"
PACKAGE = "noto_cjk_sans_otc"
#: Where the packages of distributions put it: Debian and Ubuntu, Fedora and openEuler, Arch and Alpine.
OF_THE_MACHINE = (
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/google-noto-sans-cjk-fonts"),
    Path("/usr/share/fonts/noto-cjk"),
    Path("/usr/share/fonts/noto"),
)


class NoFont(Exception):
    """No font with Chinese characters is installed, so no paper can be made."""


def folders() -> list[Path]:
    """Return the folders that may hold the font, the package's first, so that papers look alike everywhere."""
    return [*_of_the_package(), *(folder for folder in OF_THE_MACHINE if folder.is_dir())]


@cache
def fonts() -> typst.Fonts:
    """Return the fonts that papers are set in, found once; NoFont when the family is in no folder.

    Of the first folder that holds it, and of no other: a second copy would change nothing but the time it takes.
    """
    for folder in folders():
        found = typst.Fonts(include_system_fonts=False, font_paths=[folder])
        if FAMILY in found.families():
            return found
    raise NoFont(f"{FAMILY} is not installed")


def is_there() -> Iterator[CheckMessage]:
    """Yield a warning when papers cannot be made; the site works without, and says so on the pages."""
    try:
        fonts()
    except NoFont:
        yield Warning(
            _("The font %(family)s is not installed: no answer and no denial can be had as PDF.")
            % {"family": FAMILY},
            hint=_("Install the locked Python packages anew, or the system package %(package)s.")
            % {"package": "fonts-noto-cjk"},
            id="access.W001",
        )


def _of_the_package() -> list[Path]:
    found = find_spec(PACKAGE)
    return [Path(place) for place in (found and found.submodule_search_locations) or ()]
