"""What a ground lets its unit know: the shape, the matters, the look-back, the threshold.

A scope is a plain value. It is stored with the decision, shown to the asking unit, may be made
smaller by reviewers, never larger, and is all that ``access.answers`` goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from access.exceptions import (
    AGGRAVATION_LOOK_BACK_YEARS,
    AGGRAVATION_SHAPE,
    CASE_LOOK_BACK_YEARS,
    CASE_SHAPE,
    CaseKind,
    Check,
)
from access.provisions import Provision, Shape, Threshold, all_matters

#: What reviewers may make of a shape: itself or something that says less.
_NARROWER: Mapping[Shape, frozenset[Shape]] = {
    Shape.DECISION: frozenset({Shape.DECISION, Shape.LINES, Shape.YES_NO, Shape.THRESHOLD}),
    Shape.LINES: frozenset({Shape.LINES, Shape.YES_NO, Shape.THRESHOLD}),
    Shape.YES_NO: frozenset({Shape.YES_NO}),
    Shape.THRESHOLD: frozenset({Shape.THRESHOLD}),
    Shape.AS_REVIEWED: frozenset({Shape.LINES, Shape.YES_NO, Shape.THRESHOLD}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be answered. ``matters`` None means every act, which only case handling gives.

    ``look_back_years`` None means no limit of time; ``case_kind`` is set in case handling only.
    """

    shape: Shape
    matters: tuple[str, ...] | None
    look_back_years: int | None = None
    threshold: Threshold | None = None
    case_kind: CaseKind | None = None

    def narrowed(
        self,
        *,
        shape: Shape,
        matters: tuple[str, ...] | None,
        look_back_years: int | None = None,
        threshold: Threshold | None = None,
    ) -> Scope:
        """The smaller scope reviewers grant; raises ValueError when any part of it is wider."""
        if shape not in _NARROWER.get(self.shape, frozenset()):
            raise ValueError("the shape says more than the ground allows")
        if not self._includes(matters) or (matters is None and shape is Shape.YES_NO):
            raise ValueError("the matters go beyond the ground")
        if not _no_longer(look_back_years, self.look_back_years):
            raise ValueError("the look-back is longer than the ground allows")
        if (shape is Shape.THRESHOLD) != (threshold is not None):
            raise ValueError("a threshold shape, and only that, has a threshold")
        if self.threshold is not None and threshold != self.threshold:
            raise ValueError("the threshold is fixed by the provision")
        if threshold and matters is not None and threshold.matter not in {None, *matters}:
            raise ValueError("the threshold counts a matter that is not granted")
        return Scope(shape, matters, look_back_years, threshold, self.case_kind)

    def _includes(self, matters: tuple[str, ...] | None) -> bool:
        if matters is None:
            return self.matters is None
        unnamed = self.matters is None or self.shape is Shape.AS_REVIEWED
        within = {known.id for known in all_matters()} if unnamed else set(self.matters or ())
        return bool(matters) and set(matters) <= within

    def as_dict(self) -> dict[str, Any]:
        """The scope in JSON's own types, for storage and for the asking unit."""
        return {
            "shape": self.shape.value,
            "matters": None if self.matters is None else list(self.matters),
            "look_back_years": self.look_back_years,
            "threshold": self.threshold.as_dict() if self.threshold else None,
            "case_kind": self.case_kind.value if self.case_kind else None,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Scope:
        """The scope that ``as_dict`` wrote; raises KeyError or ValueError for anything else."""
        matters = stored["matters"]
        return cls(
            shape=Shape(stored["shape"]),
            matters=None if matters is None else tuple(matters),
            look_back_years=stored["look_back_years"],
            threshold=Threshold(**stored["threshold"]) if stored["threshold"] else None,
            case_kind=CaseKind(stored["case_kind"]) if stored["case_kind"] else None,
        )


def _no_longer(asked: int | None, allowed: int | None) -> bool:
    return allowed is None or (asked is not None and asked <= allowed)


def provision_scope(provision: Provision) -> Scope:
    """What a provision lets its units know, before any review."""
    return Scope(
        shape=provision.shape,
        matters=provision.matters,
        look_back_years=provision.look_back_years,
        threshold=provision.threshold,
    )


def case_scope(*, case_kind: CaseKind, check: Check | None = None) -> Scope:
    """What case handling opens: the decisions, or one year of lines for the aggravation check."""
    if check is Check.AGGRAVATION:
        return Scope(AGGRAVATION_SHAPE, None, AGGRAVATION_LOOK_BACK_YEARS, case_kind=case_kind)
    return Scope(CASE_SHAPE, None, CASE_LOOK_BACK_YEARS, case_kind=case_kind)
