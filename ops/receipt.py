"""`receipt.json`: what a run can show for each erasure, without a word about the person.

When a request was accepted and when the contact was seen to be gone is in the journal; see `outcomes`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import polars as pl

from ops.events import Look
from ops.files import replacing
from ops.jobs.base import State
from ops.plan import INPUT, Plan
from ops.runs import RunFolder

STATES: Final = ("confirmed_gone", "accepted_not_confirmed", "not_erased", "unknown")
"""What a row's erasure has come to; `unknown` is a request of which nobody knows whether it was accepted."""
BY_HASH: Final = "its name is not kept: `sha256sum FILE` tells whether a file is the one"
UNTOUCHED: Final = "leatops does not touch files outside its home"


class Receipt:
    """A receipt as it grows; the rows lie on disk meanwhile, since their counts come before them."""

    def __init__(self, plan: Plan, rows: IO[bytes]) -> None:
        columns = [pl.col(INPUT + pair.column) for pair in plan.meta.mapping if pair.field == "reference"]
        self._reference = columns[0] if columns else pl.lit(None, pl.String)
        self._rows = rows
        self.counts = Counter(dict.fromkeys(STATES, 0))
        self._some = False

    def add(self, window: pl.DataFrame) -> None:
        """Take the outcomes of a window."""
        lines = window.select(
            "row",
            self._reference.alias("reference"),
            _moment("accepted_at").alias("accepted_at"),
            pl.when(_is_gone()).then(_moment("gone_at")).alias("confirmed_gone_at"),
            _state().alias("state"),
        )
        self.counts.update(dict(lines.group_by("state").len().iter_rows()))
        if lines.height:
            self._rows.write(b",\n    " if self._some else b"\n    ")
            self._rows.write(lines.write_ndjson().rstrip("\n").replace("\n", ",\n    ").encode())
            self._some = True


@contextmanager
def receipt_file(path: Path, folder: RunFolder, plan: Plan, left: Path | None = None) -> Iterator[Receipt]:
    """A receipt to fill with the outcomes of every window; it takes its name when all are in.

    Args:
        path: Where it is to lie.
        folder: The run.
        plan: What it runs.
        left: The plan file it was started from, if that could not be rid of the uuids.
    """
    with replacing(path) as file, tempfile.TemporaryFile(dir=path.parent) as rows:
        receipt = Receipt(plan, rows)
        yield receipt
        head = msgspec.json.format(msgspec.json.encode(_head(folder, plan, receipt.counts, left)), indent=2)
        file.write(head.removesuffix(b"\n}") + b',\n  "erasures": [')
        rows.seek(0)
        shutil.copyfileobj(rows, file)
        file.write(b"\n  ]\n}\n")


def _head(folder: RunFolder, plan: Plan, counts: Counter[str], left: Path | None) -> dict[str, Any]:
    started = datetime.fromtimestamp(folder.started, UTC)
    return {
        "run": folder.id,
        "job": plan.meta.job,
        "type": plan.meta.options.get("type"),
        "started": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rows": plan.meta.rows,
        **{name: counts[name] for name in STATES},
        "still_held_in": {
            "input": f"{plan.meta.made_from}; {BY_HASH}",
            "input_sha256": plan.meta.source.sha256,
            "note": UNTOUCHED,
            "home": held_in_home(folder, plan),
            **({"plan": str(left)} if left is not None else {}),
        },
    }


def held_in_home(folder: RunFolder, plan: Plan) -> list[str]:
    """The runs and plans named at planning that are still there: ids of runs, paths of plans as `nameless` has them."""
    runs = folder.path.parent
    return [where for where in plan.meta.traces if (runs / where).is_dir() or _is_there(where)]


def _is_there(where: str) -> bool:
    path = Path(where)
    return path.is_file() or ("*" in path.name and any(path.parent.glob(path.name)))


def _moment(name: str) -> pl.Expr:
    return pl.from_epoch((pl.col(name) * 1000).cast(pl.Int64), time_unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_gone() -> pl.Expr:
    """Seen to be gone, and not seen to be there when it was read back later."""
    return pl.col("gone_at").is_not_null() & pl.col("look").ne_missing(Look.MISMATCH.value)


def _state() -> pl.Expr:
    return (
        pl.when(_is_gone())
        .then(pl.lit("confirmed_gone"))
        .when(pl.col("accepted_at").is_not_null())
        .then(pl.lit("accepted_not_confirmed"))
        .when(pl.col("status") == State.UNKNOWN.value)
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("not_erased"))
    )
