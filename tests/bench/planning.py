"""Planning a million rows against a million listed contacts, compared with bare polars code for the same comparison.

Both read the same CSV and the same listed contacts, check and normalise the addresses, find duplicates, join, and
compare eleven columns. The bare code ends with each row's verb in memory. The engine does more: it reads the file as
a person's file (encoding, dialect, ragged lines, SHA-256), checks every cell by kind, compares by meaning, keeps the
values before and after together with the row's own cells, saves the plan and seals it with a checksum. Each runs in a
process of its own, in turns.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import polars as pl

from ops.draft import PlanOptions, draft_rows
from ops.jobs import find_job
from ops.mapping import suggest
from ops.planner import against
from ops.sheet import read_sheet
from tests.bench.ground import child, folder, middle, peak_mib, table
from tests.bench.million import KINDS, VIEW, listed, write_contacts, write_people

ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def engine(place: Path) -> dict[str, int]:
    """As `make_plan`, once the account's contacts are listed."""
    job = find_job("contacts.upsert")
    current = listed(place / "contacts.parquet")
    sheet = read_sheet(place / "people.csv")
    draft = draft_rows(job, sheet, suggest(sheet.columns, VIEW.fields(job)), VIEW, PlanOptions())
    plan = against(draft, current, VIEW, reads=0).save(place / "plan.parquet")
    return {verb: count for verb, count in plan.counts.items() if count}


def bare(place: Path) -> dict[str, int]:
    """What a good engineer writes with polars for this file alone."""
    key = pl.col("email").str.strip_chars().str.to_lowercase().alias("key")
    now = pl.scan_parquet(place / "contacts.plain.parquet").with_columns(key).drop("email").unique("key", keep="first")
    joined = (
        pl.read_csv(place / "people.csv", infer_schema=False)
        .lazy()
        .with_row_index("row", 1)
        .with_columns(key)
        .with_columns(pl.col("key").is_duplicated().alias("double"), pl.col("key").str.contains(ADDRESS).alias("valid"))
        .join(now, on="key", how="left", maintain_order="left", suffix=".now")
    )
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}.now")) for name in KINDS)
    verb = (
        pl.when(~pl.col("valid") | pl.col("key").is_null())
        .then(pl.lit("invalid"))
        .when("double")
        .then(pl.lit("held"))
        .when(pl.col("uuid").is_null())
        .then(pl.lit("create"))
        .when(differs)
        .then(pl.lit("update"))
        .otherwise(pl.lit("same"))
    )
    done = joined.select("row", "key", "uuid", verb.alias("verb")).collect()
    return dict(done["verb"].value_counts().iter_rows())


CONTENDERS: dict[str, Callable[[Path], dict[str, int]]] = {"engine": engine, "bare": bare}


def measure(name: str, place: Path) -> dict[str, object]:
    """Let one contender plan in this process."""
    began = time.perf_counter()
    counts = CONTENDERS[name](place)
    return {"seconds": time.perf_counter() - began, "peak": peak_mib(), "counts": counts}


def main(rows: int = 1_000_000, rounds: int = 3) -> None:
    """Run the pairs and print the medians."""
    module = "tests.bench.planning"
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    peaks: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with folder() as place:
        child(module, "--make", rows, "--place", place)
        for _ in range(rounds):
            counts = []
            for name in CONTENDERS:
                found = child(module, "--as", name, "--place", place)
                seconds[name].append(found["seconds"])
                peaks[name].append(found["peak"])
                counts.append(found["counts"])
            assert counts[0] == counts[1], counts
    ratios = [mine / its for mine, its in zip(seconds["engine"], seconds["bare"], strict=True)]
    table(
        f"Planning {rows:,} rows against {rows:,} listed contacts, 11 columns compared, {rounds} pairs",
        [
            ("contender", "seconds, median", "peak MiB"),
            *((name, middle(seconds[name]), f"{median(peaks[name]):,.0f}") for name in CONTENDERS),
            ("ratio", middle(ratios), f"{median(peaks['engine']) / median(peaks['bare']):.2f}"),
        ],
    )


def _make(place: Path, rows: int) -> int:
    """The file and the listed contacts, in a process whose memory nobody counts."""
    write_people(place / "people.csv", rows, "email")
    write_contacts(place / "contacts.parquet", rows)
    write_contacts(place / "contacts.plain.parquet", rows, plain=True)
    return rows


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--as", dest="name", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make is not None:
        print(json.dumps(_make(given.place, given.make)))
    elif given.name is not None:
        print(json.dumps(measure(given.name, given.place)))
    else:
        main(given.rows, given.rounds)


if __name__ == "__main__":
    _main()
