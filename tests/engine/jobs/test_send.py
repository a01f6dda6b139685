"""`giftcards.send`: which cards are mailed to whom, each once, and that no hash is kept."""

from __future__ import annotations

import pytest

from ops.errors import ConsentError, OptionError
from ops.jobs.base import Action, Finished, State, Verb
from ops.leat.records import Card, Contact
from ops.leat.requests import GetCard, GetContact, SendCard
from ops.mapping import MappedColumn, Mapping
from ops.plan import MASK
from ops.sandbox import Fault
from ops.sandbox.account import EMAILS
from tests.engine.jobs.trial import GIFT_MAILS, Trial, all_files, counts, job_of, lines_of, play, told, verdicts
from tests.engine.jobs.trial import parquet_cells as cells_of

JOB = "giftcards.send"
HEADER = ("uuid", "hash", "contact", "email")
AFTER = {"amount_in_cents": 500, "mailed_to": "u1", "merge_tags": {"custom.name": "Jan"}}
ACTION = Action(1, Verb.SEND, "a@x.nl", "c1", {"amount_in_cents": 500}, AFTER)
SUBSCRIBED = {"@subscriptions": [{"name": "Cadeaukaarten", "subscribed": True}]}


async def test_by_uuid_or_hash_to_a_contact_or_an_address(trial: Trial) -> None:
    """Each is mailed once, with its texts; the results name the card and the contact."""
    cards, people = trial.sandbox.store.cards.all[:4], trial.takers(4)
    rows = [
        (cards[0].uuid, "", people[0].uuid, "", "Jan"),
        ("", cards[1].hash, "", people[1].email.upper(), "=1+1"),
        (cards[2].uuid, "", "", people[2].email, ""),
        (cards[3].uuid, cards[3].hash, people[3].uuid, people[3].email, "Pia"),
    ]
    plan = await trial.plan(JOB, (*HEADER, "custom.name"), rows)
    assert verdicts(plan) == [("send", "")] * 4
    assert plan.needs_count
    total = sum(card.amount for card in cards)
    assert plan.meta.totals == {"cards": 4, "amount_in_cents": total}
    assert plan.meta.notes[0] == f"4 cards worth € {total / 100:,.2f} in total to be mailed."
    assert lines_of(plan)[0].after["merge_tags"] == {"custom.name": "Jan"}
    assert "merge_tags" not in lines_of(plan)[2].after
    blank = [problem.row for problem in plan.meta.problems if "nothing on it" in problem.message]
    assert blank == [n for n, card in enumerate(cards, 1) if card.amount == 0]
    with pytest.raises(ConsentError):
        plan.raise_if_unsafe(agreed=True)
    report = await trial.run(plan)
    assert counts(report) == {"done": 4}
    assert told(report, "_uuid", "_card", "_steps") == [
        (person.uuid, card.uuid, "send:done") for card, person in zip(cards, people, strict=True)
    ]
    sent = {mail.card: mail for mail in trial.sandbox.store.cards.mails}
    assert len(trial.sandbox.store.cards.mails) == 4
    tags = [sent[card.uuid].merge_tags for card in cards]
    assert tags == [{"custom.name": "Jan"}, {"custom.name": "=1+1"}, {}, {"custom.name": "Pia"}]


async def test_no_hash_is_kept_whatever_becomes_of_its_row(trial: Trial) -> None:
    """Sent, not known, in conflict, doubled, damaged: the plan and every file of the home hold the uuid or a mask."""
    cards, people = trial.sandbox.store.cards.all[:6], trial.takers(6)
    codes = [card.hash for card in cards[:3]] + ["NIETBEKEND99", cards[4].hash, cards[4].hash, "STUK\x07KAPOT77"]
    rows = [("" if n != 2 else cards[3].uuid, code, people[n % 6].uuid, "") for n, code in enumerate(codes)]
    plan = await trial.plan(JOB, HEADER, rows)
    assert verdicts(plan) == [
        ("send", ""),
        ("send", ""),
        ("held", "conflict"),
        ("held", "not found"),
        ("held", "the same hash stands in rows 5 and 6"),
        ("held", "the same hash stands in rows 5 and 6"),
        ("invalid", "hash"),
    ]
    trial.sandbox.set_faults(Fault(kind="lost_after", endpoint="giftcards.send", times=1))
    report = await trial.run(plan)
    assert counts(report) == {"done": 1, "held": 4, "invalid": 1, "unknown": 1}
    assert set(report.results["hash"].to_list()) == {MASK}
    parts = [*codes[:6], "KAPOT77", *(card.hash for card in cards)]
    assert not [part for part in parts if part in cells_of(plan)]
    held = all_files(trial.home)
    assert len(held) >= 8
    assert not [(path, part) for path, text in held.items() for part in parts if part.encode() in text]


async def test_a_hash_in_a_column_of_another_name_is_masked_too(trial: Trial) -> None:
    """By its field, not its header."""
    card, [person] = trial.sandbox.store.cards.all[0], trial.takers(1)
    mapping = Mapping((MappedColumn("Code", "hash"), MappedColumn("Aan", "contact")))
    plan = await trial.plan(JOB, ("Code", "Aan"), [(card.hash, person.uuid)], mapping=mapping)
    assert (verdicts(plan), card.hash in cells_of(plan)) == ([("send", "")], False)


