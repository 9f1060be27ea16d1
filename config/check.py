"""Runs every check of the code that is no test, all of them, and fails if any failed: what `make check` does.

python -m config.check [WORD]...      only the checks whose name holds one of the words
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from config import companions, postgres
from config.environment import BASE_DIR
from sealing import keyring

PYTHON = sys.executable
BIN = Path(PYTHON).parent
MANAGE = (PYTHON, "manage.py")
# Pages that a module prints: what is in the tree must be what it would print now. (docs/roles.md has a test.)
DOCUMENTS = {
    "docs/provisions.md": "access.provisions_table",
}
DATABASES = ("--database", "default", "--database", "audit")
OWN = BASE_DIR / "var" / "check"


@dataclass(frozen=True)
class Check:
    """One command, and what it needs in its environment beyond this process's own."""

    name: str
    command: tuple[str | Path, ...]
    variables: dict[str, str] = field(default_factory=dict)

    def run(self) -> tuple[int, str, float]:
        """Return the command's status, what it said, and the seconds it took."""
        began = time.monotonic()
        done = subprocess.run(
            [*map(str, self.command)],
            cwd=BASE_DIR,
            env={**os.environ, **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, time.monotonic() - began


def checks(production: dict[str, str]) -> list[Check]:
    """Return every check, the slow ones first."""
    own = {"REGISTRY_VAR": str(OWN)}
    listed = [
        Check("types: mypy", (BIN / "mypy",), own),
        Check("lint: ruff", (BIN / "ruff", "check", ".")),
        Check("format: ruff", (BIN / "ruff", "format", "--check", ".")),
        Check("templates: djlint", (BIN / "djlint", "templates", "--lint", "--quiet")),
        Check("import contracts: lint-imports", (BIN / "lint-imports", "--no-logo")),
        Check("missing migrations", (*MANAGE, "makemigrations", "--check", "--dry-run"), own),
        Check(
            "deployment: check --deploy",
            (*MANAGE, "check", "--deploy", "--fail-level", "WARNING", *DATABASES),
            production,
        ),
    ]
    listed += [
        Check(f"fresh: {page}", (PYTHON, "-m", "config.check", "--fresh", page), own)
        for page in DOCUMENTS
    ]
    return listed


def production_settings(folder: Path) -> dict[str, str]:
    """Return the variables of an installation, with keys and secrets made for the occasion."""
    server = postgres.ensure(OWN)
    secret = folder / "secret_key"
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_urlsafe(60))
    keyring.make(folder / "keyring.json")
    return {
        "REGISTRY_PRODUCTION": "1",
        "REGISTRY_VAR": str(folder),
        "REGISTRY_KEYRING": str(folder / "keyring.json"),
        "SECRET_KEY_FILE": str(secret),
        "ALLOWED_HOSTS": "registry.example",
        "DATABASE_URL": server.url("app"),
        "AUDIT_DATABASE_URL": server.url("auditor"),
    }


def fresh(page: str) -> int:
    """Compare a generated page with what its module prints; 1 when they differ."""
    printed = subprocess.run(
        [PYTHON, "-m", DOCUMENTS[page]], cwd=BASE_DIR, check=True, capture_output=True
    )
    if printed.stdout == (BASE_DIR / page).read_bytes():
        return 0
    print(f"{page} is out of date: python -m {DOCUMENTS[page]} > {page}")
    return 1


def signed_and_cosigned() -> None:
    """Have the log of the checks' own database signed, and cosigned by a witness, as in an installation."""
    os.environ["REGISTRY_VAR"] = str(OWN)
    known, witness = companions.witness(dict(os.environ))
    try:
        subprocess.run(
            [*MANAGE, "sequence_log", "--once"],
            cwd=BASE_DIR,
            env={**os.environ, **known},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    finally:
        companions.end(witness)


def main(words: list[str]) -> int:
    """Run the checks, print each one's verdict and the words of those that failed; 1 if any did."""
    if words[:1] == ["--fresh"]:
        return fresh(words[1])
    os.environ.pop("REGISTRY_DATABASE_ROLE", None)
    server = postgres.ensure(OWN)
    keyring.make(OWN / "keyring.json")
    # The start-up checks of the database look at a real, migrated one.
    subprocess.run(
        [*MANAGE, "migrate", "--no-input", "--skip-checks", "-v0"],
        cwd=BASE_DIR,
        env={**os.environ, "REGISTRY_VAR": str(OWN)},
        check=True,
    )
    signed_and_cosigned()
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        chosen = [
            check
            for check in checks(production_settings(Path(folder)))
            if not words or any(word in check.name for word in words)
        ]
        failed = []
        for check, (status, said, seconds) in zip(chosen, pool.map(Check.run, chosen), strict=True):
            print(f"{'failed' if status else 'passed'}  {seconds:5.1f} s  {check.name}", flush=True)
            if status:
                failed.append((check, said))
    server.stop_if_unused()
    for check, said in failed:
        print(f"\n---- {check.name}\n{said.rstrip()}")
    print(f"\n{len(chosen) - len(failed)} checks passed, {len(failed)} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
