"""The steps of each job, fed by hand: no network, no event loop."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from ops.diff import Attribute
from ops.fields import Kind
from ops.jobs import JOBS
from ops.jobs.base import Action, Finished, Job, State, Verb
from ops.jobs.options import check_options
from ops.leat.records import Contact, ContactRef
from ops.leat.requests import (
    CreateContact,
    FindContact,
    FindOrCreateContact,
    FindOrCreateContactFast,
    GetContact,
    Request,
    UpdateContact,
)
from ops.mapping import Rule

REF = ContactRef("u1")


def job(name: str, **options: str) -> Job:
    kind = JOBS[name]
    return kind(
        check_options(kind, options), [Attribute("housenumber", Kind.NUMBER), Attribute("firstname", Kind.TEXT)]
    )


def new(**after: Any) -> Action:
    return Action(1, Verb.CREATE, "anna@example.org", None, {}, after)


def change(before: dict[str, Any], after: dict[str, Any]) -> Action:
    return Action(1, Verb.UPDATE, "anna@example.org", "u1", before, after)


def play(
    work: Job, action: Action, replies: Sequence[Any], *, look: bool = False
) -> tuple[list[Request[Any]], Finished | None]:
    """The requests of an action or of a second look at it, each answered with the next reply, and how it ended."""
    steps: Generator[Any, Any, Finished | None] = work.look_again(action) if look else work.steps(action)
    asked: list[Request[Any]] = []
    queue: list[Any] = [None, *replies]
    while True:
        try:
            asked.append(steps.send(queue.pop(0)))
        except StopIteration as stop:
            assert not queue, "every reply was used"
            return asked, stop.value


def test_create_makes_the_contact_and_then_sets_its_attributes() -> None:
    """Two requests; the attributes go to the uuid of the answer."""
    asked, ended = play(job("contacts.create"), new(firstname="Anna"), [REF, REF])
    assert asked == [CreateContact("anna@example.org"), UpdateContact("u1", {"firstname": "Anna"})]
    assert ended == Finished(State.DONE, "u1")


def test_create_without_attributes_is_one_request() -> None:
    """Nothing is sent that is not needed."""
    asked, _ = play(job("contacts.create"), new(), [REF])
    assert asked == [CreateContact("anna@example.org")]


def test_a_referral_code_goes_with_the_create_and_not_with_the_attributes() -> None:
    """It is no attribute."""
    asked, _ = play(job("contacts.create"), new(referral_code="FRIEND", firstname="Anna"), [REF, REF])
    assert asked == [CreateContact("anna@example.org", "FRIEND"), UpdateContact("u1", {"firstname": "Anna"})]


def test_a_fast_create_knows_that_its_contact_may_not_be_there_yet() -> None:
    """55031 on the update then means to wait."""
    asked, _ = play(job("contacts.create", mode="fast"), new(firstname="Anna"), [REF, REF])
    assert asked[0].path() == ("contacts", "async")
    assert asked[1].later() == {55031}


def test_upsert_of_a_new_address_finds_or_creates_and_sets_the_attributes() -> None:
    """The answer's values are those of a new contact: all empty."""
    asked, ended = play(job("contacts.upsert"), new(firstname="Anna"), [Contact("u1", values={"firstname": ""}), REF])
    assert asked == [
        FindOrCreateContact("anna@example.org", ("firstname",)),
        UpdateContact("u1", {"firstname": "Anna"}),
    ]
    assert ended == Finished(State.DONE, "u1")


def test_upsert_saves_the_update_when_the_contact_comes_as_wanted() -> None:
    """Somebody else may have made it in the meantime, exactly so."""
    asked, ended = play(job("contacts.upsert"), new(housenumber=12), [Contact("u1", values={"housenumber": "12"})])
    assert len(asked) == 1
    assert ended == Finished(State.DONE, "u1")


def test_a_fast_upsert_gets_the_uuid_alone() -> None:
    """The quick form answers with nothing to compare."""
    asked, _ = play(job("contacts.upsert", mode="fast"), new(firstname="Anna"), [REF, REF])
    assert asked[0] == FindOrCreateContactFast("anna@example.org")
    assert asked[1].later() == {55031}


def test_upsert_of_a_known_contact_is_one_update_of_what_differs() -> None:
    """It is known by its uuid since the plan."""
    asked, _ = play(job("contacts.upsert"), change({"firstname": "Ana"}, {"firstname": "Anna"}), [REF])
    assert asked == [UpdateContact("u1", {"firstname": "Anna"})]


def test_update_is_one_request() -> None:
    """By the target of the plan."""
    asked, ended = play(job("contacts.update"), change({"firstname": "Ana"}, {"firstname": "Anna"}), [REF])
    assert asked == [UpdateContact("u1", {"firstname": "Anna"})]
    assert ended == Finished(State.DONE, "u1")


@pytest.mark.parametrize(
    ("now", "state"),
    [({"firstname": "Ana"}, None), ({"firstname": "Anna"}, State.SAME), ({"firstname": "Anneke"}, State.HELD)],
)
def test_a_second_look_goes_on_with_what_is_as_planned_and_holds_what_has_changed(
    now: dict[str, Any], state: State | None
) -> None:
    """As planned: go on. Already as wanted: same. Changed meanwhile: held."""
    action = change({"firstname": "Ana"}, {"firstname": "Anna"})
    asked, ended = play(job("contacts.update"), action, [Contact("u1", values=now)], look=True)
    assert asked == [GetContact("u1", ("firstname",))]
    assert (ended and ended.state) is state


def test_a_second_look_holds_a_contact_that_has_gone() -> None:
    """An update cannot bring it back."""
    _, ended = play(job("contacts.update"), change({}, {"firstname": "Anna"}), [None], look=True)
    assert ended is not None
    assert ended.state is State.HELD


@pytest.mark.parametrize("name", ["contacts.create", "contacts.upsert"])
def test_a_second_look_holds_a_create_whose_address_exists_by_now(name: str) -> None:
    """It would write over a contact that nobody has looked at."""
    asked, ended = play(job(name), new(firstname="Anna"), [Contact("u9")], look=True)
    assert asked == [FindContact("anna@example.org")]
    assert ended == Finished(State.HELD, "u9", "exists: the address has come into the account since the plan")


def test_upsert_leaves_what_a_contact_came_with_under_if_empty() -> None:
    """Its own value, or the account's default: it is not empty any more."""
    kind = JOBS["contacts.upsert"]
    careful = kind(
        check_options(kind, {}), [Attribute("firstname", Kind.TEXT, Rule.IF_EMPTY), Attribute("city", Kind.TEXT)]
    )
    found = Contact("u1", values={"firstname": "Own choice", "city": ""})
    asked, _ = play(careful, new(firstname="Anna", city="Gent"), [found, REF])
    assert asked[1:] == [UpdateContact("u1", {"city": "Gent"})]
