"""Whether the log goes on well enough to disclose anything, and if not, which of its steps stands still.

Asks the database what the lock asks it (`sealing_provable`), as the site's role. Opens nothing.
"""

from enum import StrEnum

from django.db import DatabaseError, connections
from psycopg.errors import ObjectNotInPrerequisiteState


class Step(StrEnum):
    """What the lock waits for; the value is how the server's refusal ends."""

    MOVED = "was not sequenced since the database moved"
    SEQUENCING = "wait to be sequenced"
    SIGNING = "waits to be signed"
    COSIGNING = "waits to be cosigned"


def step() -> Step | None:
    """Return the step for whose sake nothing is disclosed now; None when nothing stands still."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT sealing_provable()")
    except DatabaseError as error:
        if not isinstance(error.__cause__, ObjectNotInPrerequisiteState):
            raise
        said = str(error.__cause__.diag.message_primary)
        return next(one for one in Step if said.endswith(one.value))
    return None
