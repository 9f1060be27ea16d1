"""Who may ask, and what was asked: accounts, units, authorisations, inquiries, clients. Holds no record.

Kinds and grounds are plain values of the pure modules; the rules about them are in `policy`.
"""

from access.accounts import OfficialName, User
from access.agency_clients import AgencyClient
from access.call_counts import CallCount, SpentNonce
from access.idempotency import IdempotencyKey
from access.inquiry import Inquiry
from access.units import Authorisation, Unit

__all__ = [
    "AgencyClient",
    "Authorisation",
    "CallCount",
    "IdempotencyKey",
    "Inquiry",
    "OfficialName",
    "SpentNonce",
    "Unit",
    "User",
]
