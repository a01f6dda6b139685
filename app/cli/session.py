"""One call of the command line: the flags every command takes, and what they come to.

Flags go before the environment, and the environment before a saved account.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.cli.output import Output

if TYPE_CHECKING:
    from ops.leat.client import Timeouts
    from ops.leat.profile import Account

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Session:
    """The flags of one call and what was learned on the way."""

    json: bool = False
    account_name: str | None = None
    home_given: Path | None = None
    allow_hosts: tuple[str, ...] = ()
    secrets: set[str] = field(default_factory=set)
    """What must not stand in a log."""

    @cached_property
    def out(self) -> Output:
        """Where this call speaks and writes."""
        return Output()

    @cached_property
    def home(self) -> Path:
        """Where runs, logs, mappings and saved accounts lie."""
        from ops.files import default_home  # noqa: PLC0415 - platformdirs is not needed for --help

        return self.home_given if self.home_given is not None else default_home()

    def account(self) -> Account:
        """The account to work with.

        Raises:
            AccountError: There is none, or it cannot be used.
        """
        from ops.leat.profile import find_account  # noqa: PLC0415 - loads the engine

        account = find_account(self.home, self.account_name, allow_hosts=frozenset(self.allow_hosts))
        self.secrets.add(account.token.reveal())
        return account

    def timeouts(self) -> Timeouts:
        """The time limits of `LEATOPS_TIMEOUT_SECONDS`, else the usual ones.

        Raises:
            OptionError: It is not a number of seconds.
        """
        from ops.leat.client import Timeouts  # noqa: PLC0415 - loads the engine

        seconds = _seconds("LEATOPS_TIMEOUT_SECONDS")
        if seconds is None:
            return Timeouts()
        if not seconds:
            raise _no_seconds("LEATOPS_TIMEOUT_SECONDS", "above 0")
        return Timeouts(total=seconds)

    def settle_seconds(self) -> float | None:
        """How long the server is given before unknown steps are read back: `LEATOPS_SETTLE_SECONDS`, else None.

        Raises:
            OptionError: It is not a number of seconds.
        """
        return _seconds("LEATOPS_SETTLE_SECONDS")

    def command(self, *words: str) -> str:
        """A command to type next, with the flags this call was given that it needs as well."""
        flags: list[str] = []
        if self.home_given is not None:
            flags += ["--home", str(self.home_given)]
        if self.account_name is not None:
            flags += ["--account", self.account_name]
        for host in self.allow_hosts:
            flags += ["--allow-host", host]
        return shlex.join(["leatops", *words, *flags])


def _seconds(variable: str) -> float | None:
    """The seconds an environment variable gives, or None."""
    text = os.environ.get(variable, "")
    if not text.strip():
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise _no_seconds(variable, "from 0 up")
    return seconds


def _no_seconds(variable: str, which: str) -> Exception:
    from ops.errors import OptionError  # noqa: PLC0415 - loads the engine

    text = os.environ.get(variable, "")
    return OptionError(f"{variable}={text} is not a number of seconds {which}.", option=variable)


pass_session = click.make_pass_decorator(Session)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Put a flag that was given into the session; a later one, after the command, goes before."""
    if value not in (None, False, ()):
        setattr(ctx.ensure_object(Session), str(param.name), value)


def shared(function: F) -> F:
    """The flags every command takes."""
    flags = (
        click.option(
            "--json",
            is_flag=True,
            expose_value=False,
            callback=_keep,
            is_eager=True,
            help="One JSON document on stdout, also on failure.",
        ),
        click.option(
            "--account",
            "account_name",
            metavar="NAME",
            expose_value=False,
            callback=_keep,
            help="The saved account to work with.",
        ),
        click.option(
            "--home",
            "home_given",
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            expose_value=False,
            callback=_keep,
            help="Where runs and saved accounts are kept.",
        ),
    )
    for flag in reversed(flags):
        function = flag(function)
    return function


def reaching(function: F) -> F:
    """The flag of the commands that reach an account."""
    return click.option(
        "--allow-host",
        "allow_hosts",
        metavar="HOST",
        multiple=True,
        expose_value=False,
        callback=_keep,
        help="A host beside Leat's own that the token may be sent to; may be given again.",
    )(function)
