"""How somebody who holds a copy would look for people in it: as text, and behind every usual way of writing bytes.

Knows nothing of the registry. `found` answers which of many values occur; `layers` unwraps a text first.
"""

import binascii
import contextlib
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

CJK = "\u3400-\u9fff\uf900-\ufaff·"
# A value is looked for in runs of its own kind of characters: long ones of any kind, short ones in Chinese only.
RUNS = re.compile(rf"[{CJK}0-9A-Za-z〔〕（）()\[\] -]{{8,}}|[{CJK}]{{2,}}")
HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
ONLY_HEX = re.compile(r"x?[0-9a-f-]+$")
DIGITS = re.compile(r"[0-9]{8,}")
PERCENT = re.compile(r"[^\s\"]*%[0-9A-Fa-f]{2}[^\s\"]*")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
ESCAPED = re.compile(r"(?:\\+u[0-9a-fA-F]{4}[^\s\\]{0,20})+")


def layers(text: str) -> Iterator[str]:
    """Yield the text, and what its hexadecimal, Base64, escapes and percent signs say, two deep."""
    yield text
    for inner in _within(text):
        yield inner
        yield from _within(inner)


def _within(text: str) -> Iterator[str]:
    yield _read(bytes.fromhex(run) for run in HEX.findall(text))
    yield _read(
        blob for run in BASE64.findall(text) if not ONLY_HEX.match(run) for blob in _unbased(run)
    )
    yield "\n".join(
        ESCAPE.sub(lambda one: chr(int(one[1], 16)), run) for run in ESCAPED.findall(text)
    )
    yield "\n".join(unquote(run) for run in PERCENT.findall(text))


def _read(blobs: Iterable[bytes]) -> str:
    """UTF-8 only: in an encoding of two bytes a character, ciphertext would spell short names by chance."""
    return "\n".join(blob.decode(errors="replace") for blob in blobs)


def _unbased(run: str) -> Iterator[bytes]:
    """Yield what a run of Base64 says from each of its four starts, inflated where it was deflated."""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(4):
        part = plain[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        blob = binascii.a2b_base64(part + "=" * (-len(part) % 4))
        yield blob
        if blob[:1] == b"\x78":
            with contextlib.suppress(zlib.error):
                yield zlib.decompress(blob)


def found(text: str, values: Iterable[str]) -> set[str]:
    """Return the values that occur in the text, itself or unwrapped; each is at least two characters long."""
    wanted = set(values)
    lengths = sorted({len(value) for value in wanted})
    met: set[str] = set()
    for layer in layers(text):
        for run in _runs(layer):
            fitting = lengths[: bisect_right(lengths, len(run))]
            met.update(
                part
                for length in fitting
                for at in range(len(run) - length + 1)
                if (part := run[at : at + length]) in wanted
            )
    return met


def _runs(layer: str) -> set[str]:
    """Return the runs worth a look; of hexadecimal written out, only the digits can spell a value."""
    runs = set(RUNS.findall(layer))
    hexadecimal = {run for run in runs if ONLY_HEX.match(run)}
    return (runs - hexadecimal) | {digits for run in hexadecimal for digits in DIGITS.findall(run)}
