"""The map of the house in docs/architecture.md: every file is in one of its rooms, and every room has files."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.house.sources import ROOT, product_modules

#: What Django looks for by name, in every app.
DJANGOS = frozenset({"__init__", "apps", "models", "urls", "jobs", "checks"})


def rooms(app: str) -> dict[str, list[str]]:
    """Return the rooms of one app as the page draws them, each with its patterns of file names."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    [table] = re.findall(rf"^\| `{app}` \| files \|\n\|---\|---\|\n((?:\|.*\n)+)", page, re.M)
    lines = [line.strip("|").split("|") for line in table.splitlines()]
    return {room.strip(): re.findall(r"`([^`]+)`", files) for room, files in lines}


def files(app: str) -> list[str]:
    """Return the names of an app's own modules; commands and migrations have folders that say what they are."""
    found = [path for path in product_modules() if path.parent == Path(ROOT / app)]
    return sorted(path.stem for path in found)


@pytest.mark.parametrize("app", ["sealing", "registry", "access"])
def test_every_file_is_in_one_room(app: str) -> None:
    places = {
        name: [
            room
            for room, patterns in rooms(app).items()
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]
        for name in files(app)
    }
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    assert {name for name, found in places.items() if not found} <= DJANGOS


@pytest.mark.parametrize("app", ["sealing", "registry", "access"])
def test_every_name_on_the_map_is_there(app: str) -> None:
    named = [pattern for patterns in rooms(app).values() for pattern in patterns]
    assert [one for one in named if not any(fnmatchcase(name, one) for name in files(app))] == []
