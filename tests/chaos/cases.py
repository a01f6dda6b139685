"""What is besieged: for each job its file, how it is planned, and what the account must hold afterwards.

How it is killed stands in `siege`, what holds for every job in `verdict`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from tests.chaos.ground import World
from tests.chaos.verdict import Outcome, Verdict, judge_cards
from tests.engine.files import write_csv

Person = dict[str, Any]


@dataclass(slots=True)
class Case(ABC):
    """One job's file and its judge."""

    world: World
    rows: int
    seed: int
    before: dict[str, Person] = field(init=False)
    """The contacts there were, by uuid."""

    job: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ()
    requests_per_row: ClassVar[float]
    guarded: ClassVar[bool] = True
    readable: ClassVar[bool] = True
    """Whether settling can bring every row to an end."""

    def __post_init__(self) -> None:
        self.before = {one["uuid"]: one for one in self.world.contacts()}

    @classmethod
    def contacts(cls, rows: int) -> int:
        """How many contacts the account must begin with."""
        _ = rows
        return 200

    @abstractmethod
    def file(self, path: Path) -> Path:
        """Write the input."""

    @abstractmethod
    def judge(self, verdict: Verdict, outcome: Outcome) -> None:
        """Hold the account against what is said of the rows."""

    def alone(self) -> list[Person]:
        """Contacts who can be told by their address, known ones."""
        seen: dict[str, list[Person]] = {}
        for one in self.before.values():
            seen.setdefault(one["email"].lower(), []).append(one)
        known = [found[0] for found in seen.values() if len(found) == 1]
        return [one for one in known if not one["current_values"]["is_anonymous"]]


class Issue(Case):
    """Cards made, loaded and mailed."""

    job = "giftcards.issue"
    settings = ("--set", "program=Cadeaukaart", "--set", "shop=Webshop", "--set", "send=true")
    requests_per_row = 4.0

    def _cents(self) -> list[int]:
        dice = Random(self.seed)
        return [dice.randint(100, 5_000) for _ in range(self.rows)]

    def file(self, path: Path) -> Path:
        """New people, and amounts that differ."""
        self.cards_before = {card["uuid"] for card in self.world.cards()}
        lines = [(f"nieuw{n}@example.org", f"{cents / 100:.2f}") for n, cents in enumerate(self._cents())]
        return write_csv(path, ("email", "amount"), lines)

    def judge(self, verdict: Verdict, outcome: Outcome) -> None:
        """Each row one card with exactly its amount, each person one mail."""
        contacts = self.world.contacts()
        made = {card["uuid"]: card for card in self.world.cards() if card["uuid"] not in self.cards_before}
        judge_cards(verdict, list(made.values()), contacts, self.rows)
        emails = {one["uuid"]: one["email"] for one in contacts}
        wrong: list[str] = []
        for row, cents in zip(outcome.rows, self._cents(), strict=True):
            if row["_status"] == "done" and not self._is_right(row, cents, made, emails):
                wrong.append(row["_row"])
        verdict.none_of("done but not so", wrong)
        named = [row["_card"] for row in outcome.rows if row["_card"]]
        verdict.promise(len(named) == len(set(named)), "no card has two rows")
        verdict.promise(set(named) <= set(made), "every card named is there")
        lacking = sum(row["_step"] == "create_card" for row in outcome.doubts)
        verdict.promise(len(set(made) - set(named)) <= lacking, "no card is nobody's")
        kinds = {row["_step"] for row in outcome.doubts}
        verdict.promise(kinds <= {"send"}, f"only mails stay unknown, not {', '.join(sorted(kinds))}")
        verdict.figures["mails in doubt"] = sum(row["_step"] == "send" for row in outcome.doubts)

    def _is_right(self, row: dict[str, Any], cents: int, made: dict[str, Any], emails: dict[str, str]) -> bool:
        card = made.get(row["_card"])
        return (
            card is not None
            and card["amount_in_cents"] == cents
            and [each["amount_in_cents"] for each in card["transactions"]] == [cents]
            and card["transactions"][0]["custom_attributes"]["leatops"].endswith(f":{row['_row']}")
            and [emails.get(contact) for contact in card["mailed_to"]] == [row["email"]]
        )


