"""A command that lacks a variable says which one, in a line."""

import os
import subprocess
import sys

import pytest

from config.environment import BASE_DIR


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"REGISTRY_PRODUCTION": "1"}, "SECRET_KEY_FILE is not set.\n"),
        ({"REGISTRY_PRODUCTION": "perhaps"}, "REGISTRY_PRODUCTION must be 1 or 0.\n"),
    ],
)
def test_a_variable_that_is_missing_or_wrong_is_named(variables: dict[str, str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, said)
