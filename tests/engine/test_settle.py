"""Settling gift cards: the lost are found, those never made are made, and a stranger's is left alone."""

from __future__ import annotations

import asyncio

import pytest

from ops.runs import Runs
from tests.engine.jobs.trial import Trial, counts, told
from tests.engine.settled import (
    CENTS,
    Lost,
    issue_plan,
    issued,
    loadings,
    made,
    mails,
    put_on,
    run_with,
    settle,
    strangers_card,
    unknown_rows,
    until_nothing_is_scheduled,
    worth,
)
from tests.sandbox.support import wait_until

CREATE, VALUE, SEND = "giftcards.create", "transactions.create", "giftcards.send"
LOSSES = [
    ("lost_after", None),
    ("lost_before", None),
    ("500", None),
    ("hang", None),
    ("half_answer", None),
    ("garbage", None),
    ("late_commit", 0.05),
]


@pytest.mark.parametrize("endpoint", [CREATE, VALUE])
@pytest.mark.parametrize(("kind", "delay"), LOSSES)
async def test_what_was_lost_is_found_or_done_and_nothing_is_done_twice(
    trial: Trial, endpoint: str, kind: str, delay: float | None
) -> None:
    """Whichever way the answers were lost: a card a row, loaded once, mailed once."""
    lost = Lost(kind, endpoint, times=3, delay=delay)  # type: ignore[arg-type]
    report = await issued(trial, 8, lost)
    assert (report.state, counts(report)) == ("finished", {"done": 5, "unknown": 3})
    assert {row["_step"] for row in unknown_rows(report)} == {"create_card" if endpoint == CREATE else "put_value"}
    report = await settle(trial)
    assert (report.state, counts(report)) == ("finished", {"done": 8})
    assert (worth(trial), loadings(trial), mails(trial)) == ([CENTS] * 8, [1] * 8, [1] * 8)
    assert sorted(uuid for (uuid,) in told(report, "_card") if uuid) == sorted(card.uuid for card in made(trial))
    markers = {str(one.custom_attributes["leatops"]) for card in made(trial) for one in card.transactions}
    assert markers == {f"{report.run}:{row}" for row in range(1, 9)}


@pytest.mark.parametrize("kind", ["lost_after", "lost_before", "500", "hang", "late_commit"])
async def test_a_mail_stays_unknown_and_is_listed(trial: Trial, kind: str) -> None:
    """With the step and since when; nobody waits for what cannot be read back, and no mail goes out again."""
    report = await issued(trial, 5, Lost(kind, SEND, times=2))  # type: ignore[arg-type]
    assert counts(report) == {"done": 3, "unknown": 2}
    sent = trial.sandbox.ledger.count(SEND)
    for _ in range(2):
        report = await settle(trial, settle_seconds=3_600.0)
        assert (report.state, counts(report)) == ("finished", {"done": 3, "unknown": 2})
        assert {row["_step"] for row in unknown_rows(report)} == {"send"}
        assert all("cannot be read back" in str(row["_message"]) for row in unknown_rows(report))
    assert trial.sandbox.ledger.count(SEND) == sent
    assert all(row["_card"] for row in unknown_rows(report))
    assert (worth(trial), loadings(trial)) == ([CENTS] * 5, [1] * 5)


async def test_a_loss_after_a_settled_loss_is_settled_again(trial: Trial) -> None:
    """The answers are lost once more while settling: a second settle finds them."""
    await issued(trial, 6, Lost("lost_after", CREATE, times=3))
    trial.sandbox.set_faults(Lost("lost_after", VALUE, times=2).fault, Lost("lost_before", SEND).fault)
    report = await settle(trial)
    assert counts(report) == {"done": 3, "unknown": 3}
    trial.sandbox.set_faults()
    report = await settle(trial)
    assert counts(report) == {"done": 5, "unknown": 1}
    assert (worth(trial), loadings(trial), mails(trial)) == ([CENTS] * 6, [1] * 6, [1] * 5)


async def test_fewer_new_blanks_than_rows_that_lack_one_are_taken_and_the_rest_is_made(trial: Trial) -> None:
    """A stranger's blank among them is as good as one of ours, by the rule."""
    await issued(trial, 4, Lost("lost_before", CREATE, times=3))
    stranger = strangers_card(trial)
    report = await settle(trial)
    assert counts(report) == {"done": 4}
    assert stranger.uuid in {uuid for (uuid,) in told(report, "_card")}
    assert (worth(trial), loadings(trial)) == ([CENTS] * 4, [1] * 4)


