"""A paper of the registry: what it says as plain values, and the PDF made of them.

The layout is a template of its own; every text reaches it as data and none is read as markup. The same paper made
for the same time is the same bytes. Knows no inquiry, no record and no request.
"""

import io
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import segno
import typst
from django.utils import timezone

from access import paper_fonts

LAYOUT = Path(__file__).parent / "data" / "paper" / "paper.typ"
#: For keeping (ISO 19005-2, level A: tagged, every font embedded) and for whoever has it read aloud (ISO 14289-1).
STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]


class NotSet(Exception):
    """The paper could not be set; a character that no font has is the likely cause. Its text quotes nothing."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a paper: sentences, then rows of name and value, a table, and points; whatever it has of them."""

    heading: str = ""
    sentences: list[str] = field(default_factory=list, repr=False)
    rows: list[tuple[str, str]] = field(default_factory=list, repr=False)
    head: list[str] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list, repr=False)
    points: list[str] = field(default_factory=list, repr=False)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What a paper says, in one language. `check_at` is the address its QR code holds; `mark` runs along each foot.

    `watermark` lies under every sheet, its lines over and over; a paper without sealed content has none.
    """

    language: str
    registry: str
    title: str
    sections: list[Section] = field(repr=False)
    duty: str
    mark: str
    watermark: list[str]
    page: str
    check_at: str
    code_alt: str
    checking: list[str]
    made_at: datetime


def pdf(paper: Paper) -> bytes:
    """Return a paper as PDF/A-2a and PDF/UA-1 with its fonts embedded; NoFont or NotSet when it cannot be made."""
    fonts = paper_fonts.fonts()
    made_at = timezone.localtime(paper.made_at)
    try:
        return typst.compile(
            LAYOUT,
            root=LAYOUT.parent,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"paper": json.dumps(_data(paper, made_at))},
            pdf_standards=STANDARDS,
            timestamp=int(made_at.timestamp()),
            format="pdf",
        )
    except typst.TypstError:
        raise NotSet("The paper could not be set.") from None


def qr_code(address: str) -> str:
    """Return the QR code (ISO/IEC 18004) of an address as SVG; a quarter of it may be soiled (level M or better)."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=2, xmldecl=False)
    return drawn.getvalue().decode()


def _data(paper: Paper, made_at: datetime) -> dict[str, object]:
    data = asdict(paper)
    is_chinese = data.pop("language").startswith("zh")
    del data["made_at"]
    return data | {
        "lang": "zh" if is_chinese else "en",
        "region": "CN" if is_chinese else "GB",
        "day": [made_at.year, made_at.month, made_at.day],
        "code": qr_code(data.pop("check_at")),
    }
