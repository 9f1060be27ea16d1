"""The WSGI entry point that the server imports; it does not serve on an unsafe installation."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config.checks import refuse_unsafe_start  # noqa: E402 - needs the applications to be loaded

refuse_unsafe_start()
