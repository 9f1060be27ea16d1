"""The Chinese catalogue says all that the product says, with the same placeholders, and in Chinese."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).parents[2]
CATALOGUE = BASE_DIR / "config" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PRODUCT = ("access", "config", "registry", "sealing")

Key = tuple[str | None, str]
#: The places of what is extracted among a function's arguments; None stands for the first alone.
Places = tuple[int | tuple[int, int] | tuple[int, str], ...] | None

CONTEXT_FIRST: Places = ((1, "c"), 2)
KEYWORDS: dict[str, Places] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": CONTEXT_FIRST,
    "pgettext_lazy": CONTEXT_FIRST,
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Three plain English words in a row; names of settings, files, roles and SQL are not written that way.
ENGLISH = re.compile(r"(?<![\w.])[A-Za-z]?[a-z']+(?: [a-z']+){2,}")
HALF_WIDTH = re.compile(
    r"[\u4e00-\u9fff”）》][,;:?!]|[\u4e00-\u9fff”）》]\.(?!\w)|[\u4e00-\u9fff]\("
)
#: Words that the registry writes otherwise: 账号, 登录, 密钥, 您, 审核民警, 提供.
UNWANTED = re.compile("账户|帐户|帐号|登陆|密匙|你|核对员|披露")


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="zh_Hans")


@cache
def messages() -> tuple[Message, ...]:
    return tuple(message for message in catalogue() if message.id)


def said(message: Message) -> tuple[str, ...]:
    """Return every English form of a message."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id or ())


def in_chinese(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def keywords_of(source: str) -> dict[str, Places]:
    """Return what a module calls Django's translation functions, with how their arguments are read."""
    found: dict[str, Places] = dict(KEYWORDS)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for name in node.names:
                if name.name in KEYWORDS and name.asname:
                    found[name.asname] = KEYWORDS[name.name]
    return found


def extracted(source: str, keywords: dict[str, Places]) -> Iterator[Key]:
    for _line, message, _comments, context in extract(
        "python", BytesIO(source.encode()), keywords=keywords
    ):
        yield context, message if isinstance(message, str) else message[0]


def of_template(source: str) -> Iterator[Key]:
    """Django turns a template into calls of gettext between letters X; indentation would mislead Python."""
    lines = "\n".join(line.strip() for line in templatize(source).splitlines())
    return extracted(lines, dict(KEYWORDS))


def product_modules() -> list[Path]:
    return sorted(path for package in PRODUCT for path in (BASE_DIR / package).rglob("*.py"))


def templates() -> list[Path]:
    found = (BASE_DIR / "templates").rglob("*")
    return sorted(path for path in found if path.suffix in {".html", ".txt"})


def unknown(found: Iterator[Key]) -> list[str]:
    known = {(message.context, said(message)[0]) for message in messages()}
    return [text for context, text in found if text and (context, text) not in known]


@pytest.mark.parametrize(
    "path", product_modules(), ids=lambda path: str(path.relative_to(BASE_DIR))
)
def test_every_message_of_the_code_is_in_the_catalogue(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert unknown(extracted(source, keywords_of(source))) == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_every_message_of_a_template_is_in_the_catalogue(path: Path) -> None:
    assert unknown(of_template(path.read_text(encoding="utf-8"))) == []


def test_extraction_sees_aliases_plurals_contexts_and_both_template_tags() -> None:
    code = (
        "from django.utils.translation import gettext_lazy as later, ngettext, pgettext\n"
        'later("one " "text"); ngettext("a thing", "%d things", 2); pgettext("noun", "file")\n'
    )
    assert list(extracted(code, keywords_of(code))) == [
        (None, "one text"),
        (None, "a thing"),
        ("noun", "file"),
    ]
    page = '  <p>{% translate "Yes" %}</p>\n <b>{% blocktranslate with n=x %}No {{ n }}{% endblocktranslate %}</b>'
    assert list(of_template(page)) == [(None, "Yes"), (None, "No %(n)s")]


def test_no_template_escapes_a_quotation_mark_inside_a_message() -> None:
    """Extraction would cut such a message off there, and the page would look for another one."""
    escaped = re.compile(r"""{%-?\s*trans(?:late)?\s[^%]*\\["']""")
    assert [path for path in templates() if escaped.search(path.read_text(encoding="utf-8"))] == []


def test_every_message_is_translated_and_no_translation_is_a_guess() -> None:
    assert len(messages()) > 500
    assert [message.id for message in messages() if not all(in_chinese(message))] == []
    assert [message.id for message in messages() if message.fuzzy] == []


def test_placeholders_stay() -> None:
    """A plural's Chinese, which has one form, is held against the English form that counts."""
    for message in messages():
        expected = sorted(PLACEHOLDER.findall(said(message)[-1]))
        for text in in_chinese(message):
            assert sorted(PLACEHOLDER.findall(text)) == expected, message.id


def test_edges_stay() -> None:
    """A line break or a blank at an edge belongs to what stands beside the message."""
    for message in messages():
        for text in in_chinese(message):
            assert text.endswith("\n") == said(message)[-1].endswith("\n"), message.id
            assert text.startswith("\n") == said(message)[-1].startswith("\n"), message.id


def test_chinese_is_chinese() -> None:
    """No English sentence is left, and a message of words has Chinese in it."""
    for message in messages():
        for text in in_chinese(message):
            words = PLACEHOLDER.sub(" ", text)
            assert not ENGLISH.search(words), text
            assert CHINESE.search(words) or not re.search(r"[A-Za-z]", words), text


def test_punctuation_is_full_width_and_words_are_the_registrys() -> None:
    for message in messages():
        for text in in_chinese(message):
            assert not HALF_WIDTH.search(text), text
            assert not UNWANTED.search(text), text


def test_a_sentence_stays_a_sentence_and_a_label_a_label() -> None:
    for message in messages():
        english, chinese = said(message)[0], in_chinese(message)[0]
        if english.endswith("."):
            assert chinese.endswith(("。", "）", "；")), message.id
        elif english[-1].isalnum():
            assert not chinese.endswith("。"), chinese
