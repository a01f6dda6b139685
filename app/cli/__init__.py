"""The command line: `leatops`, whose commands are loaded when they are called.

Imports nothing but click, so that `--version`, `--help` and mistakes are answered at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from app.cli.exits import ExitCode
from app.cli.parameters import examples
from app.cli.session import Session, reaching, shared

PROGRAM: Final = "leatops"
COMPLETE: Final = "_LEATOPS_COMPLETE"
"""What a shell sets to ask for completions."""
COMMANDS: Final = {
    "jobs": "List the jobs, their fields and options.",
    "plan": "Say what a job would do with each row of a file; only reads are sent.",
    "show": "Show a plan row by row, field by field.",
    "run": "Do what a plan says.",
    "resume": "Go on with a run that stopped.",
    "settle": "Read back the rows of a run whose outcome is unknown, and go on with those that this settles.",
    "undo": "Make a plan that restores the values from before a run; only reads are sent.",
    "report": "Write a run's files again.",
    "runs": "List the runs, or erase one.",
    "export": "Write the contacts or the gift cards of the account to a file; only reads are sent.",
    "sandbox": "Start a local account to try things on.",
    "account": "Save, list, choose and forget accounts.",
    "demo": "The terminal app on a fresh sandbox, with sample files at hand.",
    "completion": "Print the script that completes commands in your shell.",
}
"""Each command lies in the module of its name; the sentence is the first of its help."""
OPEN: Final = "open"
"""The command behind `leatops FILE`: it has no name of its own."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command, loaded."""
        if cmd_name not in COMMANDS and cmd_name != OPEN:
            return None
        command: click.Command = import_module(f"app.cli.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """What is no command but looks like a file is one to open."""
        if args[0] not in COMMANDS and (os.path.exists(args[0]) or {"/", ".", os.sep} & set(args[0])):  # noqa: PTH110
            args = [OPEN, *args]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in `--help`, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_EPILOG: Final = "\n\n".join(
    (
        examples(
            "leatops demo",
            "leatops customers.csv",
            "leatops plan contacts.upsert customers.csv",
            "leatops show customers.contacts.upsert.plan.parquet",
            "leatops run customers.contacts.upsert.plan.parquet",
        ),
        "\n".join(("\b", "Exit codes:", *(f"  {code.value:<4}{code.sentence}" for code in ExitCode))),
    )
)


def _show_version(ctx: click.Context, param: click.Parameter, value: object) -> None:  # noqa: ARG001
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - only asked for here

        click.echo(f"leatops {version('leatops')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and end.",
)
@shared
@reaching
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Bulk work on a Leat loyalty account: plan, review, run, resume, and know what happened to every row.

    Without a command it opens the terminal app, on a FILE when one is given. Of the commands, data goes to stdout and
    everything else to stderr. The flags here work after a command as well.
    """
    if ctx.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            from app.cli.opening import open_app  # noqa: PLC0415 - loads the engine

            open_app(ctx.ensure_object(Session))
        else:
            click.echo(ctx.get_help())


def call(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code."""
    from app.cli.failure import guarded  # noqa: PLC0415 - light, but `cli` must exist first

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # A stream that was closed before the start, as a scheduler may do.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - lives on
    session = Session(json="--json" in arguments)
    return guarded(session, lambda: _dispatch(arguments, session))


def _dispatch(arguments: Sequence[str], session: Session) -> object:
    """What `cli.main` does, but a reader of stdout that has gone stays an error of its own."""
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only a shell asks

        return shell_complete(cli, {}, PROGRAM, COMPLETE, instruction)
    try:
        with cli.make_context(PROGRAM, list(arguments), obj=session) as context:
            return cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def main() -> NoReturn:
    """The `leatops` script."""
    sys.exit(call(sys.argv[1:]))


__all__ = ["COMMANDS", "ExitCode", "call", "cli", "main"]
