"""What a siege came to: figures, and what was promised and not kept.

The server's own ledger is the judge; the files of the run are only held against it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

STATES = ("done", "same", "invalid", "held", "refused", "unknown", "pending")
LEAST_DONE = 0.8


@dataclass(slots=True)
class Verdict:
    """Counted things and broken promises."""

    figures: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def promise(self, kept: object, what: str) -> None:
        """Note what was promised if it was not kept."""
        if not kept:
            self.broken.append(what)

    def none_of(self, name: str, found: list[str]) -> None:
        """Note a figure that must be 0, with the first few that it counts."""
        self.figures[name] = len(found)
        self.promise(not found, f"{name}: {len(found)}, such as {', '.join(found[:3])}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The files of a run, as a person has them."""

    rows: list[dict[str, Any]]
    """`results.csv`."""
    doubts: list[dict[str, Any]]
    """`unknown.csv`."""
    counts: dict[str, int]

    @classmethod
    def read(cls, document: dict[str, Any]) -> Outcome:
        """Of the document that a command ended with."""
        return cls(_table(document["files"]["results"]), _table(document["files"]["unknown"]), document["counts"])

    def with_status(self, status: str) -> list[dict[str, Any]]:
        """The rows that are said to be so."""
        return [row for row in self.rows if row["_status"] == status]


def _table(path: str) -> list[dict[str, Any]]:
    return pl.read_csv(Path(path), infer_schema=False).to_dicts()


def judge_files(verdict: Verdict, outcome: Outcome, rows: int) -> None:
    """Every row is on one list, each doubt is listed with its step and since when, and enough is done."""
    counted = Counter(row["_status"] for row in outcome.rows)
    verdict.figures |= {"rows": rows, "done": counted["done"], "unknown": counted["unknown"]}
    verdict.promise([row["_row"] for row in outcome.rows] == [str(n) for n in range(1, rows + 1)], "every row once")
    verdict.promise(set(outcome.counts) == set(STATES) and sum(outcome.counts.values()) == rows, "the lists add up")
    verdict.promise(counted == Counter(outcome.counts), "results.csv and the counts agree")
    listed = {row["_row"] for row in outcome.doubts if row["_step"] and row["_since"]}
    verdict.promise(listed == {row["_row"] for row in outcome.with_status("unknown")}, "every doubt is listed")
    verdict.promise(counted["done"] >= LEAST_DONE * rows, f"at least {LEAST_DONE:.0%} done")
    verdict.promise(not counted["pending"], "nothing is pending")


def judge_ledger(verdict: Verdict, ledger: dict[str, Any]) -> None:
    """Nothing was sent that breaks the API's rules."""
    verdict.figures |= {"requests": ledger["requests"], "writes": ledger["writes"]}
    verdict.figures["faults"] = sum(ledger["by_fault"].values())
    verdict.none_of("violations", [str(each) for each in ledger["violations"]])


def judge_cards(verdict: Verdict, cards: list[dict[str, Any]], contacts: list[dict[str, Any]], rows: int) -> None:
    """What anybody can see who counts: cards, their value, and mails."""
    who = {contact["uuid"]: contact["email"] for contact in contacts}
    mailed = Counter(who.get(contact, contact) for card in cards for contact in card["mailed_to"])
    verdict.figures |= {"cards": len(cards), "mails": sum(mailed.values())}
    verdict.figures["extra cards"] = max(0, len(cards) - rows)
    verdict.promise(len(cards) <= rows, f"extra cards: {len(cards) - rows}")
    verdict.none_of("loaded twice", [card["uuid"] for card in cards if len(card["transactions"]) > 1])
    verdict.none_of("mailed twice", [email for email, times in mailed.items() if times > 1])
