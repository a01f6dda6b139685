"""Files and plans for the tests of the engine."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from ops.draft import PlanOptions
from ops.leat.profile import Account, Secret
from ops.mapping import Mapping
from ops.plan import Plan
from ops.planner import make_plan
from ops.run import RunOptions
from ops.sandbox import Sandbox
from ops.sheet import read_sheet

QUICK = RunOptions(rate=None, workers=20)


def account_of(sandbox: Sandbox) -> Account:
    return Account(sandbox.url, Secret(sandbox.token), "sandbox")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


async def plan_of(sandbox: Sandbox, job: str, file: Path, *, mapping: Mapping | None = None, **options: str) -> Plan:
    """A plan of a file, beside it, as fast as the sandbox answers."""
    return await make_plan(
        job,
        read_sheet(file),
        account_of(sandbox),
        out=file.with_suffix(f".{job}.plan.parquet"),
        mapping=mapping,
        options=PlanOptions(options=options, rate=None),
    )


def people(count: int, first: int = 0) -> list[tuple[str, str, str]]:
    """E-mail, first name, house number of people that no sandbox is seeded with."""
    return [(f"nieuw{n}@example.org", f"Zoë {n}", str(n % 90 + 1)) for n in range(first, first + count)]


HEADER = ("email", "firstname", "housenumber")
