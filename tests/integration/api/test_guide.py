"""The program of the guide runs as it is printed, against a server that listens."""

import json
import re
import subprocess
import sys

import pytest

from tests.house.sources import ROOT
from tests.integration.api.conftest import stated

GUIDE = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
PROGRAM = ROOT / "docs" / "agency_client.py"


def test_the_guide_prints_the_program_that_is_run() -> None:
    assert re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1] == PROGRAM.read_text()
    assert len(PROGRAM.read_text().splitlines()) < 100


@pytest.mark.usefixtures("record")
def test_the_program_asks_and_is_answered(program, live_server, tmp_path):
    paper = tmp_path / "inquiry.json"
    given = {
        name: getattr(program, name)
        for name in ("client_id", "client_secret", "key_id", "private_key")
    }
    (tmp_path / "credentials.json").write_text(json.dumps(given))
    told = []
    for inquiry in (stated(), stated(purpose=""), stated(undertaking="yes")):
        paper.write_text(json.dumps(inquiry))
        done = subprocess.run(
            [sys.executable, PROGRAM, live_server.url, tmp_path / "credentials.json", paper],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout))
    assert told[0]["answer"] == "disclosable"
    assert [reason["code"] for reason in told[1]["reasons"]] == ["purpose_missing"]
    assert told[2]["code"] == "malformed"
