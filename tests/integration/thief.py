"""How somebody who holds a copy would look for people in it: as text, and behind every usual way of writing bytes.

Knows nothing of the registry. `found` answers which of many values occur; `layers` unwraps a text first.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

CJK = "\u3400-\u9fff\uf900-\ufaff·"
# A value is looked for in runs of its own kind of characters: long ones of any kind, short ones in Chinese only.
RUNS = re.compile(rf"[{CJK}0-9A-Za-z〔〕（）()\[\] -]{{8,}}|[{CJK}]{{2,}}")
HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")


def layers(text: str) -> Iterator[str]:
    """Yield the text, and what its hexadecimal, Base64, escapes and percent signs say, one inside the other too."""
    outer = [text]
    for _ in range(2):
        yield from outer
        outer = [inner for layer in outer for inner in _within(layer)]
    yield from outer


def _within(text: str) -> Iterator[str]:
    blobs = [bytes.fromhex(run) for run in HEX.findall(text)]
    for run in BASE64.findall(text):
        blobs += _unbased(run)
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        yield "\n".join(blob.decode(encoding, errors="replace") for blob in blobs)
    if "\\u" in text:
        yield ESCAPED.sub(lambda escape: chr(int(escape[0][2:], 16)), text)
    if "%" in text:
        yield unquote(text)


def _unbased(run: str) -> Iterator[bytes]:
    """Yield what a run of Base64 says from each of its four starts, inflated where it was deflated."""
    for start in range(4):
        part = run[start:].rstrip("=").replace("-", "+").replace("_", "/")
        part = part[: len(part) - 1] if len(part) % 4 == 1 else part
        with_padding = part + "=" * (-len(part) % 4)
        try:
            blob = base64.b64decode(with_padding, validate=True)
        except binascii.Error:
            continue
        yield blob
        try:
            yield zlib.decompress(blob)
        except zlib.error:
            continue


def found(text: str, values: Iterable[str]) -> set[str]:
    """Return the values that occur in the text, itself or unwrapped; each is at least two characters long."""
    wanted = set(values)
    lengths = sorted({len(value) for value in wanted})
    met: set[str] = set()
    for layer in layers(text):
        for run in set(RUNS.findall(layer)):
            for length in lengths:
                met |= wanted & {run[at : at + length] for at in range(len(run) - length + 1)}
    return met