async def test_more_new_blanks_than_rows_that_lack_one_are_listed_and_none_is_taken(trial: Trial) -> None:
    """All of them, for a person; once the stranger has loaded theirs, ours is told from it."""
    await issued(trial, 3, Lost("lost_after", CREATE))
    stranger = strangers_card(trial)
    report = await settle(trial)
    assert counts(report) == {"done": 2, "unknown": 1}
    [row] = unknown_rows(report)
    [ours] = {card.uuid for card in made(trial)} - {uuid for (uuid,) in told(report, "_card")} - {stranger.uuid}
    assert stranger.uuid in str(row["_message"])
    assert ours in str(row["_message"])
    assert stranger.transactions == []
    put_on(trial, stranger.uuid)
    report = await settle(trial)
    assert counts(report) == {"done": 3}
    assert ours in {uuid for (uuid,) in told(report, "_card")}
    assert loadings(trial) == [1] * 4


@pytest.mark.parametrize("amounts", [(1_000,), (1_000, -1_000)], ids=["loaded", "loaded and spent"])
async def test_a_card_that_holds_or_held_something_is_somebodys(trial: Trial, amounts: tuple[int, ...]) -> None:
    """Also one that was spent to the last cent: it is in a customer's hands."""
    await issued(trial, 3, Lost("lost_before", CREATE))
    stranger = strangers_card(trial, *amounts)
    report = await settle(trial)
    assert counts(report) == {"done": 3}
    assert stranger.uuid not in {uuid for (uuid,) in told(report, "_card")}
    assert len(stranger.transactions) == len(amounts)


async def test_cards_of_other_runs_of_the_home_are_theirs(trial: Trial) -> None:
    """Blank ones too: what another run has made is known from its journal, and what it lost is counted as its own."""
    first = await issue_plan(trial, 3, send="false")
    await run_with(trial, first, Lost("lost_before", CREATE))
    [settled] = [folder.id for folder in Runs(trial.home).all()]
    blanks = await trial.blank_plan("giftcards.issue", program="Cadeaukaart", count="1")
    await run_with(trial, blanks)
    report = await settle(trial, run=settled)
    assert counts(report) == {"done": 3}
    assert worth(trial) == [0, CENTS, CENTS, CENTS]
    assert loadings(trial) == [0, 1, 1, 1]


async def test_two_runs_that_lost_cards_get_one_a_row_between_them(trial: Trial) -> None:
    """One made and one never made: whoever settles first takes the blank, the other makes one."""
    first = await issue_plan(trial, 2, send="false")
    await run_with(trial, first, Lost("lost_before", CREATE))
    second = await issue_plan(trial, 2, first=10, send="false")
    await run_with(trial, second, Lost("lost_after", CREATE))
    one, two = (folder.id for folder in Runs(trial.home).all())
    for run in (two, one):
        assert counts(await settle(trial, run=run)) == {"done": 2}
    assert (worth(trial), loadings(trial)) == ([CENTS] * 4, [1] * 4)


async def test_while_another_run_is_making_cards_none_is_taken(trial: Trial) -> None:
    """A blank may be the one whose answer is on its way to the other process: both would load it."""
    first = await issue_plan(trial, 2, send="false")
    await run_with(trial, first, Lost("lost_before", CREATE))
    settled = Runs(trial.home).find("last").id
    second = await issue_plan(trial, 1, first=10, send="false")
    await run_with(trial, second, Lost("lost_after", CREATE))
    other = Runs(trial.home).find("last")
    with other.held():
        report = await settle(trial, run=settled)
    assert counts(report) == {"done": 1, "unknown": 1}
    assert f"run {other.id} is at work" in str(unknown_rows(report)[0]["_message"])
    for run in (other.id, settled):
        report = await settle(trial, run=run)
        assert report.counts["done"] == report.rows
    assert (worth(trial), loadings(trial)) == ([CENTS] * 3, [1] * 3)


async def test_a_run_of_the_home_that_cannot_be_read_keeps_cards_from_being_taken(trial: Trial) -> None:
    """It may have made them; it is named."""
    await issued(trial, 2, Lost("lost_after", CREATE), send="false")
    settled = Runs(trial.home).find("last").id
    plan = await issue_plan(trial, 1, first=10, send="false")
    spoilt = Runs(trial.home).claim(plan, {})
    spoilt.journal_path.write_bytes(b"not a journal")
    report = await settle(trial, run=settled)
    assert counts(report) == {"done": 1, "unknown": 1}
    assert spoilt.id in str(unknown_rows(report)[0]["_message"])


