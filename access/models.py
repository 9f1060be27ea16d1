"""Who may ask, what was asked, what became of it: accounts, units, inquiries, notices, copies. Holds no record.

Kinds and grounds are plain values of the pure modules; the rules about them are in `policy`.
"""

from access.accounts import OfficialName, User
from access.alerts import Alert, AlertNote, Canary
from access.copies import CopyStatement, Reminder
from access.inquiry import Inquiry
from access.notification import Notification
from access.units import Authorisation, Unit

__all__ = [
    "Alert",
    "AlertNote",
    "Authorisation",
    "Canary",
    "CopyStatement",
    "Inquiry",
    "Notification",
    "OfficialName",
    "Reminder",
    "Unit",
    "User",
]
