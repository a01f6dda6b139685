"""Flags and arguments that several commands share: pace, how a file is read, names that complete.

Values are only parsed here; what they mean is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from app.cli.session import Session

F = TypeVar("F", bound=Callable[..., Any])

FILE: Final = click.Path(path_type=Path)
"""A path as given; whether it can be used is said by what uses it."""


def examples(*lines: str) -> str:
    """The block of examples at the end of a command's help, as it stands."""
    return "\n".join(("\b", "Example:", *(f"  {line}" for line in lines)))


def _complete_jobs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from ops.jobs import JOBS  # noqa: PLC0415 - loads the engine

    return [name for name in JOBS if name.startswith(incomplete)]


def _complete_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from ops.runs import Runs  # noqa: PLC0415 - loads the engine

    names = ["last", *(run.id for run in Runs(ctx.ensure_object(Session).home).all())]
    return [name for name in names if name.startswith(incomplete)]


def _complete_accounts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from ops.leat.profile import Profiles  # noqa: PLC0415 - loads the engine

    saved = Profiles(ctx.ensure_object(Session).home).all()
    return [profile.name for profile in saved if profile.name.startswith(incomplete)]


def job_argument(*, required: bool = True) -> Callable[[F], F]:
    """The job, by name."""
    return click.argument("job", required=required, shell_complete=_complete_jobs)


def run_argument(function: F) -> F:
    """The run: an id, a unique beginning of one, or `last`."""
    return click.argument("run", shell_complete=_complete_runs)(function)


def runs_argument(function: F) -> F:
    """Runs, one at least, each as `run_argument` takes it."""
    return click.argument("runs", metavar="RUN...", nargs=-1, required=True, shell_complete=_complete_runs)(function)


def account_argument(function: F) -> F:
    """A saved account, by name."""
    return click.argument("name", shell_complete=_complete_accounts)(function)


def rate_option(function: F) -> F:
    """Requests per second."""
    return click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        default=5.0,
        show_default="5",
        help="Requests per second over the whole account.",
    )(function)


def reading_options(function: F) -> F:
    """How a file is read where that cannot be seen from the file."""
    flags = (
        click.option("--encoding", metavar="E", help="The encoding of a text file, such as cp1252."),
        click.option("--delimiter", metavar="D", help="What stands between the cells of a text file."),
        click.option("--sheet", metavar="NAME", help="The worksheet of a workbook."),
    )
    return _all(flags, function)


def pace_options(function: F) -> F:
    """How fast a run goes, when it stops by itself, and what it looks at again."""
    flags = (
        rate_option,
        click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Rows in hand at once; fits the rate."),
        click.option(
            "--stop-after",
            metavar="N|N%",
            help="Stop when so many rows were refused, or more than so many percent of those finished (looked at from "
            "the 20th finished row on); unless given, at 20 of the first 100, then above 10 %.",
        ),
        click.option(
            "--recheck",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            show_default=True,
            help="Read a row's target again before its first write; auto: when the job destroys or the plan is old.",
        ),
        click.option(
            "--verify",
            metavar="all|N",
            help="Read all rows that are done, or N spread over them, again, and say which are not as written.",
        ),
    )
    return _all(flags, function)


def _all(flags: tuple[Callable[[F], F], ...], function: F) -> F:
    for flag in reversed(flags):
        function = flag(function)
    return function
