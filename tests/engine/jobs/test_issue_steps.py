"""The steps of `giftcards.issue` and its second look, fed by hand."""

from __future__ import annotations

from dataclasses import replace

from ops.jobs.base import Action, Finished, State, Verb
from ops.leat.records import Card, Contact, Transaction
from ops.leat.requests import CreateCard, FindContact, FindOrCreateContact, GetContact, PutValue, SendCard
from tests.engine.jobs.trial import job_of, play

JOB = "giftcards.issue"
SUBSCRIBED = {"@subscriptions": [{"name": "Cadeaukaarten", "subscribed": True}]}
NEVER = {"@subscriptions": [{"name": "Cadeaukaarten", "subscribed": False}]}
LOOKS = ("@subscriptions",)


def test_the_steps_are_the_contact_the_card_its_value_and_its_mail() -> None:
    """Each by the uuid of the one before; the mail that finds no subscriber is never reached."""
    work = job_of(JOB, program="p1", shop="s1", send="true", email_uuid="e1")
    after = {"amount_in_cents": 500, "mailed_to": "a@x.nl", "merge_tags": {"custom.x": "y"}}
    action = Action(3, Verb.ISSUE, "a@x.nl", None, {}, after, "run")
    card, value = Card("c1", 0), Transaction("t1", 500)
    asked, ended = play(work, action, Contact("u1", values=SUBSCRIBED), card, value, None)
    assert asked == [
        FindOrCreateContact("a@x.nl", LOOKS),
        CreateCard("p1"),
        PutValue("c1", 500, "s1", "run:3"),
        SendCard("c1", "u1", "e1", {"custom.x": "y"}),
    ]
    assert ended == Finished(State.DONE, "u1", card="c1")
    asked, ended = play(work, action, Contact("u1", values=NEVER))
    assert len(asked) == 1
    assert ended is not None
    assert (ended.state, ended.uuid) == (State.HELD, "u1")
    asked, _ = play(work, replace(action, target="u2"), card, value, None)
    assert asked[0] == CreateCard("p1")
    asked, ended = play(job_of(JOB, program="p1"), replace(action, after={}), card)
    assert asked == [CreateCard("p1")]
    assert ended == Finished(State.DONE, card="c1")


def test_the_second_look_is_at_who_gets_the_mail() -> None:
    """A contact that has come since the plan may have the card, if it takes mails; blank cards look at nobody."""
    work = job_of(JOB, program="p1", send="true")
    new = Action(1, Verb.ISSUE, "a@x.nl", None, {}, {})
    assert play(work, new, None, look=True) == ([FindContact("a@x.nl", LOOKS)], None)
    assert play(work, new, Contact("u1", values=SUBSCRIBED), look=True)[1] is None
    for reply in (None, Contact("u1", values=NEVER)):
        asked, ended = play(work, replace(new, target="u1"), reply, look=True)
        assert asked == [GetContact("u1", LOOKS)]
        assert ended is not None
        assert ended.state is State.HELD
    assert play(job_of(JOB, program="p1"), replace(new, key=""), look=True) == ([], None)
