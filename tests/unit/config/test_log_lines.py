"""A logged failure says its class and its place and none of its values."""

import io
import logging

from config.log_lines import PlacesOnly


def fails(name: str) -> None:
    raise ValueError(f"no such person: {name}")


def test_an_error_is_logged_with_its_places_and_without_its_text():
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(PlacesOnly("{levelname} {message}", style="{"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    try:
        fails("样本人物甲")
    except ValueError:
        logger.exception("Internal Server Error: %s", "/inquiries/new/")
    written = out.getvalue()
    assert "ERROR Internal Server Error: /inquiries/new/" in written
    assert "builtins.ValueError" in written
    assert f"{__file__}:" in written
    assert "样本" not in written
    assert "no such person" not in written
