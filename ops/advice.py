"""What a person can do next, named so that each door says it in its own words; without a door, in those of commands.

How the app says it stands in the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """Something that can be done."""

    name: str
    """A stable word for it."""
    command: str
    """How it is said where commands are typed."""
    values: tuple[str, ...] = ()
    """What it is about, such as an option."""


@dataclass(frozen=True, slots=True, init=False)
class Advice:
    """A text with ways in it; `str` of it has the words of the command line."""

    parts: tuple[str | Way, ...]

    def __init__(self, *parts: str | Way) -> None:
        object.__setattr__(self, "parts", parts)

    def said(self, words: Callable[[Way], str]) -> str:
        """The text, each way in the words of a door."""
        return "".join(words(part) if isinstance(part, Way) else part for part in self.parts)

    def __str__(self) -> str:
        return self.said(lambda way: way.command)


def set_to(option: str, *values: str) -> Way:
    """An option of the job set to one of these values."""
    return Way("set", "--set " + " or ".join(f"{option}={value}" for value in values), (option, *values))


def choose(option: str, what: str) -> Way:
    """An option of the job that has to be chosen; `what` stands for its value."""
    return Way("choose", f"--set {option}={what}", (option,))


def resume(run: str) -> Way:
    """Go on with a run."""
    return Way("resume", f"leatops resume {run}")


def resend(run: str) -> Way:
    """Send the refused steps of a run again."""
    return Way("resend", f"leatops resume {run} --refused")


def settle(run: str) -> Way:
    """Look back at the rows of a run that nobody knows about."""
    return Way("settle", f"leatops settle {run}")
