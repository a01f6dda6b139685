"""Why rows did not go well: those of one cause as one group, with an example and what to do next.

Pure over the frames of `outcomes`; where the groups are shown is not decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from ops.advice import Advice
from ops.events import Look
from ops.fields.text import shown_text
from ops.jobs.base import State
from ops.leat.codes import BLAMES
from ops.outcomes import is_spent, needs_a_look, was_for_nobody
from ops.plan import Plan
from ops.remedies import HELD_FOR_THE_ROW, Blame, next_step

MOST: Final = 200
"""So many groups are kept apart; the rarest of those beyond are one."""
OTHERS: Final = "other causes"
_LONGEST: Final = 200
"""Characters of a message that make its shape."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that did not go well for one reason."""

    blame: Blame
    cause: str
    """The shape of their messages: `…` and `#` stand for what differs from row to row."""
    code: int | None
    """The server's."""
    field: str | None
    """The column or attribute it is about, where the messages say so."""
    count: int
    row: int
    """The first of them, as an example."""
    message: str
    """What is said of it."""
    advice: Advice
    """What to do, in a sentence or two."""
    status: str = ""
    """What became of the rows."""
    look: str | None = None
    """What reading them back has shown."""
    spent: bool = False
    """Whether a step of theirs is done, or may be, that must not happen twice."""

    @property
    def next(self) -> str:
        """What to do, in the words of the command line."""
        return str(self.advice)

    def document(self) -> dict[str, Any]:
        """As it stands in `summary.json`."""
        return {
            "class": self.blame.value,
            "cause": self.cause,
            "code": self.code,
            "field": self.field,
            "count": self.count,
            "example": {"row": self.row, "message": self.message},
            "next": self.next,
        }

    def told(self) -> str:
        """The cause with the field it is about."""
        return self.cause if self.field is None or self.field in self.cause else f"{self.field}: {self.cause}"


_UUID: Final = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_SHAPES: Final = (
    (r"^(changed since the plan: )(.+?) was .* and is now .*$", "${1}${2} was … and is now …"),
    (r"( with \S+ =) .*(; plan again)$", "${1} …${2}"),
    (r" \([a-z_, ]+ was done before\)$", ""),
    # To the last quote: a text that holds one itself stands as it is.
    (r'".*"', '"…"'),
    (rf"\b{_UUID}\b", "…"),
    (r"""[^\s"'<>(),;:]+@[^\s"'<>(),;:]+""", "…"),
    (r"(^|[\s(\[=:])'[^']*'", "${1}'…'"),
    # Only rows that blank lines have shifted are told with their line.
    (r" \(line \d+\)", ""),
    # A number right after a bracket is a code or a status, the same for all rows of a cause.
    (r"(^|[^(\w])\d+(?:[.,:/-]\d+)*\b", "${1}#"),
    (r"#(?:, #)*(?: and #)?(?: more)?", "#"),
    (r"…(?:, …)+", "…"),
)
"""What differs from row to row in messages of one kind, and what stands for it."""
_MISMATCH: Final = (r"^read back: (.+?) is .*, not .*$", "read back: ${1} is …, not …")
_NAMED: Final = (
    r"\| ([^:|]{1,100}): ",
    r"^changed since the plan: (.+?) was ",
    r" with (\S+) = .*; plan again$",
)
"""Where a message names the attribute it is about."""
_KEY: Final = ("status", "look", "blame", "code", "field", "cause", "spent")
_NEVER_FOLDED: Final = ("status", "look", "blame")
"""What is the same for all rows of the rarest causes, too."""
_SCHEMA: Final = {
    "status": pl.String,
    "look": pl.String,
    "blame": pl.String,
    "code": pl.Int64,
    "field": pl.String,
    "cause": pl.String,
    "spent": pl.Boolean,
    "count": pl.UInt32,
    "row": pl.UInt32,
    "message": pl.String,
}


def shape(messages: pl.Expr) -> pl.Expr:
    """What messages of one cause have in common: their text without the values."""
    for pattern, instead in _SHAPES:
        messages = messages.str.replace_all(pattern, instead)
    return messages.str.slice(0, _LONGEST)


def triage(windows: Iterable[pl.DataFrame], plan: Plan, run: str) -> tuple[Group, ...]:
    """The groups of rows of `outcomes` that did not go well, the largest first."""
    sorting = Triage(plan, run)
    for window in windows:
        sorting.add(window)
    return sorting.groups()


