"""The 213 acts of the 2025 law (治安管理处罚法, Art. 26-59 and 61-89), and what each may cost.

The data is package data, reviewed in git, compared with the statute. Amounts are in yuan,
detention in days; None means that the article does not provide the kind. Two provisions are
special: Art. 27 fines are one to five times the illegal gains, so their fine has no highest
amount (``Envelope.fine_open_ended``); Art. 89(4) is punished under Art. 51, whose tiers it
repeats. Knows no decision and no person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Tier:
    """One range of an article: the stated one (``base``), a heavier, a lighter or another.

    ``combine`` is ``only`` (one kind), ``or`` (one of the kinds), ``may_add_fine`` (可以并处) or
    ``must_add_fine`` (并处: detention together with a fine).
    """

    name: str
    condition: str
    warning: bool
    fine_min: int | None
    fine_max: int | None
    fine_open_ended: bool
    detention_min: int | None
    detention_max: int | None
    combine: str

    def allows(self, *, warning: bool, fine: bool, detention: bool) -> bool:
        """Say whether these kinds of penalty may stand together in this tier."""
        if (
            (warning and not self.warning)
            or (fine and self.fine_max is None and not self.fine_open_ended)
            or (detention and self.detention_max is None)
        ):
            return False
        if self.combine == "must_add_fine":
            return fine and detention and not warning
        if self.combine == "may_add_fine":
            return detention and not warning
        return warning + fine + detention == 1


@dataclass(frozen=True, slots=True)
class Envelope:
    """The widest limits over all tiers of an act; what lies outside is not provided by the law.

    The minimums are for warnings only: reduction below a range is lawful (减轻, Art. 20).
    Revocation of a permit (吊销许可证件) is provided by Art. 65(3) alone.
    """

    warning: bool
    fine_min: int | None
    fine_max: int | None
    fine_open_ended: bool
    detention_min: int | None
    detention_max: int | None
    licence_revocation: bool

    @property
    def fine(self) -> bool:
        """Whether the article provides a fine at all."""
        return self.fine_max is not None or self.fine_open_ended

    @property
    def detention(self) -> bool:
        """Whether the article provides detention at all."""
        return self.detention_max is not None


@dataclass(frozen=True, slots=True)
class Offence:
    """One act (违反治安管理行为) with the provision that names it.

    ``article_2012`` is the article on the same matter in the 2012 text, None for a new act.
    """

    code: str
    article: int
    paragraph: int
    item: int | None
    section: str
    name_zh: str
    name_en: str
    tiers: tuple[Tier, ...]
    envelope: Envelope
    drug_related: bool
    article_2012: int | None
    subject: str
    note: str
    extra_measures: tuple[str, ...]

    @property
    def citation(self) -> str:
        """The provision as the statute is cited: 第26条第1款第1项."""
        item = f"第{self.item}项" if self.item else ""
        return f"第{self.article}条第{self.paragraph}款{item}"

    def cited(self, language: str) -> str:
        """The provision as one cites it in Chinese (``zh…``) or English: Art. 26(1)(1)."""
        if language.startswith("zh"):
            return self.citation
        item = f"({self.item})" if self.item else ""
        return f"Art. {self.article}({self.paragraph}){item}"

    def name(self, language: str) -> str:
        """The act's name in Chinese (``zh…``) or English (any other language)."""
        return self.name_zh if language.startswith("zh") else self.name_en


def _tier(name: str, data: Mapping[str, Any]) -> Tier:
    return Tier(
        name=name,
        condition=data["condition"],
        warning=data["warning"],
        fine_min=data["fine_min"],
        fine_max=data["fine_max"],
        fine_open_ended="fine_formula" in data,
        detention_min=data["detention_min"],
        detention_max=data["detention_max"],
        combine=data["combine"],
    )


def _tiers(act: Mapping[str, Any]) -> tuple[Tier, ...]:
    stated = [(name, act[name]) for name in ("base", "aggravated", "mitigated") if act[name]]
    others = [("other", data) for data in act.get("other_tiers", ())]
    return tuple(_tier(name, data) for name, data in (*stated, *others))


def _envelope(act: Mapping[str, Any], tiers: tuple[Tier, ...]) -> Envelope:
    widest = act["envelope"]
    fined = [tier for tier in tiers if tier.fine_max is not None or tier.fine_open_ended]
    return Envelope(
        warning=widest["warning"],
        fine_min=min((tier.fine_min or 1 for tier in fined), default=None),
        fine_max=widest["fine_max"],
        fine_open_ended=widest.get("fine_open_ended", False),
        detention_min=widest["detention_min"],
        detention_max=widest["detention_max"],
        licence_revocation="吊销许可证件" in act.get("extra_measures", ()),
    )


def _offence(act: Mapping[str, Any]) -> Offence:
    tiers = _tiers(act)
    return Offence(
        code=act["code"],
        article=act["article"],
        paragraph=act["paragraph"],
        item=act["item"],
        section=act["section"],
        name_zh=act["name_zh"],
        name_en=act["name_en"],
        tiers=tiers,
        envelope=_envelope(act, tiers),
        drug_related=act["drug_related"],
        article_2012=act["article_2012"],
        subject=act.get("subject", ""),
        note=act.get("note", ""),
        extra_measures=tuple(act.get("extra_measures", ())),
    )


@cache
def _catalogue() -> dict[str, Offence]:
    text = files("registry").joinpath("data", "offences.json").read_text(encoding="utf-8")
    return {act["code"]: _offence(act) for act in json.loads(text)}


def all_offences() -> tuple[Offence, ...]:
    """Return every act in the order of the statute."""
    return tuple(_catalogue().values())


def offence(code: str) -> Offence | None:
    """Return the act with this code, or None."""
    return _catalogue().get(code)
