"""Log lines that say what failed and where, and never with which values: a message may quote what was typed."""

import logging
import traceback
from typing import Any


class PlacesOnly(logging.Formatter):
    """Writes an error as its class and the places it passed, without its text and without local variables."""

    def formatException(self, ei: Any) -> str:
        kind, _error, trace = ei
        places = (
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(trace)
        )
        return "\n".join([f"{kind.__module__}.{kind.__qualname__}", *places])
