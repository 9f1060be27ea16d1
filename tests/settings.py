"""The site's settings as the tests run them: their own server and keys under var/test, never the installation's."""

import os
from pathlib import Path

for _name in (
    "DATABASE_URL",
    "AUDIT_DATABASE_URL",
    "OWNER_DATABASE_URL",
    "KEEPER_DATABASE_URL",
    "REGISTRY_KEYRING",
    "DEBUG",
):
    os.environ.pop(_name, None)
os.environ.update(
    REGISTRY_VAR=str(Path(__file__).resolve().parent.parent / "var" / "test"),
    REGISTRY_PRODUCTION="0",
    REGISTRY_POOL="0",
    REGISTRY_LAUNCH_IMPORTS="0",
)

from config.settings import *  # noqa: E402, F403
from config.settings import REGISTRY_KEYRING, STORAGES  # noqa: E402
from sealing import keyring  # noqa: E402

keyring.make(REGISTRY_KEYRING)
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
