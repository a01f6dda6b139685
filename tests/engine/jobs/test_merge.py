"""`contacts.merge`: which rows may merge, what moves, and what a lost answer leaves for a person."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import ConsentError, MappingError, OptionError
from ops.jobs.base import Action, Finished, State, Verb
from ops.jobs.contacts_merge import MergeDuplicates
from ops.jobs.options import check_options
from ops.leat.records import Contact
from ops.leat.requests import GetContact, MergeContacts
from ops.sandbox import Fault
from tests.engine.jobs.trial import Trial, counts, job_of, lines_of, play, told, verdicts
from tests.sandbox.support import client_of

JOB = "contacts.merge"
HEADER = ("source", "destination")
ACTION = Action(1, Verb.MERGE, "a@x.nl", "u1", {}, {"merged_into": "u2"})
CHAIN = ("held", "chain")
WRONG = ("invalid", "wrong")
GOOD = ("merge", "")


async def test_by_uuid_and_address_in_any_mix_case_and_spelling(trial: Trial) -> None:
    """Each source goes up in its destination; balances and identifiers move."""
    people = trial.known(8, first=8)
    trial.sandbox.store.create("jan@müller.example")
    idn = trial.sandbox.store.find("jan@müller.example")
    for contact in people:
        contact.credits, contact.prepaid = 10, 250
    rows = [
        (people[0].uuid, people[1].uuid),
        (people[2].email.upper(), people[3].uuid),
        (people[4].uuid, f" {people[5].email.title()} "),
        (people[6].email, people[7].email),
        ("Jan@xn--mller-kva.example", people[7].uuid),
    ]
    plan = await trial.plan(JOB, HEADER, rows)
    assert verdicts(plan) == [GOOD] * 5
    assert plan.needs_count
    assert plan.meta.totals == {"credit_balance": 40, "prepaid_balance_in_cents": 1000, "contacts_with_a_tier": 0}
    assert plan.meta.notes[:2] == ("To move: 40 credits and € 10.00 of prepaid value.", "To end: 0 tiers.")
    assert "consent of a person who holds both addresses" in plan.meta.notes[2]
    first = lines_of(plan)[0]
    assert (first.target, first.after["merged_into"]) == (people[0].uuid, people[1].uuid)
    assert (first.before["source.email"], first.before["destination.credit_balance"]) == (people[0].email, 10)
    assert (first.after["destination.credit_balance"], first.after["destination.prepaid_balance_in_cents"]) == (20, 500)
    with pytest.raises(ConsentError):
        plan.raise_if_unsafe(agreed=True)
    report = await trial.run(plan)
    assert counts(report) == {"done": 5}
    ends = [people[n].uuid for n in (1, 3, 5, 7, 7)]
    assert told(report, "_uuid", "_steps") == [(uuid, "merge:done merged:done kept:done") for uuid in ends]
    assert [trial.contact(people[n].uuid) for n in (0, 2, 4, 6)] == [None] * 4
    assert trial.contact(idn.uuid) is None
    with client_of(trial.sandbox) as other:
        assert other.get(f"/contacts/{people[7].uuid}/credit-balance").json()["data"] == {"balance": 20}
    assert trial.sandbox.ledger.effects.merged == 5


async def test_a_contact_into_itself_and_circles_are_wrong(trial: Trial) -> None:
    """However the rows name it; and a row that leads into a circle is held."""
    a, b, c, d, e, f, g, h = trial.known(8)
    rows = [
        (a.uuid, a.email.upper()),
        (b.email, c.uuid),
        (c.email, b.email),
        (d.uuid, e.email),
        (e.uuid, f.uuid),
        (f.email, d.email),
        (g.uuid, d.uuid),
        (h.uuid, a.uuid),
    ]
    plan = await trial.plan(JOB, HEADER, rows)
    # Nobody ends in the first row, so that the last merges into a contact that stays.
    assert verdicts(plan) == [WRONG] * 6 + [CHAIN, GOOD]
    assert "one contact" in lines_of(plan)[0].reason
    assert "circle" in lines_of(plan)[1].reason


async def test_chains_are_held_as_a_whole(trial: Trial) -> None:
    """The order of rows would decide; several sources for one destination are no chain."""
    a, b, c, d, e, f = trial.known(6)
    plan = await trial.plan(JOB, HEADER, [(a.uuid, b.uuid), (b.email, c.uuid), (d.uuid, f.uuid), (e.uuid, f.email)])
    assert verdicts(plan) == [CHAIN, CHAIN, GOOD, GOOD]


async def test_an_address_of_two_contacts_is_ambiguous_on_either_side(trial: Trial) -> None:
    """Held, and neither called wrong nor a link of a chain on account of one of the two."""
    one, two = trial.namesakes()
    a, b, c = trial.known(3)
    rows = [(one.email, a.uuid), (b.uuid, two.email), (two.uuid, one.email), (a.uuid, c.uuid)]
    plan = await trial.plan(JOB, HEADER, rows)
    assert verdicts(plan) == [
        ("held", "source ambiguous"),
        ("held", "destination ambiguous"),
        ("held", "destination ambiguous"),
        GOOD,
    ]
    assert plan.meta.lookup.how == "list"


async def test_a_source_twice_or_a_side_that_is_not_there_is_held(trial: Trial) -> None:
    """Also when the two rows name the source in different ways."""
    a, b, c, d = trial.known(4)
    rows = [
        (a.email, b.uuid),
        (a.uuid, c.uuid),
        (c.email, d.uuid),
        (c.email.upper(), d.uuid),
        ("niemand@example.org", b.uuid),
        (d.uuid, "nobody"),
        (a.uuid, a.uuid),
    ]
    plan = await trial.plan(JOB, HEADER, rows)
    assert [line.why for line in lines_of(plan)] == [
        "the same contact stands in rows 1, 2 and 7",
        "the same source stands in rows 2 and 7",
        "the same contact stands in rows 3 and 4",
        "the same contact stands in rows 3 and 4",
        "source not found",
        "destination not found",
        "wrong",
    ]
    assert plan.acting == 0


async def test_what_has_gone_since_the_plan_is_held_and_nothing_is_sent(trial: Trial) -> None:
    """Either side."""
    a, b, c, d = trial.known(4)
    plan = await trial.plan(JOB, HEADER, [(a.uuid, b.uuid), (c.uuid, d.uuid)])
    trial.sandbox.store._remove(b)
    trial.sandbox.store._remove(c)
    trial.sandbox.ledger.reset()
    report = await trial.run(plan)
    assert [row[0] for row in told(report, "_message")] == [
        "destination not found: it has gone since the plan",
        "source not found: it has gone since the plan",
    ]
    assert trial.writes() == []


async def test_a_merge_whose_answer_is_lost_is_never_sent_again(trial: Trial) -> None:
    """Nobody knows whether it happened: it stands on the list for a person, in a resume, too."""
    a, b = trial.known(2)
    plan = await trial.plan(JOB, HEADER, [(a.uuid, b.uuid)])
    trial.sandbox.set_faults(Fault(kind="lost_after", endpoint="contacts.merge", times=1))
    report = await trial.run(plan)
    assert counts(report) == {"unknown": 1}
    assert counts(await trial.resume()) == {"unknown": 1}
    assert trial.sandbox.ledger.count("contacts.merge") == 1
    [doubt] = pl.read_csv(report.files.unknown, infer_schema=False).to_dicts()
    assert (doubt["_step"], doubt["source"]) == ("merge", a.uuid)


async def test_a_merge_that_is_not_seen_to_happen_is_not_done(trial: Trial) -> None:
    """Accepted is not merged."""
    a, b = trial.known(2)
    plan = await trial.plan(JOB, HEADER, [(a.uuid, b.uuid)])
    trial.sandbox.store._settling = lambda: 3600.0  # type: ignore[method-assign]
    patience = trial.patience(poll_limit=0.2)
    report = await trial.run(plan, patience=patience)
    assert told(report, "_status", "_message") == [("unknown", "merge accepted, not confirmed")]


def test_the_steps_wait_for_the_source_to_go_and_see_the_destination() -> None:
    """A source that is gone with a destination that is not there either is no merge."""
    gone, there = None, Contact("u2")
    asked, ended = play(job_of(JOB), ACTION, None, gone, there)
    assert asked[0] == MergeContacts("u1", "u2")
    assert [wait.read for wait in asked[1:]] == [GetContact("u1"), GetContact("u2")]
    assert [wait.reached(gone) for wait in asked[1:]] == [True, False]
    assert [wait.reached(there) for wait in asked[1:]] == [False, True]
    assert ended == Finished(State.DONE, "u2")


def test_the_second_look_is_at_both_sides() -> None:
    """One after the other."""
    asked, ended = play(job_of(JOB), ACTION, Contact("u1"), Contact("u2"), look=True)
    assert asked == [GetContact("u1"), GetContact("u2")]
    assert ended is None


async def test_both_columns_are_needed_and_options_are_checked(trial: Trial) -> None:
    """Said by name."""
    with pytest.raises(MappingError, match="source and destination"):
        await trial.plan(JOB, ("source",), [("a@x.nl",)])
    with pytest.raises(OptionError, match="duplicates=all is not possible: choose hold or first or last"):
        check_options(MergeDuplicates, {"duplicates": "all"})


def naive(edges: Sequence[tuple[str, str]]) -> list[str]:
    """Each row's fate, found by walking."""
    goes = {source: destination for source, destination in edges if source != destination}

    def circles(start: str) -> bool:
        place = goes.get(start)
        for _ in edges:
            if place == start:
                return True
            place = goes.get(place) if place is not None else None
        return False

    linked = {source for source in goes if source in goes.values()}

    def fate(source: str, destination: str) -> str:
        if source == destination:
            return "itself"
        if circles(source):
            return "circle"
        return "chain" if source in linked or destination in linked else ""

    return [fate(*edge) for edge in edges]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=14, unique_by=lambda edge: edge[0]))
@settings(max_examples=150, deadline=None)
def test_circles_and_chains_are_what_walking_finds(numbers: list[tuple[int, int]]) -> None:
    """For any rows with one destination each."""
    edges = [(f"u{a}", f"u{b}") for a, b in numbers]
    none = pl.lit(None, pl.String)
    rows = pl.DataFrame(
        {
            "row": range(1, len(edges) + 1),
            "target": [a for a, _ in edges],
            "destination.target": [b for _, b in edges],
        },
        schema={"row": pl.UInt32, "target": pl.String, "destination.target": pl.String},
    ).with_columns(
        error=none,
        hold=none,
        conflict=none,
        found=pl.lit(True),
        times=pl.lit(1, pl.UInt32),
        **{"destination.found": pl.lit(True), "destination.times": pl.lit(1, pl.UInt32)},
    )
    work = job_of(JOB)
    judged = work.relate(rows).select(
        pl.when(work.wrong().str.contains("one contact"))
        .then(pl.lit("itself"))
        .when(work.wrong().is_not_null())
        .then(pl.lit("circle"))
        .when(work.hold().is_not_null())
        .then(pl.lit("chain"))
        .otherwise(pl.lit(""))
    )
    assert judged.to_series().to_list() == naive(edges)
