"""Reads what the installation decides: variables, secret files, database addresses.

Every missing or unsafe value is an error that names its variable. Knows nothing of Django's settings.
"""

import os
import secrets
import stat
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
ROLES = {
    "DATABASE_URL": "app",
    "AUDIT_DATABASE_URL": "auditor",
    "OWNER_DATABASE_URL": "owner",
    "KEEPER_DATABASE_URL": "keeper",
    "SEQUENCER_DATABASE_URL": "sequencer",
}
CONNECTIONS = {
    "site": {"default": "DATABASE_URL", "audit": "AUDIT_DATABASE_URL"},
    "owner": {"default": "OWNER_DATABASE_URL"},
    "keeper": {"default": "KEEPER_DATABASE_URL", "keeper": "KEEPER_DATABASE_URL"},
    "sequencer": {"sequencer": "SEQUENCER_DATABASE_URL"},
}


def flag(name: str, *, default: bool = False) -> bool:
    """Return a yes/no variable; anything but 1/0/true/false/yes/no is an error."""
    text = os.environ.get(name, "").strip().lower()
    if text == "":
        return default
    if text in {"1", "true", "yes"}:
        return True
    if text in {"0", "false", "no"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0.")


def whole_number(name: str, *, default: int, least: int = 0) -> int:
    """Return a variable that is a whole number and not below `least`."""
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number, {least} or more.")
    return int(text)


def confirmation_days() -> tuple[int, int]:
    """Return within how many days copies of an answer are accounted for, and how many more pass before that holds up.

    A month closes what an answer was needed for; a quarter of grace lets leave, a move or holidays stop no case.
    Longer would let copies be forgotten.
    """
    grace = whole_number("REGISTRY_CONFIRMATION_GRACE_DAYS", default=90, least=1)
    return whole_number("REGISTRY_CONFIRMATION_DAYS", default=30), grace


def required(name: str) -> str:
    """Return a variable that must be set."""
    text = os.environ.get(name, "").strip()
    if not text:
        raise ImproperlyConfigured(f"{name} is not set.")
    return text


def words(name: str) -> list[str]:
    """Return a comma-separated variable as a list; it must hold at least one word."""
    found = [word.strip() for word in required(name).split(",") if word.strip()]
    if not found or "*" in found:
        raise ImproperlyConfigured(f"{name} must name hosts, without *.")
    return found


def count(name: str, *, default: int) -> int:
    """Return a whole number above 0."""
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not int(text):
        raise ImproperlyConfigured(f"{name} must be a whole number above 0.")
    return int(text)


def public_url(name: str) -> str:
    """Return scheme and host that clients know the site by, without a path; empty when it is not set."""
    text = os.environ.get(name, "").strip().rstrip("/")
    parts = urlsplit(text)
    if text and (
        parts.scheme not in {"http", "https"} or text != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ImproperlyConfigured(f"{name} must be https:// and a host, without a path.")
    return text


def witness(url: str, key: str) -> tuple[str, str]:
    """Return where the log's witness is asked and its verifier key, from two variables; both empty when there is none.

    The key alone is enough for a process that shows and verifies cosignatures; the address needs the key.
    """
    address, known = (os.environ.get(name, "").strip() for name in (url, key))
    if address and urlsplit(address).scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"{url} must be an http:// or https:// address.")
    if address and not known:
        raise ImproperlyConfigured(f"{key} is not set, and {url} is.")
    return address, known


def var_dir() -> Path:
    """Return the folder of everything an installation writes (REGISTRY_VAR, default var/)."""
    return Path(os.environ.get("REGISTRY_VAR") or BASE_DIR / "var")


def private_file(name: str) -> Path:
    """Return the path in a variable; the file must exist and be readable by its owner only."""
    path = Path(required(name))
    if not path.is_file():
        raise ImproperlyConfigured(f"{name} names no file.")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ImproperlyConfigured(f"{name} names a file that others may read; chmod 600 it.")
    return path


def made_once(path: Path, *, nbytes: int = 48) -> str:
    """Return the secret kept in a file of mode 0600, made on first use (development only)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as out:
        secret = secrets.token_urlsafe(nbytes)
        out.write(secret)
    return secret


def database(name: str, url: str) -> dict[str, object]:
    """Turn `postgresql://user:password@host:port/name?option=value` into a Django DATABASES entry.

    `password_file=` names a file of mode 0600 that holds the password, so that no environment holds it.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"{name} must be a postgresql:// address.")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", parts.hostname or "")
    password = unquote(parts.password or "")
    if password_file := options.pop("password_file", ""):
        password = Path(password_file).read_text().strip()
    if not parts.username or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must name a role and a database.")
    return {
        "ENGINE": "config.database",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username),
        "PASSWORD": password,
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(options),
    }


def path_or(default: Path, *, name: str) -> Path:
    """Return the path in a variable, or a default when it is not set."""
    return Path(os.environ.get(name) or default)


def databases(var: Path, *, production: bool) -> dict[str, dict[str, object]]:
    """Return the connections of a process: for the site `default` and, read-only on the log, `audit`.

    REGISTRY_DATABASE_ROLE names who a command is that is not the site: `owner` stands in for `default` while the
    schema is changed, `keeper` rotates keys, and the sequencer has a connection of its own and no other. So no web
    process ever holds their passwords.
    """
    names = CONNECTIONS[os.environ.get("REGISTRY_DATABASE_ROLE") or "site"]
    found: dict[str, dict[str, object]] = {} if "default" in names else {"default": {}}
    for alias, name in names.items():
        url = os.environ.get(name) or ("" if production else embedded_url(var, ROLES[name]))
        found[alias] = database(name, url or required(name))
        if pool := int(os.environ.get("REGISTRY_POOL") or 0):
            found[alias]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool}  # type: ignore[index]
    return found


def embedded_url(var: Path, role: str) -> str:
    """Return the address the embedded server's launcher wrote down for a role, or one that cannot answer."""
    path = var / "postgres" / f"registry_{role}.url"
    if path.is_file():
        return path.read_text().strip()
    return f"postgresql://registry_{role}@/registry?host={var / 'postgres' / 'not-started'}"
