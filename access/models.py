"""Who may ask, what was asked, reviewed, contested and notified, and what became of it: units, inquiries. Holds no record.

Kinds and grounds are plain values of the pure modules; the rules about them are in `policy`.
"""

from access.accounts import OfficialName, User
from access.agency_clients import AgencyClient
from access.alerts import Alert, AlertNote, Canary
from access.call_counts import CallCount, SpentNonce
from access.contest import Contest, ContestVote
from access.copies import CopyStatement, Reminder
from access.holiday_years import HolidayYear
from access.idempotency import IdempotencyKey
from access.inquiry import Inquiry
from access.notification import Notification
from access.proposal import AuthorisationProposal
from access.reading_reasons import ReadingReason
from access.review import ReviewQuestion, ReviewReply, ReviewVote
from access.roster import Roster, RosterPerson
from access.samples import DrawnInquiry, Judgement, Sample
from access.units import Authorisation, Unit

__all__ = [
    "AgencyClient",
    "Alert",
    "AlertNote",
    "Authorisation",
    "AuthorisationProposal",
    "CallCount",
    "Canary",
    "Contest",
    "ContestVote",
    "CopyStatement",
    "DrawnInquiry",
    "HolidayYear",
    "IdempotencyKey",
    "Inquiry",
    "Judgement",
    "Notification",
    "OfficialName",
    "ReadingReason",
    "Reminder",
    "ReviewQuestion",
    "ReviewReply",
    "ReviewVote",
    "Roster",
    "RosterPerson",
    "Sample",
    "SpentNonce",
    "Unit",
    "User",
]
