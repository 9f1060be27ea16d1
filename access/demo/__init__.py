"""The demo 演示: made-up units, accounts, records and inquiries to try the registry out with.

Everything is made the way the site makes it, through the same verbs, so the demo can do nothing that the site
cannot. What is there already stays as it is: making the demo again adds what is missing and no more.
"""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data" / "demo"
#: Who is named in the audit log as the one who made the demo.
BY = "demo"


def stated(name: str) -> Any:
    """Return what a file of the demo's data states."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
