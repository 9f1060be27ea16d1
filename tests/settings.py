"""The site's settings as the tests run them: their own server and keys under var/test, never the installation's."""

import os
from pathlib import Path

for _name in (
    "DATABASE_URL",
    "AUDIT_DATABASE_URL",
    "OWNER_DATABASE_URL",
    "KEEPER_DATABASE_URL",
    "SEQUENCER_DATABASE_URL",
    "REGISTRY_DATABASE_ROLE",
    "REGISTRY_LOG_ORIGIN",
    "REGISTRY_SIGNER_STATE",
    "REGISTRY_KEYRING",
    "REGISTRY_WITNESS_URL",
    "REGISTRY_WITNESS_KEY",
    "DEBUG",
):
    os.environ.pop(_name, None)
os.environ.update(
    REGISTRY_VAR=str(Path(__file__).resolve().parent.parent / "var" / "test"),
    REGISTRY_PRODUCTION="0",
    REGISTRY_POOL="0",
    REGISTRY_LAUNCH_IMPORTS="0",
)

from config import environment  # noqa: E402
from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, REGISTRY_KEYRING, STORAGES, VAR  # noqa: E402
from sealing import keyring  # noqa: E402

keyring.make(REGISTRY_KEYRING)
# The sequencer is a process of its own; its tests run it in theirs.
DATABASES = {
    **DATABASES,
    "sequencer": environment.database("sequencer", environment.embedded_url(VAR, "sequencer")),
}
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
