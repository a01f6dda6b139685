"""What is kept of an exception that nobody foresaw: a private log for whoever mends it.

What a person is told of it is said by the command line and by the terminal app.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ops.errors import LeatopsError


def told(error: BaseException, secrets: Iterable[str]) -> str:
    """The frames that led to an exception, without the values of variables, any message and the tokens.

    A message may quote a cell or a server that names somebody, and nobody erases a log.
    """
    text = "".join(_frames(error, set()))
    for secret in {*secrets, os.environ.get("LEAT_API_KEY", "").strip()} - {""}:
        text = text.replace(secret, "(token)")
    return text


def _frames(error: BaseException, seen: set[int]) -> Iterator[str]:
    """An exception after those behind it, and of a group each."""
    seen.add(id(error))
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if behind is not None and id(behind) not in seen:
        yield from _frames(behind, seen)
        yield "\nwhich led to\n\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield "\nwithin it\n\n"
        yield from _frames(one, seen)


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
