"""Who may ask, what was asked, how it was reviewed: accounts, units, inquiries, contests. Holds no record.

Kinds and grounds are plain values of the pure modules; the rules about them are in `policy`.
"""

from access.accounts import OfficialName, User
from access.alerts import Alert, AlertNote, Canary
from access.contest import Contest, ContestVote
from access.holiday_years import HolidayYear
from access.inquiry import Inquiry
from access.notification import Notification
from access.proposal import AuthorisationProposal
from access.review import ReviewQuestion, ReviewReply, ReviewVote
from access.units import Authorisation, Unit

__all__ = [
    "Alert",
    "AlertNote",
    "Authorisation",
    "AuthorisationProposal",
    "Canary",
    "Contest",
    "ContestVote",
    "HolidayYear",
    "Inquiry",
    "Notification",
    "OfficialName",
    "ReviewQuestion",
    "ReviewReply",
    "ReviewVote",
    "Unit",
    "User",
]