class Triage:
    """Groups the rows of one run, a window at a time.

    Args:
        plan: What was run.
        run: Its id, for the commands that go on with it.
    """

    def __init__(self, plan: Plan, run: str) -> None:
        self._job = plan.job()
        self._run = run
        names = [shown_text(pair.column)[1:-1] for pair in plan.mapping.columns]
        names += [field.name for field in self._job.fields]
        either = "|".join(pl.escape_regex(name) for name in sorted(set(names), key=len, reverse=True))
        self._place = f"^({either}): "
        self._groups = pl.DataFrame(schema=_SCHEMA)
        self.looks: Counter[str] = Counter()
        """Rows by what reading them back has shown."""
        self.for_nobody = 0
        """Refused rows that were to erase somebody whom the account does not have."""

    def add(self, window: pl.DataFrame) -> None:
        """Take in a window of `outcomes`; windows come in order."""
        self.looks.update(window["look"].drop_nulls().to_list())
        self.for_nobody += window.filter(was_for_nobody(self._job)).height
        shaped = self._shaped(window)
        if not shaped.height:
            return
        first = shaped.group_by(_KEY, maintain_order=True).agg(
            pl.len().alias("count"), pl.col("row").first().cast(pl.UInt32), pl.col("message").first()
        )
        self._groups = _few(_merged(pl.concat([self._groups, first.select(_SCHEMA.keys())], how="vertical_relaxed")))

    def rows_of(self, group: Group, groups: Sequence[Group], window: pl.DataFrame) -> pl.DataFrame:
        """The rows of a window of `outcomes` that belong to a group, each with what is said of it.

        Args:
            group: One of the groups.
            groups: All of the run: of the rarest, only what is in no other can be told.
            window: Of the same run.
        """
        shaped, keys = self._shaped(window), _keys(groups)
        if group.cause == OTHERS:
            alike = _keys([group]).select(_NEVER_FOLDED)
            own = shaped.join(alike, on=_NEVER_FOLDED, how="semi", nulls_equal=True).join(
                keys, on=_KEY, how="anti", nulls_equal=True
            )
        else:
            own = shaped.join(_keys([group]), on=_KEY, how="semi", nulls_equal=True)
        return window.drop("message").join(own.select("row", "message"), on="row", maintain_order="left")

    def _shaped(self, window: pl.DataFrame) -> pl.DataFrame:
        """The rows that did not go well, each with what makes it one of a group."""
        bad = window.filter(needs_a_look() | pl.col("left").is_not_null())
        no_answer = pl.format("{}: no answer was seen", "open_step")
        said = bad.select(
            "row",
            "status",
            "look",
            pl.col("code").cast(pl.Int64),
            spent=is_spent(self._job),
            message=pl.coalesce("message", no_answer, pl.lit("no reason is known")),
        )
        return said.with_columns(
            blame=_blame(),
            field=pl.coalesce(
                _invalid(pl.col("message").str.extract(self._place, 1)), _differing(), *map(_named, _NAMED)
            ),
            cause=pl.col("message").str.replace(self._place, ""),
        ).with_columns(cause=shape(_mismatch(pl.col("cause"))))

    def groups(self) -> tuple[Group, ...]:
        """What was found, the largest group first."""
        found = self._groups.sort("count", "row", descending=[True, False]).iter_rows(named=True)
        return tuple(
            Group(
                Blame(one["blame"]),
                one["cause"],
                one["code"],
                one["field"],
                one["count"],
                one["row"],
                one["message"],
                next_step(self._job, self._run, one),
                one["status"],
                one["look"],
                one["spent"],
            )
            for one in found
        )


def _keys(groups: Sequence[Group]) -> pl.DataFrame:
    """What makes a row one of these groups."""
    keys = [(one.status, one.look, one.blame.value, one.code, one.field, one.cause, one.spent) for one in groups]
    return pl.DataFrame(keys, schema={name: _SCHEMA[name] for name in _KEY}, orient="row")


def _merged(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.group_by(_KEY, maintain_order=True).agg(
        pl.col("count").sum(), pl.col("row").first(), pl.col("message").first()
    )


def _few(groups: pl.DataFrame) -> pl.DataFrame:
    """The same rows in no more groups than are worth a look: messages may have as many shapes as there are rows."""
    if groups.height <= MOST:
        return groups
    rare = groups["count"].rank("ordinal", descending=True) >= MOST
    none = pl.lit(None)
    folded = groups.filter(rare).with_columns(
        code=none.cast(pl.Int64), field=none.cast(pl.String), cause=pl.lit(OTHERS), spent=pl.lit(value=False)
    )
    return _merged(pl.concat([groups.filter(~rare), folded]))


def _invalid(place: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("status") == State.INVALID.value).then(place)


def _named(pattern: str) -> pl.Expr:
    return pl.col("message").str.extract(pattern, 1)


def _mismatch(cause: pl.Expr) -> pl.Expr:
    differs = pl.col("look").eq_missing(pl.lit(Look.MISMATCH.value))
    return pl.when(differs).then(cause.str.replace(*_MISMATCH)).otherwise(cause)


def _differing() -> pl.Expr:
    differs = pl.col("look").eq_missing(pl.lit(Look.MISMATCH.value))
    return pl.when(differs).then(pl.col("message").str.extract(_MISMATCH[0], 1))


def _blame() -> pl.Expr:
    """The class of each row."""
    status, code = pl.col("status"), pl.col("code")
    held_for_the_row = pl.col("message").str.contains(HELD_FOR_THE_ROW)
    bad_id = code.is_null() & pl.col("message").str.contains("stand in a URL", literal=True)
    return (
        pl.when(status.is_in([State.UNKNOWN.value]))
        .then(pl.lit(Blame.UNKNOWN.value))
        .when((status == State.PENDING.value) | (pl.col("look") == Look.UNREAD.value))
        .then(pl.lit(Blame.PASSING.value))
        .when((status == State.INVALID.value) | ((status == State.HELD.value) & held_for_the_row) | bad_id)
        .then(pl.lit(Blame.ROW.value))
        .when(status.is_in([State.HELD.value, State.DONE.value]))
        .then(pl.lit(Blame.ACCOUNT.value))
        .otherwise(code.replace_strict(BLAMES, default=Blame.UNKNOWN.value, return_dtype=pl.String))
    )
