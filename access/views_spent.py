"""Spending one of an answer's views: only for an inquiry that is granted, and while its unit's authorisation still holds.

One statement whose text never changes: whoever takes the authorisation away waits for it, and putting it together anew
would take longer than the database takes to answer it. Reads no record.
"""

from typing import Any

from django.db import connection
from django.utils import timezone

from access.accounts import User
from access.inquiry import Inquiry

SPEND = """
UPDATE access_inquiry SET views = views + 1
 WHERE id = %(inquiry)s AND status = 'granted' AND views < %(allowed)s AND expires_at > %(now)s
   AND %(number)s = ANY (officials)
   AND EXISTS (
     SELECT FROM access_authorisation AS held
       JOIN access_unit AS unit ON unit.id = held.unit_id AND unit.active
       JOIN access_authorisation_officials AS named ON named.authorisation_id = held.id
      WHERE held.unit_id = %(unit)s AND held.ground = %(ground)s AND held.suspended_at IS NULL
        AND %(today)s BETWEEN held.valid_from AND held.valid_to AND named.user_id = %(official)s)
"""


def spend(inquiry: Inquiry, *, by: User, allowed: int) -> bool:
    """Count one more view, of at most so many, and say whether it was there to be spent; the authorisation's lock is held."""
    asked: dict[str, Any] = {
        "inquiry": inquiry.pk,
        "allowed": allowed,
        "now": timezone.now(),
        "number": by.number,
        "unit": inquiry.unit_id,
        "ground": inquiry.ground,
        "today": timezone.localdate(),
        "official": by.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(SPEND, asked)
        return cursor.rowcount == 1
