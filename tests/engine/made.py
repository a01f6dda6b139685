"""Runs made without an account: a plan's file and a journal, as planning and running would have left them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from ops.events import ROW_STATE, Event, Mark
from ops.jobs.base import State
from ops.journal import Journal
from ops.plan import Plan, write_plan
from ops.plan_meta import MappedField, PlanMeta, Reads, Source
from ops.runs import RunFolder, Runs

ACCEPTED_AT = 1_700_000_000.0
"""2023-11-14T22:13:20Z."""
SCHEMA = {
    "row": pl.UInt32,
    "verb": pl.String,
    "key": pl.String,
    "target": pl.String,
    "before": pl.String,
    "after": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a plan."""

    verb: str
    key: str | None = None
    target: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan is made of."""

    job: str
    lines: Sequence[Line]
    cells: dict[str, list[str | None]] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    """Column to field."""
    options: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


def made_plan(path: Path, made: Made) -> Plan:
    count = len(made.lines)
    actions = pl.DataFrame(
        {
            "row": range(1, count + 1),
            "verb": [line.verb for line in made.lines],
            "key": [line.key for line in made.lines],
            "target": [line.target for line in made.lines],
            "before": [None] * count,
            "after": [None] * count,
            "reason": [line.reason for line in made.lines],
        },
        schema=SCHEMA,
    )
    cells = pl.DataFrame(made.cells, schema=dict.fromkeys(made.cells, pl.String))
    meta = PlanMeta(
        version=1,
        job=made.job,
        options=made.options,
        mapping=tuple(MappedField(column, name, "overwrite", "by name") for column, name in made.mapping.items()),
        kinds=made.kinds,
        source=Source("people.csv", hashlib.sha256(str(path).encode()).hexdigest(), tuple(made.cells)),
        base_url="http://127.0.0.1:1",
        shops=(),
        programs=(),
        account="sandbox",
        checksum="",
        made_at=ACCEPTED_AT,
        rows=count,
        verbs=dict(Counter(line.verb for line in made.lines)),
        writes=count,
        lookup=Reads("list", "it is shorter", 1),
        rate=None,
    )
    return write_plan(path, meta, actions, cells)


def step(
    row: int, number: int, name: str, state: Mark = Mark.DONE, *, uuid: str | None = None, card: str | None = None
) -> Event:  # fmt: skip
    """The outcome of a step's first attempt."""
    return Event(row, number, name, 1, state.value, uuid=uuid, card=card)


def ended(row: int, state: State = State.DONE, **values: Any) -> Event:
    """What became of a row."""
    return Event(row, ROW_STATE, "", 0, state.value, **values)


def made_run(home: Path, plan: Plan, *batches: Sequence[Event], **meta: str) -> RunFolder:
    """A run of a plan; each batch of events is a minute after the one before."""
    folder = Runs(home).claim(plan, {"account": "sandbox", **meta})
    for number, batch in enumerate(batches):
        at = ACCEPTED_AT + 60 * number
        journal = Journal.open(folder.journal_path, clock=lambda at=at: at)  # type: ignore[misc]
        journal.post(*batch)
        journal.close()
    return folder
