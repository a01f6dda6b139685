"""What a person has chosen on the map screen, as values: which column fills which field, and how the job is set.

Every change makes a new value; nothing is drawn here and no row is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Values
from dataclasses import dataclass, field, replace
from typing import Self

from app.wording import told
from ops.draft import AccountView, PlanOptions
from ops.errors import LeatopsError
from ops.fields import Field, ParseOptions, dates_in_words
from ops.jobs import JOBS
from ops.jobs.base import Job
from ops.jobs.options import JobOptions, Option, Premises, check_options
from ops.mapping import MappedColumn, Mapping, Rule, choose, find_field, suggest

BY_HAND = "given"
"""Why a pair stands in a mapping that a person made."""
_HOW = {BY_HAND: "by hand", "same name": "~ same name", "usual name": "~ usual name"}
_RULES = tuple(Rule)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the job is set and how cells are read; what stands at its default is left away."""

    options: Values[str, str] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None

    def counted(self, job: type[Job], rows: int) -> Settings:
        """With the number of rows of a job that has no file."""
        return replace(self, options={**self.options, **dict.fromkeys(counts_of(job), str(rows))})

    def plan_options(self, rate: float) -> PlanOptions:
        """The same as planning takes it."""
        return PlanOptions(options=dict(self.options), dates=self.dates, decimal=self.decimal, rate=rate)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was chosen for one file, whether or not a plan could be made of it."""

    job: type[Job] | None = None
    """None where nobody has seen one yet."""
    settings: Settings = field(default_factory=Settings)
    mappings: Values[str, Mapping] = field(default_factory=dict)
    """By job."""


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the file as the table shows it."""

    column: str
    field: str = ""
    """Empty when the column is left out."""
    rule: str = ""
    """Empty for a field that has none."""
    how: str = "left out"
    """How the pair came about; `~` marks what is only suggested."""

    @property
    def suggested(self) -> bool:
        """Nobody has chosen it yet."""
        return self.how.startswith("~")


@dataclass(frozen=True, slots=True)
class Choices:
    """The columns of one file mapped for one job; no field is taken twice."""

    job: type[Job]
    columns: tuple[str, ...]
    fields: tuple[Field, ...]
    suggested: Mapping
    """What a column goes back to."""
    mapping: Mapping
    view: AccountView

    @classmethod
    def begin(
        cls, job: type[Job], columns: tuple[str, ...], view: AccountView, remembered: Mapping | None = None
    ) -> Self:
        """As the headers suggest, or as it was chosen before for such a file."""
        fields = view.fields(job)
        suggested = suggest(columns, fields, remembered)
        return cls(job, columns, fields, suggested, suggested, view)

    def lacks(self, options: Values[str, str]) -> str:
        """The fields that no column fills, though each row needs them; empty when none is missing."""
        needs, mapped = self.job.row_needs(JobOptions(options)), {pair.field for pair in self.mapping.columns}
        enough = not needs or any(set(each) <= mapped for each in needs)
        return "" if enough else " or ".join(" and ".join(each) for each in needs)

    def carry(self, other: Choices) -> Self:
        """With what was chosen by hand for another job, as far as it fits this one."""
        made = self
        for pair in other.mapping.columns:
            if pair.why == BY_HAND and find_field(pair.field, made.fields) is not None:
                made = made.put(pair.column, pair.field, pair.rule)
        for column in other.mapping.left_out(other.columns):
            if other.suggested.of_column(column) is not None:
                made = made.leave_out(column)
        return made

    def fit(self, written: Mapping) -> Self:
        """A written mapping instead.

        Raises:
            MappingError: It does not fit the file or the fields.
        """
        return replace(self, mapping=choose(self.columns, self.fields, written=written))

    def put(self, column: str, name: str, rule: Rule | None = None) -> Self:
        """A column to a field, taken from the column that had it; its rule stays where it can.

        A field whose name ends with `*` is completed with the column's own name.
        """
        if name.endswith("*"):
            prefix = name[:-1]
            name = prefix + column.strip().removeprefix(prefix)
        before = self.mapping.of_column(column)
        wanted = rule or (before.rule if before is not None else Rule.OVERWRITE)
        return self._with(MappedColumn(column, name, wanted if self._has_rule(name) else Rule.OVERWRITE, BY_HAND))

    def leave_out(self, column: str) -> Self:
        """A column to nothing."""
        return self._of(pair for pair in self.mapping.columns if pair.column != column)

    def go_back(self, column: str) -> Self:
        """A column as it was suggested."""
        pair = self.suggested.of_column(column)
        return self.leave_out(column) if pair is None else self._with(pair)

    def next_rule(self, column: str) -> Self:
        """The next write rule of a column; the same where there is none."""
        pair = self.mapping.of_column(column)
        if pair is None or not self._has_rule(pair.field):
            return self
        following = _RULES[(_RULES.index(pair.rule) + 1) % len(_RULES)]
        return self._with(replace(pair, rule=following, why=BY_HAND))

    def lines(self) -> list[Line]:
        """Every column in the file's order."""
        pairs = {pair.column: pair for pair in self.mapping.columns}
        return [self._line(column, pairs.get(column)) for column in self.columns]

    def unset(self, settings: Settings) -> Option | None:
        """The first option that must be chosen and is not."""
        needed = (option for option in self.job.options if option.required and option.default is None)
        return next((option for option in needed if option.name not in settings.options), None)

    def blocked(self, settings: Settings, *, has_file: bool = True) -> str:
        """Why no plan can be made of this, in words; empty when one can."""
        if lacking := self.lacks(settings.options):
            return f"No column fills {lacking}: map one."
        if (option := self.unset(settings)) is not None:
            return f"Choose {option.name}: {option.help}."
        try:
            options = check_options(self.job, settings.options)
            self.mapping.resolve(self.columns, self.fields)
            cells = ParseOptions(settings.dates, settings.decimal)
            if settings.dates is not None:
                dates_in_words(settings.dates)
            mapped, view = frozenset(pair.field for pair in self.mapping.columns), self.view
            premises = Premises(view.programs, view.shops, view.attributes, mapped, cells, has_file)
            self.job.settle(options, premises)
        except LeatopsError as error:
            return told(error)
        return ""

    def _line(self, column: str, pair: MappedColumn | None) -> Line:
        if pair is None:
            return Line(column)
        rule = pair.rule.value if self._has_rule(pair.field) else ""
        return Line(column, pair.field, rule, _HOW.get(pair.why, pair.why))

    def _has_rule(self, name: str) -> bool:
        known = find_field(name, self.fields)
        return known is not None and known.attribute

    def _with(self, new: MappedColumn) -> Self:
        kept = [pair for pair in self.mapping.columns if new.column != pair.column and new.field != pair.field]
        return self._of([*kept, new])

    def _of(self, pairs: Iterable[MappedColumn]) -> Self:
        order = {column: position for position, column in enumerate(self.columns)}
        return replace(self, mapping=Mapping(tuple(sorted(pairs, key=lambda pair: order[pair.column]))))


def counts_of(job: type[Job]) -> list[str]:
    """The options that say how many rows there are without a file; none of a job that needs one."""
    return [option.name for option in job.options if option.of == "count"]


def fitting(usual: type[Job], columns: tuple[str, ...], view: AccountView) -> type[Job]:
    """The usual job if its rows can be filled by what the headers suggest, else the first job of which that is so."""
    jobs = (usual, *JOBS.values())
    return next((job for job in jobs if not Choices.begin(job, columns, view).lacks({})), usual)
