"""The settings of a job: what they are called, which values they take, and the checked ones of a plan.

What a setting means stands in the file of its job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from ops.advice import Advice, choose
from ops.errors import OptionError
from ops.fields import Field, ParseOptions
from ops.leat.records import Named, Program
from ops.leat.requests import SAFE_ID


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a job, declared once for `--set`, `leatops jobs` and forms."""

    name: str
    help: str
    choices: tuple[str, ...] = ()
    default: str | None = None
    required: bool = False
    of: Literal["", "programs", "shops", "count", "amount", "id"] = ""
    """What a value without choices is: one of the account's, by uuid or name; a number of rows; an amount; an id."""


@dataclass(frozen=True, slots=True)
class Premises:
    """What a job's options are held against: the account's lists and the mapping."""

    programs: Sequence[Program] = ()
    shops: Sequence[Named] = ()
    attributes: Sequence[Field] = ()
    mapped: frozenset[str] = frozenset()
    """The fields that have a column."""
    cells: ParseOptions = ParseOptions()
    has_file: bool = True
    """Whether the rows come from a file."""


DUPLICATES: Final = Option(
    "duplicates",
    "what to do with rows that share a key: hold them all, or keep the first or the last",
    choices=("hold", "first", "last"),
    default="hold",
)


@dataclass(frozen=True, slots=True)
class JobOptions:
    """The options of one plan, checked and complete."""

    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values[name]


class Settable(Protocol):
    """What has settings: a job."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def options(self) -> tuple[Option, ...]:
        """Its settings."""


def check_options(job: Settable, given: Mapping[str, str]) -> JobOptions:
    """The options with their defaults.

    Raises:
        OptionError: An option is unknown, missing, or has a value that is not among its choices.
    """
    known = {option.name: option for option in job.options}
    for name, value in given.items():
        if name not in known:
            names = ", ".join(known)
            raise OptionError(f"{job.name} has no option {name!r}; it has: {names}.", option=name)
        choices = known[name].choices
        if choices and value not in choices:
            raise OptionError(f"{name}={value} is not possible: choose {' or '.join(choices)}.", option=name)
        if known[name].of == "id" and not SAFE_ID.fullmatch(value):
            raise OptionError(f"{name}={value!r} is not an id (letters, digits and hyphens, at most 64).", option=name)
    values: dict[str, str] = {}
    for option in job.options:
        value_or_none = given.get(option.name, option.default)
        if value_or_none is None and option.required:
            choices_text = "|".join(option.choices) or "…"
            needs = Advice(f"{job.name} needs ", choose(option.name, choices_text), f": {option.help}.")
            raise OptionError(needs, option=option.name)
        if value_or_none is not None:
            values[option.name] = value_or_none
    return JobOptions(values)
