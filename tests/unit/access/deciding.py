"""A standing with one thing changed, for the tests of the decision."""

from dataclasses import replace
from datetime import timedelta

DAY = timedelta(days=1)


def held(standing, **changes):
    """The standing with its one authorisation changed."""
    return replace(standing, authorisations=(replace(standing.authorisations[0], **changes),))
