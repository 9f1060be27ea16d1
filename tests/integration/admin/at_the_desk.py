"""An auditor's questions, for the tests of the desk."""

import json

from django.test import Client

from sealing.audit_log import Kind
from sealing.models import AuditEntry
from sealing.subject import log_index

DESK = "/admin/desk/"
WHY = {"reason": "complaint", "words": "样本事由：申诉件第7号"}
ASKED, NEVER = "11010519491231002X", "11010519900307101X"
PERSON = log_index("resident_id", ASKED)


def told() -> list[dict]:
    """Return the details of every entry about what auditors did, oldest first."""
    found = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH).order_by("pk")
    return [json.loads(bytes(entry.body))["details"] for entry in found]


def question(browser: Client, number: str, **changed: str):
    form = {"id_type": "resident_id", "id_number": number, **WHY, **changed}
    return browser.post(f"{DESK}person/", form)


def filtered(browser: Client, **filters: str) -> str:
    """Return the sealed word for filters, as the list's address has it."""
    answer = browser.post("/admin/sealing/auditentry/", filters)
    return answer["Location"].partition("search=")[2]
