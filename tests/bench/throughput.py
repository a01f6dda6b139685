"""Rows per second of a run against a bare loop over the same connections, and against the usual script.

The job: rows with ten attributes become contacts whose addresses are new: a find-or-create and a PUT a row, the
same two requests for every contender. All talk to one sandbox in another process and take turns, so that a ratio
compares what ran within the same minute. No rate limit, the journal on, on a disk.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ops.control import Control
from ops.draft import PlanOptions
from ops.jobs.base import State
from ops.leat.client import Connection, Reply, Wiring, http_transport
from ops.leat.pace import Pace
from ops.leat.profile import API_PATH, Account
from ops.leat.records import decode, encode
from ops.leat.requests import FindOrCreateContact, UpdateContact
from ops.planner import make_plan
from ops.report import report_ended
from ops.run import Ended, RunOptions, start_run
from ops.sheet import read_sheet
from tests.bench.ground import folder, middle, sandbox, table

Line = dict[str, str]
COLUMNS = ("firstname", "lastname", "address", "city", "postalcode", "phonenumber", "birthdate", "locale", "remarks")


def lines(tag: str, rows: int) -> list[Line]:
    """Rows whose addresses no other tag has."""
    return [
        {
            "email": f"{tag}.{n}@example.org",
            "firstname": f"Jan{n % 977}",
            "lastname": f"de Vries {n % 7919}",
            "address": f"Kerkstraat {n % 300}",
            "city": "Utrecht",
            "postalcode": f"{1000 + n % 8999} AB",
            "phonenumber": f"+316{n % 100_000_000:08d}",
            "birthdate": f"{1950 + n % 50}-0{1 + n % 9}-1{n % 10}",
            "locale": "nl",
            "remarks": f'opmerking {n}, "klant"',
            "customer_number": f"{n:06d}",
        }
        for n in range(rows)
    ]


def write(path: Path, rows: list[Line]) -> Path:
    """The rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def attributes(line: Line) -> Line:
    """A row without its address."""
    return {name: value for name, value in line.items() if name != "email" and value}


@dataclass
class Times:
    """Rows per second of one contender, a value a round."""

    whole: list[float] = field(default_factory=list)
    """From the file to the end."""
    sending: list[float] = field(default_factory=list)
    """The part that sends."""


async def engine(account: Account, path: Path, rows: int, workers: int) -> tuple[float, float]:
    """Read, plan, run and write the run's files; seconds in all, and of the run alone.

    The run's seconds hold everything `leatops run` does from a reviewed plan to the last row: checking the
    plan, claiming the run, asking whose account it is, the journal, the closing counts.
    """
    began = time.perf_counter()
    plan = await make_plan(
        "contacts.upsert",
        read_sheet(path),
        account,
        out=path.with_suffix(".parquet"),
        options=PlanOptions(rate=None),
    )
    planned = time.perf_counter()
    options = RunOptions(rate=None, workers=workers)
    ended: Ended | None = None
    async for moment in start_run(plan, account, path.with_suffix(".home"), options, Control()):
        if isinstance(moment, Ended):
            ended = moment
    ran = time.perf_counter()
    assert ended is not None
    assert ended.tally.counts[State.DONE] == rows, ended.tally
    assert ended.tally.requests == 2 * rows + 2
    report_ended(ended)
    return time.perf_counter() - began, ran - planned


async def spread(workers: int, rows: list[Line], work: Callable[[], Worker]) -> float:
    """Give the rows to workers one by one; seconds until the last is done."""
    left = iter(rows)

    async def hand() -> None:
        worker = work()
        for line in left:
            await worker.one(line)
        await worker.close()

    began = time.perf_counter()
    await asyncio.gather(*(hand() for _ in range(workers)))
    return time.perf_counter() - began


class Worker:
    """One worker of a bare loop."""

    async def one(self, line: Line) -> None:
        """Do a row."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError


class ConnectionWorker(Worker):
    """A loop over the engine's own `Connection`, without plan, journal and pace."""

    def __init__(self, wiring: Wiring) -> None:
        self.connection: Connection = wiring.connect()

    async def one(self, line: Line) -> None:
        """Find or create, then update."""
        after = attributes(line)
        found = await self.connection.send(FindOrCreateContact(line["email"], tuple(after)))
        assert isinstance(found, Reply), found
        done = await self.connection.send(UpdateContact(found.value.uuid, after))
        assert isinstance(done, Reply), done

    async def close(self) -> None:
        """Close the connection."""
        await self.connection.aclose()