async def test_what_cannot_be_mailed_is_held(trial: Trial) -> None:
    """No such card or contact, a card out of use, a contact who takes no such mails, an address of two contacts."""
    store = trial.sandbox.store
    cards, people = store.cards.all[:6], trial.takers(5)
    cards[1].active = False
    people[2].subscriptions = 0
    people[3].subscriptions = 1 << 1
    rows = [
        ("nobody", "", people[0].uuid, ""),
        (cards[1].uuid, "", people[1].uuid, ""),
        (cards[2].uuid, "", people[2].uuid, ""),
        (cards[3].uuid, "", "", people[3].email),
        (cards[4].uuid, "", "", "niemand@example.org"),
        (cards[5].uuid, "", "", trial.namesakes()[0].email),
        (cards[0].uuid, "", people[4].uuid, people[0].email),
        ("", "", people[4].uuid, ""),
    ]
    plan = await trial.plan(JOB, HEADER, rows)
    assert [line.why for line in lines_of(plan)] == [
        "not found",
        "inactive",
        "unsubscribed",
        "unsubscribed",
        "not found",
        "ambiguous",
        "conflict",
        "uuid",
    ]
    assert plan.acting == 0


async def test_one_card_goes_to_one_person(trial: Trial) -> None:
    """A card in two rows is held, named by uuid and by hash; two cards for one person are fine."""
    one, two, three = trial.sandbox.store.cards.all[:3]
    first, second = trial.takers(2)
    rows = [
        (one.uuid, "", first.uuid, ""),
        ("", one.hash, second.uuid, ""),
        (two.uuid, "", first.uuid, ""),
        (three.uuid, "", "", first.email),
    ]
    plan = await trial.plan(JOB, HEADER, rows)
    assert [line.why for line in lines_of(plan)] == ["the same card stands in rows 1 and 2"] * 2 + ["", ""]


async def test_what_has_changed_since_the_plan_is_held_on_a_recheck(trial: Trial) -> None:
    """The amount, the state of the card, the subscription, the contact, the card."""
    store = trial.sandbox.store
    cards, people = store.cards.all[:5], trial.takers(5)
    plan = await trial.plan(JOB, HEADER, [(c.uuid, "", p.uuid, "") for c, p in zip(cards, people, strict=True)])
    cards[0].amount += 100
    cards[1].active = False
    people[2].subscriptions &= ~GIFT_MAILS
    store._remove(people[3])
    del store.cards.by_uuid[cards[4].uuid]
    trial.sandbox.ledger.reset()
    report = await trial.run(plan, recheck="always")
    assert [(why or "").split(":")[0] for (why,) in told(report, "_message")] == [
        "changed since the plan",
        "inactive",
        "unsubscribed",
        "not found",
        "not found",
    ]
    assert trial.writes() == []
    assert told(report, "_card") == [(card.uuid,) for card in cards]


async def test_a_mail_whose_answer_is_lost_is_never_sent_again(trial: Trial) -> None:
    """It cannot be read back: it stands on the list for a person, and no second try is offered."""
    card, [person] = trial.sandbox.store.cards.all[0], trial.takers(1)
    plan = await trial.plan(JOB, HEADER, [(card.uuid, "", person.uuid, "")])
    trial.sandbox.set_faults(Fault(kind="lost_after", endpoint="giftcards.send"))
    report = await trial.run(plan)
    assert counts(report) == {"unknown": 1}
    trial.sandbox.set_faults()
    assert counts(await trial.resume(retry_refused=True)) == {"unknown": 1}
    assert len(trial.sandbox.store.cards.mails) == 1
    assert not report.has_retry


async def test_the_mail_is_chosen_by_an_option(trial: Trial) -> None:
    """One that is no gift card mail is refused, row by row."""
    cards, people = trial.sandbox.store.cards.all[:2], trial.takers(2)
    plan = await trial.plan(JOB, HEADER, [(cards[0].uuid, "", people[0].uuid, "")], email_uuid=EMAILS[0].uuid)
    assert counts(await trial.run(plan)) == {"done": 1}
    assert trial.sandbox.store.cards.mails[0].email == EMAILS[0].uuid
    plan = await trial.plan(JOB, HEADER, [(cards[1].uuid, "", people[1].uuid, "")], email_uuid=EMAILS[1].uuid)
    assert told(await trial.run(plan), "_status", "_code") == [("refused", "1003")]
    with pytest.raises(OptionError, match="has no option 'program'; it has: email_uuid, unsubscribed, duplicates"):
        await trial.plan(JOB, HEADER, [(cards[0].uuid, "", people[0].uuid, "")], program="123")


def test_the_step_and_the_second_look() -> None:
    """One mail; the look is at the card and at its contact."""
    asked, ended = play(job_of(JOB, email_uuid="e1"), ACTION, None)
    assert asked == [SendCard("c1", "u1", "e1", {"custom.name": "Jan"})]
    assert ended == Finished(State.DONE, "u1", card="c1")
    good = (Card("c1", 500, True), Contact("u1", values=SUBSCRIBED))
    asked, ended = play(job_of(JOB), ACTION, *good, look=True)
    assert asked == [GetCard("c1"), GetContact("u1", ("@subscriptions",))]
    assert ended is None
