"""The memory of a process that runs a plan, by the number of rows: a hundred thousand against a million.

The real engine with its journal on a disk, over a transport that answers at once: a real server would only make
it last longer. Each run has a process of its own, which looks at its resident memory twenty times a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from pathlib import Path
from statistics import median

import psutil

from ops.control import Control
from ops.draft import PlanOptions, draft_rows
from ops.jobs import find_job
from ops.jobs.base import State
from ops.leat.profile import Account, Secret
from ops.mapping import suggest
from ops.plan import Plan
from ops.planner import against
from ops.report import report_ended
from ops.run import Ended, RunOptions, start_run
from ops.sheet import read_sheet
from tests.bench.ground import MIB, child, folder, table
from tests.bench.instant import InstantTransport
from tests.bench.million import VIEW, listed, write_contacts, write_people

MODULE = "tests.bench.running"


def make(place: Path, rows: int) -> Plan:
    """Save a plan of so many updates."""
    job = find_job("contacts.update")
    sheet = read_sheet(write_people(place / "people.csv", rows, "uuid"))
    current = listed(write_contacts(place / "contacts.parquet", rows, every=1))
    draft = draft_rows(job, sheet, suggest(sheet.columns, VIEW.fields(job)), VIEW, PlanOptions())
    return against(draft, current, VIEW, reads=0).save(place / "plan.parquet")


class Watch(threading.Thread):
    """Looks at the resident memory of this process until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[int] = []
        self.over = threading.Event()
        self._process = psutil.Process()

    def run(self) -> None:
        """Look."""
        while not self.over.wait(0.05):
            self.seen.append(self._process.memory_info().rss)


async def drive(plan: Plan, home: Path) -> Ended:
    """Run a plan to its end."""
    account = Account(VIEW.identity.base_url, Secret("bench"))
    options = RunOptions(rate=None, workers=50, transport=InstantTransport)
    ended: Ended | None = None
    async for moment in start_run(plan, account, home, options, Control()):
        if isinstance(moment, Ended):
            ended = moment
    assert ended is not None
    assert ended.tally.counts[State.DONE] == plan.meta.rows, ended.tally
    return ended


def measure(place: Path) -> dict[str, float]:
    """Run the plan in this process, then write the files of the run, and say what it took."""
    watch = Watch()
    watch.start()
    began, busy = time.perf_counter(), time.process_time()
    ended = asyncio.run(drive(Plan.load(place / "plan.parquet"), place / "home"))
    ran, cpu = time.perf_counter() - began, time.process_time() - busy
    seen = list(watch.seen)
    began = time.perf_counter()
    report_ended(ended)
    reported = time.perf_counter() - began
    watch.over.set()
    watch.join()
    return {
        "peak": max(seen) / MIB,
        "middle": median(seen) / MIB,
        "seconds": ran,
        "cpu": cpu,
        "report": reported,
        "report_peak": max(watch.seen) / MIB,
    }


def main(few: int = 100_000, many: int = 1_000_000) -> None:
    """Run both and print how they compare."""
    found = {}
    for rows in (few, many):
        with folder() as place:
            child(MODULE, "--make", rows, "--place", place)
            found[rows] = child(MODULE, "--place", place)
    columns = [
        ("rows", ""),
        ("peak MiB while running", "peak"),
        ("median MiB", "middle"),
        ("seconds", "seconds"),
        ("peak MiB with the run's files", "report_peak"),
        ("seconds for the files", "report"),
    ]
    keys = [key for _, key in columns[1:]]
    table(
        "Running updates over a transport that answers at once, 50 workers",
        [
            tuple(title for title, _ in columns),
            *((f"{rows:,}", *(f"{found[rows][key]:.1f}" for key in keys)) for rows in (few, many)),
            ("ratio", *(f"{found[many][key] / found[few][key]:.2f}" for key in keys)),
        ],
    )


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make is not None:
        print(json.dumps(make(given.place, given.make).acting))
    elif given.place is not None:
        print(json.dumps(measure(given.place)))
    else:
        main(given.few, given.many)


if __name__ == "__main__":
    _main()
