"""The question after the first rows of a run: what became of them, and whether the others follow.

What the rows are and when the question comes is the engine's business.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from app.cli.output import Output
from app.cli.progress import Watch
from app.cli.reporting import tell_causes, tell_counts
from app.cli.words import count

if TYPE_CHECKING:
    from ops.canary import Trial


class Question:
    """Asks at the terminal.

    Args:
        out: Where it is said what became of the rows.
        watch: Whose bar stands aside meanwhile.
    """

    def __init__(self, out: Output, watch: Watch) -> None:
        self._out = out
        self._watch = watch

    async def goes_on(self, trial: Trial) -> bool:
        """Show the first rows and ask about the others; no is what Enter alone says."""
        with self._watch.aside():
            self._out.say((f"The first {count(trial.rows, 'row')}", "bold"), f"; {count(trial.others, 'row')} to go")
            tell_counts(self._out, trial.counts)
            tell_causes(self._out, trial.groups)
            while True:
                click.echo(f"Go on with the other {count(trial.others, 'row')}? [y/N]: ", nl=False, err=True)
                answer = (await _line()).strip().lower()
                if answer in {"y", "yes"}:
                    return True
                if answer in {"", "n", "no"}:
                    return False


async def _line() -> str:
    """A line of the terminal, waited for without a thread: a signal that ends the run must end this as well."""
    loop = asyncio.get_running_loop()
    there = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), there.set)
    try:
        await there.wait()
    except asyncio.CancelledError:
        click.echo(err=True)
        raise
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()
