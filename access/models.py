"""Who may ask, what was asked, reviewed and notified: accounts, units, authorisations, inquiries. Holds no record.

Kinds and grounds are plain values of the pure modules; the rules about them are in `policy`.
"""

from access.accounts import OfficialName, User
from access.alerts import Alert, AlertNote, Canary
from access.holiday_years import HolidayYear
from access.inquiry import Inquiry
from access.notification import Notification
from access.review import ReviewQuestion, ReviewReply, ReviewVote
from access.roster import Roster, RosterPerson
from access.units import Authorisation, Unit

__all__ = [
    "Alert",
    "AlertNote",
    "Authorisation",
    "Canary",
    "HolidayYear",
    "Inquiry",
    "Notification",
    "OfficialName",
    "ReviewQuestion",
    "ReviewReply",
    "ReviewVote",
    "Roster",
    "RosterPerson",
    "Unit",
    "User",
]
