"""Who may ask, what was asked and how it was reviewed: accounts, units, authorisations, inquiries. Holds no record.

Kinds and grounds are plain values of the pure modules; the rules about them are in `policy`.
"""

from access.accounts import OfficialName, User
from access.holiday_years import HolidayYear
from access.inquiry import Inquiry
from access.review import ReviewQuestion, ReviewReply, ReviewVote
from access.units import Authorisation, Unit

__all__ = [
    "Authorisation",
    "HolidayYear",
    "Inquiry",
    "OfficialName",
    "ReviewQuestion",
    "ReviewReply",
    "ReviewVote",
    "Unit",
    "User",
]
