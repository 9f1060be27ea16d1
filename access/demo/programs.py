"""The demo's program: the credentials of its sandbox, and an inquiry to send with them."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from access import credentials, sandbox
from access.demo import BY, stated
from access.units import Unit


def folder() -> Path:
    """Return where both are kept."""
    return Path(settings.VAR) / "agencies"


def make_programs() -> None:
    """Make the client of each sandbox where it is missing, and an inquiry whose letter is of today."""
    units = [unit for unit in stated("units") if unit.get("sandbox")]
    made = Unit.objects.filter(code__in=[unit["code"] for unit in units], sandbox=True)
    credentials.issue(made, folder=folder(), by=BY)
    for unit in units:
        document = json.dumps(_inquiry(unit), ensure_ascii=False, indent=1)
        (folder() / "inquiry.json").write_text(document + "\n", encoding="utf-8")


def _inquiry(unit: dict[str, Any]) -> dict[str, Any]:
    """A faultless inquiry of the sandbox about the first of the made-up persons."""
    person = sandbox.PERSONS[0]
    return {
        "exception": "state_regulation",
        "provision": unit["authorisations"][0]["for"],
        "purpose": "接口测试",
        "post": "教师",
        "case": None,
        "person": {
            "id_type": sandbox.RESIDENT_ID,
            "id_number": person.id_number,
            "name": person.name,
        },
        "officials": unit["officials"],
        "letter": {"number": "测试函1号", "issued_on": timezone.localdate().isoformat()},
        "undertaking": True,
    }
