"""Where the Chromium of this machine is."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a Chromium: REGISTRY_CHROMIUM, or the first on PATH; None when there is none."""
    chosen = os.environ.get("REGISTRY_CHROMIUM")
    return chosen or next((path for name in NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(0 if find() else 1)