class Upsert(Case):
    """New people with two attributes."""

    job = "contacts.upsert"
    requests_per_row = 2.0
    guarded = False

    def file(self, path: Path) -> Path:
        """People the account does not know."""
        lines = [(f"nieuw{n}@example.org", f"Zoë {n}", str(n % 90 + 1)) for n in range(self.rows)]
        return write_csv(path, ("email", "firstname", "housenumber"), lines)

    def judge(self, verdict: Verdict, outcome: Outcome) -> None:
        """Each once, with the values of the file."""
        found: dict[str, list[Person]] = {}
        for one in self.world.contacts():
            found.setdefault(one["email"], []).append(one["current_values"])
        verdict.none_of("made twice", [email for email, values in found.items() if email[:5] == "nieuw" and values[1:]])
        wrong = [
            row["_row"]
            for row in outcome.with_status("done")
            if [(v["firstname"], v["housenumber"]) for v in found.get(row["email"], [])]
            != [(row["firstname"], int(row["housenumber"]))]
        ]
        verdict.none_of("done but not so", wrong)
        verdict.promise(len(outcome.with_status("done")) == self.rows, "every row is done")


class Delete(Case):
    """People who are there, erased."""

    job = "contacts.delete"
    settings = ("--set", "type=GDPR")
    requests_per_row = 3.0

    @classmethod
    def contacts(cls, rows: int) -> int:
        """Some who stay, and some who cannot be told apart."""
        return rows * 3 // 2 + 50

    def file(self, path: Path) -> Path:
        """By uuid and address, with a reference."""
        self.wanted = self.alone()[: self.rows]
        lines = [(one["uuid"], one["email"], f"R-{n}") for n, one in enumerate(self.wanted)]
        return write_csv(path, ("uuid", "email", "reference"), lines)

    def judge(self, verdict: Verdict, outcome: Outcome) -> None:
        """Who is said to be gone is gone, and nobody else."""
        there = {one["uuid"] for one in self.world.contacts()}
        said = [self.wanted[int(row["_row"]) - 1]["uuid"] for row in outcome.with_status("done")]
        verdict.none_of("done but not so", [uuid for uuid in said if uuid in there])
        wanted = {one["uuid"] for one in self.wanted}
        verdict.none_of("others gone", [uuid for uuid in self.before if uuid not in there and uuid not in wanted])
        verdict.promise(len(said) == self.rows, "every row is done")


class Merge(Case):
    """Pairs of people made one."""

    job = "contacts.merge"
    requests_per_row = 5.0

    @classmethod
    def contacts(cls, rows: int) -> int:
        """Two a row, and some who stay."""
        return rows * 3 + 50

    def file(self, path: Path) -> Path:
        """By uuid."""
        people = self.alone()[: 2 * self.rows]
        self.pairs = list(zip(people[: self.rows], people[self.rows :], strict=True))
        return write_csv(path, ("source", "destination"), [(one["uuid"], two["uuid"]) for one, two in self.pairs])

    def judge(self, verdict: Verdict, outcome: Outcome) -> None:
        """The source is gone, what it held is with the destination once, and no merge was asked for twice."""
        there = {one["uuid"]: one["current_values"] for one in self.world.contacts()}
        wrong = [
            row["_row"]
            for row, (source, destination) in zip(outcome.rows, self.pairs, strict=True)
            if row["_status"] == "done"
            and (source["uuid"] in there or _credits(there, destination) != _held(source) + _held(destination))
        ]
        verdict.none_of("done but not so", wrong)
        paired = {one["uuid"] for one, _ in self.pairs}
        verdict.none_of("others gone", [uuid for uuid in self.before if uuid not in there and uuid not in paired])
        gone = sum(one["uuid"] not in there for one, _ in self.pairs)
        entries = self.world.ledger(last=10_000_000)["entries"]
        accepted = sum(entry["endpoint"] == "contacts.merge" and entry["committed"] for entry in entries)
        verdict.figures |= {"merged": gone, "merges accepted": accepted}
        verdict.promise(accepted == gone, f"merges asked for twice: {accepted - gone}")
        doubtful = [self.pairs[int(row["_row"]) - 1][0]["uuid"] for row in outcome.rows if row["_status"] == "unknown"]
        verdict.none_of("merged but unknown", [uuid for uuid in doubtful if uuid not in there])


def _held(person: Person) -> int:
    return int(person["current_values"]["loyalty_balance"])


def _credits(there: dict[str, dict[str, Any]], person: Person) -> int:
    values = there.get(person["uuid"])
    return -1 if values is None else int(values["loyalty_balance"])


CASES: dict[str, type[Case]] = {case.job: case for case in (Issue, Upsert, Delete, Merge)}
