#!/usr/bin/env python
"""Django's command line. Schema changes run as the owner of the tables, the rotation of keys as the keeper,
sequencing as the sequencer, everything else as the site.

Without DATABASE_URL the registry's own database server is brought up first, unless the command needs none.
"""

import os
import sys

ROLE_OF = {
    "migrate": "owner",
    "sqlmigrate": "owner",
    "showmigrations": "owner",
    "rotate_keys": "keeper",
    "sequence_log": "sequencer",
}
COMMANDS_WITHOUT_DATABASE = {
    "help",
    "collectstatic",
    "compilemessages",
    "findstatic",
    "makemessages",
}


def main() -> None:
    """Run one management command under the database role it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] in ROLE_OF:
        os.environ.setdefault("REGISTRY_DATABASE_ROLE", ROLE_OF[sys.argv[1]])
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        if len(sys.argv) > 1 and not COMMANDS_WITHOUT_DATABASE & {sys.argv[1]}:
            bring_up_database()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as missing:
        sys.exit(str(missing))  # it names the variable: nobody needs to see where it was read


def bring_up_database() -> None:
    """Have the registry's own server running, where the installation names no other."""
    from config import environment, postgres

    if any(map(os.environ.get, environment.ROLES)) or environment.flag("REGISTRY_PRODUCTION"):
        return
    try:
        postgres.ensure()
    except postgres.ClusterError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
