"""What becomes of an exception: a message in words, a JSON document, an exit code; never a traceback.

The one broad `except` of the command line is here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import click

from app.bugs import keep, name_of, told
from app.cli.exits import ExitCode
from app.cli.output import silence
from app.cli.session import Session
from app.display import visible
from ops.errors import LeatopsError, RunHeldError


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as people and scripts see it."""

    kind: str
    message: str
    where: dict[str, str | int] = field(default_factory=dict)
    code: ExitCode = ExitCode.NOTHING_SENT
    hint: str = ""


def guarded(session: Session, work: Callable[[], object]) -> int:
    """Run the command line and end it well, whatever happens; returns the exit code."""
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
        return ExitCode.DONE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost boundary
        failure = describe(error) or _bug(session, error)
        if session.out.began:
            message = "Interrupted." if failure.kind == "interrupted" else failure.message
            hint = f"Go on: {session.command('resume', 'last')}"
            failure = replace(failure, message=message, code=ExitCode.STOPPED, hint=hint)
        tell(session, failure)
        return failure.code
    return code if isinstance(code, int) else ExitCode.DONE


def describe(error: BaseException) -> Failure | None:
    """The failure behind an exception; None when it is nobody's but the program's."""
    failure: Failure | None = None
    match error:
        case LeatopsError():
            code = ExitCode.HELD if isinstance(error, RunHeldError) else ExitCode.NOTHING_SENT
            failure = Failure(error.kind, error.message, error.where, code)
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "leatops"
            failure = Failure("usage", error.format_message(), hint=f"See {path} --help.")
        case click.ClickException():
            failure = Failure("usage", error.format_message())
        case KeyboardInterrupt() | click.Abort():
            failure = Failure("interrupted", "Interrupted; nothing was sent.")
        case OSError(filename=str(name)):
            failure = Failure("system", f"{name} cannot be used: {error.strerror}.", {"file": name})
        case OSError():
            failure = Failure("system", f"{error.strerror or type(error).__name__}.")
        case BaseExceptionGroup():
            found = [describe(leaf) for leaf in _leaves(error)]
            failure = None if None in found else found[0]
    return failure


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one


def tell(session: Session, failure: Failure) -> None:
    """Say what went wrong, and where when the message does not say so itself."""
    session.out.say(("error: ", "bold red"), failure.message)
    place = [f"{name} {value}" for name, value in failure.where.items() if str(value) not in failure.message]
    if place:
        session.out.say("  at ", ", ".join(place))
    if failure.hint:
        session.out.say("  ", failure.hint, whole=True)
    if session.json:
        content = {"kind": failure.kind, "message": failure.message, "where": failure.where}
        session.out.document({"error": content})


def _bug(session: Session, error: BaseException) -> Failure:
    """Keep the traceback for whoever mends it, without the tokens this call has seen."""
    text = told(error, session.secrets)
    kept = keep(session.home, text)
    if kept is None:
        return Failure("bug", f"This is a bug: {visible(text)}")
    message = f"This is a bug: {name_of(error)}. What led to it is in the log, without your token."
    return Failure("bug", message, {"file": str(kept)})
