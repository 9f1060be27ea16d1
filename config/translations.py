"""Compiles the translated messages (`.po`) into what Django reads (`.mo`); only those that changed.

python -m config.translations
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"


def compile_changed() -> int:
    """Compile the catalogues newer than what was made of them; return how many."""
    done = 0
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        made = source.with_suffix(".mo")
        if made.exists() and made.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        unfinished = made.with_suffix(".mo.unfinished")
        with source.open("rb") as messages, unfinished.open("wb") as out:
            write_mo(out, read_po(messages, locale=source.parent.parent.name))
        unfinished.replace(made)
        done += 1
    return done


if __name__ == "__main__":
    compile_changed()
