"""A paper as PDF: its fonts are inside, its text can be searched, nothing typed is markup. All texts are made up."""

import re
import time
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from access import checks, paper, paper_fonts
from access.paper import Paper, Section

MARKUP = '#eval("1") *粗* _x_ $y$ `z` #read("/etc/hostname") <b> \\ @r'
PAPER = Paper(
    language="zh-hans",
    registry="样例系统",
    title="查询结果告知书",
    sections=[Section(heading="标题", rows=[("单位", "样例单位")], points=["理由一"])],
    duty="保密",
    mark="S1 · E1",
    watermark=["S1 样例单位", "E1 · 2026-11-23 17:30:00", "wxyz", "0HA2-QDBY-G06V"],
    page="第 {page} 页，共 {pages} 页",
    check_at="https://registry.example/check/x/",
    code_alt="二维码",
    checking=["请扫码"],
    made_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
)


def parts(made: bytes) -> bytes:
    """Return every stream of a PDF, unpacked, one after the other."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S)
    unpacked = []
    for stream in found:
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            unpacked.append(stream)
    return b"\n".join([made, *unpacked])


def searchable(made: bytes) -> set[str]:
    """Return every character that a search in a PDF can find: what its fonts map their glyphs to."""
    whole = parts(made)
    found = re.findall(rb"<[0-9A-Fa-f]{4}> <([0-9A-Fa-f]{4,8})>", whole)
    return {bytes.fromhex(code.decode()).decode("utf-16-be") for code in found}


@pytest.fixture(autouse=True)
def _found_anew():
    paper_fonts.fonts.cache_clear()
    yield
    paper_fonts.fonts.cache_clear()


def test_every_font_is_embedded_and_chinese_can_be_searched():
    made = paper.pdf(PAPER)
    whole = parts(made)
    named = set(re.findall(rb"/FontName/([\w+-]+)", whole))
    assert named
    assert all(name[6:7] == b"+" and b"NotoSansCJKsc" in name for name in named)
    assert whole.count(b"/FontFile3") == whole.count(b"/FontDescriptor/")
    assert set("查询结果告知书样例单位理由保密请扫码") <= searchable(made)


def test_it_says_that_it_is_for_keeping_and_for_reading_aloud():
    whole = parts(paper.pdf(PAPER))
    assert re.search(rb"pdfaid:part>2<.*?pdfaid:conformance>A<", whole, re.S)
    assert b"pdfuaid:part>1<" in whole
    assert b"/StructTreeRoot" in whole
    assert b"/Lang(zh-CN)" in whole


def test_the_same_paper_is_the_same_bytes():
    assert paper.pdf(PAPER) == paper.pdf(PAPER)
    assert paper.pdf(PAPER) != paper.pdf(replace(PAPER, title="另一份"))


def test_what_was_typed_is_never_markup():
    made = paper.pdf(
        replace(
            PAPER,
            title=MARKUP,
            duty=MARKUP,
            mark=MARKUP,
            watermark=[MARKUP],
            sections=[
                Section(
                    heading=MARKUP,
                    sentences=[MARKUP],
                    rows=[(MARKUP, MARKUP)],
                    head=[MARKUP],
                    widths=[1],
                    lines=[[MARKUP]],
                    points=[MARKUP],
                )
            ],
        )
    )
    assert set('#"*_$`/<>\\@') <= searchable(made)


def test_the_watermark_is_all_over_every_sheet_and_no_content_to_who_listens():
    long = replace(PAPER, sections=[Section(points=["理由"] * 150)])
    bare = replace(long, watermark=[])
    marked, unmarked = parts(paper.pdf(long)), parts(paper.pdf(bare))
    sheets = marked.count(b"/Type/Page/")
    assert sheets > 1
    texts = marked.count(b"\nBT") - unmarked.count(b"\nBT")
    assert texts >= sheets * 30 * len(PAPER.watermark)
    assert marked.count(b"/StructElem") == unmarked.count(b"/StructElem")


def test_a_long_run_of_letters_stays_on_the_paper():
    short, long = "A" * 30, "A" * 4000
    for sections in (
        [Section(rows=[(short, long)])],
        [Section(head=["A"], widths=[1], lines=[[long]])],
    ):
        assert parts(paper.pdf(replace(PAPER, sections=sections))).count(b"/Type/Page/") > 1


def test_a_character_no_font_has_is_said_and_not_left_out():
    with pytest.raises(paper.NotSet) as raised:
        paper.pdf(replace(PAPER, duty="样本人物\U0003134a\U000323af"))
    assert "样本人物" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_without_a_font_there_is_no_paper_and_the_start_says_so(monkeypatch, tmp_path):
    assert list(paper_fonts.is_there()) == []
    paper_fonts.fonts.cache_clear()
    monkeypatch.setattr(paper_fonts, "folders", lambda: [tmp_path])
    with pytest.raises(paper_fonts.NoFont):
        paper.pdf(PAPER)
    (warning,) = paper_fonts.is_there()
    assert warning.id == "access.W001"
    assert "fonts-noto-cjk" in warning.hint
    assert paper_fonts.is_there in [guarantee.check for guarantee in checks.GUARANTEES]


def test_the_font_that_comes_with_the_site_is_taken_before_the_machines(monkeypatch, tmp_path):
    monkeypatch.setattr(paper_fonts, "OF_THE_MACHINE", (tmp_path,))
    monkeypatch.setattr(paper_fonts, "PACKAGE", "access.data")
    first, *others = paper_fonts.folders()
    assert first == Path(checks.__file__).parent / "data"
    assert others == [tmp_path]


def test_a_paper_is_made_within_a_second():
    paper.pdf(PAPER)
    long = Section(head=["甲", "乙"], widths=[1, 2], lines=[["一" * 20, "二" * 40]] * 60)
    started = time.perf_counter()
    made = paper.pdf(replace(PAPER, sections=[long]))
    assert time.perf_counter() - started < 1
    assert parts(made).count(b"/Type/Page/") > 1


def test_the_code_holds_the_address_and_stays_small_enough_to_scan():
    drawn = paper.qr_code("https://registry.example.gov.cn/check/" + "A" * 187 + "/")
    (side,) = set(re.findall(r'(?:width|height)="(\d+)"', drawn))
    assert 57 <= int(side) <= 69
