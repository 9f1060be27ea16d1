"""The style sheet that pages load asks for no font of gov.uk's."""

from config.front_end import BUILT, SOURCE, without_fonts


def test_what_is_served_is_the_package_s_style_sheet_without_its_fonts():
    served = BUILT.read_text(encoding="utf-8")
    assert "/assets/fonts/" in SOURCE.read_text(encoding="utf-8")
    assert "/assets/fonts/" not in served
    assert "@font-face" not in served
    assert ".govuk-button{" in served


def test_only_the_font_faces_go():
    css = "a{b:c}@font-face{font-family:X;src:url(/y)}\n@font-face {src:url(/z)}d{e:f}"
    assert without_fonts(css) == "a{b:c}\nd{e:f}"
