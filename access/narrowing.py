"""How far an answer is narrowed (缩小范围): what may be chosen, and what two permits have in common.

Whatever is chosen is checked against the ground once more, so a scope gets smaller here and never larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from access.provisions import Shape, all_matters
from access.scopes import Scope

#: What each shape can be cut down to, the fullest first. A threshold is the provision's own and is never made up.
SHAPES: dict[Shape, tuple[Shape, ...]] = {
    Shape.DECISION: (Shape.DECISION, Shape.LINES, Shape.YES_NO),
    Shape.LINES: (Shape.LINES, Shape.YES_NO),
    Shape.YES_NO: (Shape.YES_NO,),
    Shape.THRESHOLD: (Shape.THRESHOLD,),
    Shape.AS_REVIEWED: (Shape.LINES, Shape.YES_NO),
}
#: The longest look-back that can be chosen where the ground sets none, in years.
LONGEST_LOOK_BACK = 30


def shapes(ground: Scope) -> tuple[Shape, ...]:
    """Return the shapes that may be chosen under a ground's scope; none for a ground that is refused."""
    return SHAPES.get(ground.shape, ())


def matters(ground: Scope) -> tuple[str, ...]:
    """Return the matters that may be chosen: the ground's own, or all where it names none."""
    if ground.matters is None or ground.shape is Shape.AS_REVIEWED:
        return tuple(found.id for found in all_matters())
    return ground.matters


def narrowed(
    ground: Scope, *, shape: Shape, chosen: Sequence[str], look_back_years: int | None
) -> Scope:
    """Return the scope an officer chose; ValueError when any part of it goes beyond the ground.

    No matter chosen means every act, which only a ground without named matters allows. An empty look-back is
    that of the ground.
    """
    if shape not in shapes(ground):
        raise ValueError("the shape says more than the ground allows")
    if not chosen and ground.matters is not None:
        raise ValueError("no matter is chosen")
    if look_back_years is not None and look_back_years < 1:
        raise ValueError("a look-back is one year at least")
    ordered = tuple(id for id in matters(ground) if id in chosen)
    if len(ordered) != len(set(chosen)):
        raise ValueError("the matters go beyond the ground")
    return ground.narrowed(
        shape=shape,
        matters=ordered or None,
        look_back_years=ground.look_back_years if look_back_years is None else look_back_years,
        threshold=ground.threshold,
    )


def in_common(ground: Scope, permitted: Sequence[Scope]) -> Scope | None:
    """Return what all permits allow, the narrowest of them; None when they have nothing in common."""
    if not permitted:
        return None
    common = reduce(_both, permitted[1:], _known(permitted[0]))
    if common is None or common == ground:
        return common
    return ground.narrowed(
        shape=common.shape,
        matters=common.matters,
        look_back_years=common.look_back_years,
        threshold=common.threshold,
    )


def _known(scope: Scope) -> Scope | None:
    """A scope whose shape is still open allows nothing yet."""
    return None if scope.shape in (Shape.AS_REVIEWED, Shape.NONE) else scope


def _both(one: Scope | None, other: Scope) -> Scope | None:
    if one is None or _known(other) is None:
        return None
    shape = _weaker(one.shape, other.shape)
    kept = _shared(one.matters, other.matters)
    if shape is None or kept == () or one.threshold != other.threshold:
        return None
    limits = [years for years in (one.look_back_years, other.look_back_years) if years is not None]
    return Scope(shape, kept, min(limits, default=None), one.threshold, one.case_kind)


def _weaker(one: Shape, other: Shape) -> Shape | None:
    if one in SHAPES[other]:
        return one
    return other if other in SHAPES[one] else None


def _shared(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """None stands for every act; the order stays that of the first."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(id for id in one if id in other)
