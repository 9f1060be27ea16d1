"""Makes the style sheet that pages load: GOV.UK Frontend's, without the fonts that belong to gov.uk alone.

A rule that overrides the font is not enough: until it has arrived a browser may ask for them.
`python -m config.front_end` writes static/built/, which is not committed.
"""

import re

from config.environment import BASE_DIR

SOURCE = BASE_DIR / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.css"
BUILT = BASE_DIR / "static" / "built" / "govuk-frontend.css"
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")


def without_fonts(css: str) -> str:
    """Return a style sheet without its font faces, and without the comment that names a source map."""
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", FONT_FACE.sub("", css))


def main() -> None:
    """Write the style sheet; a missing source is an error that names the file."""
    css = without_fonts(SOURCE.read_text(encoding="utf-8"))
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    BUILT.write_text(css, encoding="utf-8")


if __name__ == "__main__":
    main()