class TransportWorker(Worker):
    """A loop over the engine's transport and nothing else: no checks of the URL or the answer, no time limit."""

    def __init__(self, account: Account) -> None:
        self.transport = http_transport()
        self.base = account.base_url + API_PATH
        self.headers = {
            "Authorization": f"Bearer {account.token.reveal()}",
            "Accept": "application/json",
            "User-Agent": "bench",
            "Content-Type": "application/json",
        }

    async def ask(self, method: str, path: str, content: bytes | None = None, **params: str) -> str:
        """Send one request; the uuid of the contact in the answer."""
        request = httpx.Request(method, self.base + path, params=params, headers=self.headers, content=content)
        response = await self.transport.handle_async_request(request)
        body = await response.aread()
        await response.aclose()
        assert response.status_code == 200, body
        uuid: str = decode(body, dict[str, Any])["data"]["uuid"]
        return uuid

    async def one(self, line: Line) -> None:
        """Find or create, then update."""
        uuid = await self.ask("GET", "/contacts/find-or-create", email=line["email"])
        await self.ask("PUT", f"/contacts/{uuid}", encode({"attributes": attributes(line)}))

    async def close(self) -> None:
        """Close the connection."""
        await self.transport.aclose()


async def usual_script(account: Account, path: Path) -> float:
    """What one would write in an hour: csv, one client, gather behind a semaphore; no record of what happened."""
    began = time.perf_counter()
    gate = asyncio.Semaphore(100)
    headers = {"Authorization": f"Bearer {account.token.reveal()}", "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=account.base_url + API_PATH, headers=headers, timeout=60) as client:

        async def one(line: Line) -> None:
            async with gate:
                found = await client.get("/contacts/find-or-create", params={"email": line["email"]})
                found.raise_for_status()
                uuid = found.json()["data"]["uuid"]
                done = await client.put(f"/contacts/{uuid}", json={"attributes": attributes(line)})
                done.raise_for_status()

        with path.open(encoding="utf-8", newline="") as file:
            await asyncio.gather(*(one(line) for line in csv.DictReader(file)))
    return time.perf_counter() - began


def one_round(account: Account, place: Path, number: int, rows: int, workers: int) -> dict[str, tuple[float, float]]:
    """Every contender once, each on rows of its own: seconds in all and of the sending."""
    files = {name: lines(f"{name}{number}", rows) for name in ("engine", "loop", "bare", "script")}
    paths = {name: write(place / f"{name}{number}.csv", files[name]) for name in ("engine", "script")}
    gc.collect()
    whole, sending = asyncio.run(engine(account, paths["engine"], rows, workers))
    gc.collect()
    wiring = Wiring(account, Pace(None))
    loop = asyncio.run(spread(workers, files["loop"], lambda: ConnectionWorker(wiring)))
    gc.collect()
    bare = asyncio.run(spread(workers, files["bare"], lambda: TransportWorker(account)))
    gc.collect()
    script = asyncio.run(usual_script(account, paths["script"]))
    return {"engine": (whole, sending), "loop": (loop, loop), "bare": (bare, bare), "script": (script, script)}


def main(rows: int = 3_000, rounds: int = 5, workers: int = 50) -> None:
    """Run the rounds and print the medians."""
    found: dict[str, Times] = {}
    for number in range(rounds + 1):
        # The first round warms up and is not counted; every round has a fresh account.
        some = rows if number else 200
        with sandbox() as account, folder() as place:
            for name, (whole, sending) in one_round(account, place, number, some, workers).items():
                times = found.setdefault(name, Times())
                if number:
                    times.whole.append(rows / whole)
                    times.sending.append(rows / sending)

    def ratio(over: str, *, whole: bool = False) -> str:
        mine = found["engine"].whole if whole else found["engine"].sending
        return middle([a / b for a, b in zip(mine, found[over].sending, strict=True)])

    table(
        f"Upserting {rows:,} new contacts, 2 requests a row, {workers} workers, {rounds} rounds",
        [
            ("contender", "rows/s, median", "engine's run to this", "engine all in to this"),
            ("engine, run", middle(found["engine"].sending), "", ""),
            ("engine, all in", middle(found["engine"].whole), "", ""),
            ("loop over Connection", middle(found["loop"].whole), ratio("loop"), ratio("loop", whole=True)),
            ("loop over the transport", middle(found["bare"].whole), ratio("bare"), ratio("bare", whole=True)),
            ("the usual script", middle(found["script"].whole), ratio("script"), ratio("script", whole=True)),
        ],
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=50)
    return parser.parse_args()


if __name__ == "__main__":
    main(**vars(_arguments()))
