"""`contacts.anonymous`: new contacts by identifier, and identifiers that cannot be used."""

from __future__ import annotations

import pytest

from ops.errors import MappingError
from ops.jobs.base import Action, Finished, State, Verb
from ops.leat.records import ContactRef, Holder, Identifier
from ops.leat.requests import CreateAnonymous, FindIdentifier
from ops.sandbox import Fault
from tests.engine.jobs.trial import Trial, counts, job_of, lines_of, play, told, verdicts
from tests.sandbox.support import client_of

JOB = "contacts.anonymous"
ACTION = Action(1, Verb.CREATE, "LC-1", None, {}, {})


async def test_each_identifier_gets_a_contact_of_its_own(trial: Trial) -> None:
    """New ones and those that lead nowhere yet; text as it stands."""
    rows = [("00123",), ("VRIJ0010000",), ("LC 9/é",)]
    plan = await trial.plan(JOB, ("identifier",), rows)
    assert verdicts(plan) == [("create", "")] * 3
    assert [line.key for line in lines_of(plan)] == [value for (value,) in rows]
    assert not plan.needs_count
    report = await trial.run(plan)
    assert counts(report) == {"done": 3}
    with client_of(trial.sandbox) as other:
        for (value,), (uuid, steps) in zip(rows, told(report, "_uuid", "_steps"), strict=True):
            found = other.get("/contact-identifiers/find", params={"contact_identifier_value": value}).json()["data"]
            assert (found["value"], found["contact"]["uuid"]) == (value, uuid)
            assert steps == "create_anonymous:done"
    assert trial.sandbox.ledger.effects.created == 3


async def test_identifiers_that_are_taken_inactive_doubled_or_missing_do_not_act(trial: Trial) -> None:
    """Each for its own reason."""
    [taken] = trial.anonymous(1)
    rows = [(taken.identifiers[0], "1"), ("OUD0010001", "2"), ("LC-1", "3"), ("LC-1", "4"), ("", "5")]
    plan = await trial.plan(JOB, ("identifier", "nr"), rows)
    assert [line.why for line in lines_of(plan)] == [
        "exists",
        "inactive",
        "the same identifier stands in rows 3 and 4",
        "the same identifier stands in rows 3 and 4",
        "identifier",
    ]
    assert [verb for verb, _ in verdicts(plan)] == ["held"] * 4 + ["invalid"]


@pytest.mark.parametrize("kind", ["lost_after", "lost_before", "500"])
async def test_a_lost_answer_is_read_back_by_the_identifier(trial: Trial, kind: str) -> None:
    """One contact, whatever was lost."""
    plan = await trial.plan(JOB, ("identifier",), [("LC-1",), ("LC-2",)])
    trial.sandbox.set_faults(Fault(kind=kind, endpoint="contacts.create_anonymous", first=2))  # type: ignore[arg-type]
    report = await trial.run(plan)
    assert counts(report) == {"done": 2}
    assert trial.sandbox.ledger.effects.created == 2
    for value, (uuid,) in zip(("LC-1", "LC-2"), told(report, "_uuid"), strict=True):
        assert trial.sandbox.store.identifiers[value].contact == uuid


async def test_an_identifier_that_was_linked_since_the_plan_is_a_strangers(trial: Trial) -> None:
    """Refused at the first attempt, held on a recheck; never taken for ours."""
    plan = await trial.plan(JOB, ("identifier",), [("LC-1",)])
    stranger = trial.sandbox.store.create_anonymous("LC-1")
    report = await trial.run(plan)
    assert told(report, "_status", "_code", "_uuid") == [("refused", "60014", None)]
    again = await trial.plan(JOB, ("identifier",), [("LC-2",)])
    other = trial.sandbox.store.create_anonymous("LC-2")
    report = await trial.run(again, recheck="always")
    assert told(report, "_status", "_uuid") == [("held", other.uuid)]
    assert stranger.uuid != other.uuid


def test_the_steps_and_the_second_look() -> None:
    """One create; the look goes on while the identifier leads nowhere."""
    asked, ended = play(job_of(JOB), ACTION, ContactRef("u1"))
    assert asked == [CreateAnonymous("LC-1")]
    assert ended == Finished(State.DONE, "u1")
    for found, state in (
        (None, None),
        (Identifier("LC-1"), None),
        (Identifier("LC-1", contact=Holder("u9")), State.HELD),
    ):
        asked, seen = play(job_of(JOB), ACTION, found, look=True)
        assert asked == [FindIdentifier("LC-1")]
        assert (seen and seen.state) is state


async def test_there_is_no_anonymous_contact_without_an_identifier(trial: Trial) -> None:
    """A second call would make a second one."""
    with pytest.raises(MappingError, match="identifier"):
        await trial.plan(JOB, ("name",), [("x",)])
