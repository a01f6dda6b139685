"""What is kept of an exception that nobody foresaw: a private log for whoever mends it.

What a person is told of it is said by the command line and by the terminal app.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ops.errors import LeatopsError


def told(error: BaseException, secrets: Iterable[str]) -> str:
    """The traceback without the values of variables, and without the tokens."""
    text = "".join(traceback.format_exception(error))
    for secret in {*secrets, os.environ.get("LEAT_API_KEY", "").strip()} - {""}:
        text = text.replace(secret, "(token)")
    return text


def name_of(error: BaseException) -> str:
    """The kind of exception; of a group, the first one's."""
    return name_of(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else type(error).__name__


def keep(home: Path, text: str) -> Path | None:
    """Write it to a file of its own that only its owner can read; None when the disk does not take it."""
    from ops.files import write_private  # noqa: PLC0415 - only a bug needs it

    path = home / "logs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    try:
        write_private(path, text.encode("utf-8", "backslashreplace"))
    except (OSError, LeatopsError):
        return None
    return path