async def test_without_a_snapshot_a_lost_card_stays_unknown_in_words(trial: Trial) -> None:
    """`adopt=false`: nothing could show it, so nobody waits either; its value is not doubted and is settled."""
    await issued(trial, 4, Lost("lost_after", CREATE), adopt="false")
    report = await settle(trial, settle_seconds=3_600.0)
    assert counts(report) == {"done": 3, "unknown": 1}
    assert "adopt=false" in str(unknown_rows(report)[0]["_message"])
    assert len(made(trial)) == 4
    again = await issue_plan(trial, 4, first=10, adopt="false")
    await run_with(trial, again, Lost("lost_after", VALUE, times=2))
    assert counts(await settle(trial)) == {"done": 4}


async def test_value_on_a_card_that_nobody_can_account_for_is_left_to_a_person(trial: Trial) -> None:
    """Somebody else put value on it meanwhile: not found to be ours, and not put again."""
    report = await issued(trial, 2, Lost("lost_before", VALUE))
    [row] = unknown_rows(report)
    put_on(trial, str(row["_card"]))
    report = await settle(trial)
    assert counts(report) == {"done": 1, "unknown": 1}
    assert "other transactions" in str(unknown_rows(report)[0]["_message"])
    assert loadings(trial) == [1, 1]


async def test_a_settle_without_time_doubles_what_commits_late_and_the_ledger_shows_it(trial: Trial) -> None:
    """So the tests above could fail: with the time it takes the same ends with value once on each."""
    for settle_seconds, doubled in ((0.0, 2), (1.5, 0)):
        trial.sandbox.ledger.reset()
        first = 10 * doubled
        plan = await issue_plan(trial, 5, first=first, send="false")
        await run_with(trial, plan, Lost("late_commit", VALUE, times=2, delay=0.8))
        report = await settle(trial, settle_seconds=settle_seconds)
        assert counts(report) == {"done": 5}
        until_nothing_is_scheduled(trial)
        assert sum(number > 1 for number in loadings(trial)) == doubled


async def test_a_settle_without_time_makes_an_extra_card_and_the_ledger_shows_it(trial: Trial) -> None:
    """The same for cards."""
    await issued(trial, 3, Lost("late_commit", CREATE, delay=0.8), send="false")
    assert counts(await settle(trial, settle_seconds=0.0)) == {"done": 3}
    until_nothing_is_scheduled(trial)
    assert worth(trial) == [0, CENTS, CENTS, CENTS]


@pytest.mark.parametrize("loads", [True, False])
async def test_a_card_that_somebody_is_just_making_is_watched_before_it_is_taken(trial: Trial, *, loads: bool) -> None:
    """A colleague's run, or the till: blank for a moment, then loaded. One that stays blank is taken."""
    await issued(trial, 3, Lost("lost_before", CREATE))
    stranger = strangers_card(trial)
    looked = trial.sandbox.ledger.count("giftcards.list")
    settling = asyncio.create_task(settle(trial, settle_seconds=0.4))
    assert await asyncio.to_thread(wait_until, lambda: trial.sandbox.ledger.count("giftcards.list") > looked)
    if loads:
        put_on(trial, stranger.uuid)
    assert counts(await settling) == {"done": 3}
    assert (stranger.uuid in {uuid for (uuid,) in told(await settle(trial), "_card")}) is not loads
    assert len(stranger.transactions) == 1


@pytest.mark.parametrize("first", [0, 1, 2, 3])
async def test_two_runs_of_a_home_that_each_lost_a_card_find_one_each(trial: Trial, first: int) -> None:
    """The second noted the first one's lost card as there before it: that card is left to the first."""
    one = await run_with(trial, await issue_plan(trial, 1, first=10 * first, send="false"), Lost("lost_after", CREATE))
    two = await run_with(trial, await issue_plan(trial, 1, first=100 + first, send="false"), Lost("lost_after", CREATE))
    assert counts(one) == counts(two) == {"unknown": 1}
    for run in (one.run, two.run):
        assert counts(await settle(trial, run=run)) == {"done": 1}
    assert worth(trial) == [CENTS] * 2
