"""Settling by a person's word: mails and merges that nothing else can show; what the account shows goes before."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.errors import OptionError
from ops.events import SAID, Event, Mark, Word
from ops.journal import Journal
from ops.runs import RunFolder, Runs
from ops.said import Said
from ops.sandbox import SandboxConfig
from tests.conftest import MakeSandbox
from tests.engine.jobs.trial import Trial, counts, told
from tests.engine.settled import (
    CENTS,
    Lost,
    issue_plan,
    issued,
    loadings,
    made,
    mails,
    run_with,
    settle,
    unknown_rows,
    worth,
)

CREATE, VALUE, SEND, MERGE = "giftcards.create", "transactions.create", "giftcards.send", "contacts.merge"


def last(trial: Trial) -> RunFolder:
    return Runs(trial.home).find("last")


def doubtful(trial: Trial) -> list[int]:
    """The rows in doubt."""
    return sorted(row for row, past in last(trial).journal.pasts(1, 100).items() if past.in_doubt)


def named(rows: list[int]) -> str:
    return ",".join(map(str, rows))


async def with_lost_mails(trial: Trial, rows: int, kind: str = "lost_after", times: int = 2) -> list[int]:
    """Cards that are made, loaded and mailed, of which some mails are in doubt; returns their rows."""
    report = await issued(trial, rows, Lost(kind, SEND, times=times))  # type: ignore[arg-type]
    assert counts(report) == {"done": rows - times, "unknown": times}
    return doubtful(trial)


@pytest.mark.parametrize("kind", ["lost_after", "500", "hang"])
async def test_a_mail_that_is_said_to_have_gone_out_is_done_and_never_sent_again(trial: Trial, kind: str) -> None:
    """Nor by a resume, nor by another settle; the reports tell whose word it was, and nobody waits for the server."""
    rows = await with_lost_mails(trial, 5, kind)
    sent = trial.sandbox.ledger.count(SEND)
    report = await settle(trial, said=Said.parse("all"), settle_seconds=3_600.0)
    assert (report.state, counts(report)) == ("finished", {"done": 5})
    for row, steps, message in told(report, "_row", "_steps", "_message"):
        said = int(row or 0) in rows
        assert steps == "find_or_create:done create_card:done put_value:done send:done" + " said:happened" * said
        assert message == ("send: said to have happened" if said else None)
    await trial.resume(retry_refused=True)
    assert counts(await settle(trial, said=Said.parse("all"))) == {"done": 5}
    assert trial.sandbox.ledger.count(SEND) == sent
    assert max(mails(trial)) == 1
    assert (worth(trial), loadings(trial)) == ([CENTS] * 5, [1] * 5)


async def test_a_mail_that_is_said_not_to_have_gone_out_is_sent(trial: Trial) -> None:
    """The intent first, as a further attempt; once each, and the reports tell."""
    rows = await with_lost_mails(trial, 4, "lost_before")
    assert len(mails(trial)) == 2
    report = await settle(trial, said=Said.parse(None, named(rows)))
    assert counts(report) == {"done": 4}
    assert mails(trial) == [1] * 4
    assert told(report, "_message").count(("send: said not to have happened",)) == 2
    events = last(trial).journal.frame(rows[0], rows[0]).filter(name="send")
    assert events.select("attempt", "state").rows() == [
        (1, Mark.INTENT),
        (1, Mark.UNKNOWN),
        (1, Mark.NOT_SENT),
        (2, Mark.INTENT),
        (2, Mark.DONE),
    ]


async def test_one_of_each_and_the_rest_stays_unknown(trial: Trial) -> None:
    """A person says what is known, row by row; the others stay on the list, with what can be done."""
    rows = await with_lost_mails(trial, 6, "lost_before", times=4)
    yes, no = rows[0], rows[1]
    report = await settle(trial, said=Said.parse(str(yes), str(no)))
    assert counts(report) == {"done": 4, "unknown": 2}
    assert [row["_row"] for row in unknown_rows(report)] == [str(row) for row in rows[2:]]
    assert all("--happened or --not-happened" in str(row["_message"]) for row in unknown_rows(report))
    steps = {int(row or 0): steps or "" for row, steps in told(report, "_row", "_steps")}
    assert (steps[yes].split()[-1], steps[no].split()[-1]) == ("said:happened", "said:not_happened")
    assert len(mails(trial)) == 3


async def test_what_is_sent_again_and_lost_again_is_in_doubt_again(trial: Trial) -> None:
    """And can be decided again; the last word is the one that is told."""
    [row] = await with_lost_mails(trial, 2, "lost_before", times=1)
    trial.sandbox.set_faults(Lost("lost_after", SEND).fault)
    report = await settle(trial, said=Said.parse(None, "all"))
    trial.sandbox.set_faults()
    assert counts(report) == {"done": 1, "unknown": 1}
    assert doubtful(trial) == [row]
    report = await settle(trial, said=Said.parse(str(row)))
    assert counts(report) == {"done": 2}
    assert told(report, "_message")[row - 1] == ("send: said to have happened",)
    assert mails(trial) == [1, 1]


async def test_a_refusal_of_what_is_sent_again_is_a_refusal(trial: Trial) -> None:
    """By the person's word nothing was sent before, so that the row can be tried again."""
    [row] = await with_lost_mails(trial, 2, "lost_before", times=1)
    [person] = [c for c in trial.sandbox.store.order if c.email == f"nieuw{row - 1}@example.org"]
    person.subscriptions = 0
    report = await settle(trial, said=Said.parse(None, "all"))
    assert counts(report) == {"done": 1, "refused": 1}
    assert "send:refused said:not_happened" in str(told(report, "_steps")[row - 1])


@pytest.mark.parametrize(
    ("endpoint", "step"), [(CREATE, "create_card"), (VALUE, "put_value")], ids=["a card", "its value"]
)
async def test_nobodys_word_is_taken_on_what_the_account_shows(trial: Trial, endpoint: str, step: str) -> None:
    """The row is named, nothing is done, and `all` does not mean it; settling finds it by itself."""
    await issued(trial, 3, Lost("lost_after", endpoint))
    [row] = doubtful(trial)
    before, requests = last(trial).journal.frame(1, 3), trial.sandbox.ledger.writes
    for said in (Said.parse(str(row)), Said.parse(None, str(row))):
        with pytest.raises(OptionError, match=f"Row {row}: whether {step} happened") as refused:
            await settle(trial, said=said)
        assert refused.value.where["row"] == row
    assert last(trial).journal.frame(1, 3).equals(before)
    assert trial.sandbox.ledger.writes == requests
    assert not last(trial).is_held
    report = await settle(trial, said=Said.parse("all"))
    assert counts(report) == {"done": 3}
    assert "said" not in str(told(report, "_steps"))


async def test_a_row_that_is_not_in_doubt_is_named_and_nothing_is_done(trial: Trial) -> None:
    """Nor for the rows beside it that are: those that can be decided are told."""
    rows = await with_lost_mails(trial, 4)
    done = next(row for row in range(1, 5) if row not in rows)
    before = last(trial).journal.frame(1, 4)
    for text, wrong in ((f"{named(rows)},{done}", done), ("99", 99), (f"{rows[-1]}-5000000000", None)):
        with pytest.raises(
            OptionError, match=r"is not in doubt\. Rows for you to decide: .* Nothing was done"
        ) as refused:
            await settle(trial, said=Said.parse(text))
        assert refused.value.where["row"] == (wrong or rows[-1] + 1)
    assert last(trial).journal.frame(1, 4).equals(before)


async def test_a_wait_that_was_given_up_is_settles_own_to_watch(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """A merge that was accepted is no doubt for a person: only the account can show that it is done."""
    trial = slow(make_sandbox, tmp_path, 1.0)
    people = trial.known(2)
    plan = await trial.plan(MERGE, ("source", "destination"), [(people[0].uuid, people[1].uuid)])
    report = await run_with(trial, plan, patience=trial.patience(poll_limit=0.1))
    assert counts(report) == {"unknown": 1}
    with pytest.raises(OptionError, match="Row 1: settle goes on with it by itself"):
        await settle(trial, said=Said.parse("1"))
    assert counts(await settle(trial, said=Said.parse("all"))) == {"done": 1}


def slow(make_sandbox: MakeSandbox, folder: Path, delay: float) -> Trial:
    """A sandbox that takes so many seconds to merge."""
    return Trial(make_sandbox(SandboxConfig(contacts=200, settle_delay=delay)), folder)


async def lost_merge(trial: Trial, kind: str) -> tuple[str, str]:
    """A merge of which nobody knows whether it was asked for; returns source and destination."""
    source, destination = trial.known(2)
    plan = await trial.plan(MERGE, ("source", "destination"), [(source.uuid, destination.uuid)])
    assert counts(await run_with(trial, plan, Lost(kind, MERGE))) == {"unknown": 1}  # type: ignore[arg-type]
    return source.uuid, destination.uuid


async def test_a_merge_is_not_done_by_word_while_its_source_is_there(trial: Trial) -> None:
    """What the account shows goes before: the row stays unknown, says so, and can still be decided otherwise."""
    source, _ = await lost_merge(trial, "lost_before")
    report = await settle(trial, said=Said.parse("1"), patience=trial.patience(poll_limit=0.1))
    assert counts(report) == {"unknown": 1}
    [row] = unknown_rows(report)
    assert str(row["_message"]).startswith("merge: said to have happened, but the source is still there")
    assert trial.contact(source) is not None
    report = await settle(trial, said=Said.parse(None, "1"), patience=trial.patience(poll_limit=1.0))
    assert counts(report) == {"done": 1}
    assert told(report, "_message", "_steps") == [
        ("merge: said not to have happened", "merge:done merged:done kept:done said:not_happened")
    ]
    assert trial.sandbox.ledger.effects.merged == 1
    assert trial.contact(source) is None


async def test_a_merge_that_is_seen_is_done_whatever_is_said(trial: Trial) -> None:
    """It is not asked for a second time, and the reports tell of the word that was wrong."""
    await lost_merge(trial, "lost_after")
    report = await settle(trial, said=Said.parse(None, "1"))
    assert counts(report) == {"done": 1}
    assert told(report, "_message") == [("merge: said not to have happened, found by looking back",)]
    assert trial.sandbox.ledger.count(MERGE) == trial.sandbox.ledger.effects.merged == 1


async def test_a_merge_said_to_have_happened_is_watched_like_any_other(trial: Trial) -> None:
    """The source is gone and so is the destination: the word is taken on the merge, and the row is not called done."""
    source, destination = await lost_merge(trial, "lost_before")
    for uuid in (source, destination):
        trial.sandbox.store._remove(trial.sandbox.store.contacts[uuid])
    report = await settle(trial, said=Said.parse("1"), patience=trial.patience(poll_limit=0.1))
    assert counts(report) == {"unknown": 1}
    [row] = unknown_rows(report)
    assert (row["_step"], row["_message"]) == ("kept", "the source is gone, the destination is not to be seen")
    assert told(report, "_steps") == [("merge:done merged:done kept:unknown said:happened",)]


@pytest.mark.parametrize("word", list(Word))
async def test_a_word_in_the_journal_outlives_the_process_that_heard_it(trial: Trial, word: Word) -> None:
    """As after a kill right after it was written: a resume goes on as the word says, and it stands in the reports."""
    [row] = await with_lost_mails(trial, 2, "lost_before", times=1)
    known = last(trial).journal.pasts(row, row)[row].steps[-1]
    step = Event(row, 3, "send", known.attempts, Mark.DONE.value, reply=b"null", message="said to have happened")
    if word is Word.NOT_HAPPENED:
        step = step._replace(state=Mark.NOT_SENT.value, reply=None, message="said not to have happened")
    journal = Journal.open(last(trial).journal_path)
    await journal.commit(Event(row, SAID, "said", 1, word.value, message="send: " + step.message), step)
    journal.close()
    report = await trial.resume()
    assert counts(report) == {"done": 2}
    assert str(told(report, "_steps")[row - 1][0]).endswith(f"send:done said:{word.value}")
    assert len(mails(trial)) == (1 if word is Word.HAPPENED else 2)
    assert max(mails(trial)) == 1


async def test_two_runs_settle_one_by_word_and_leave_the_other(trial: Trial) -> None:
    """Of another run nothing is said."""
    await with_lost_mails(trial, 2, times=1)
    first = last(trial).id
    second = await issue_plan(trial, 2, first=10)
    await run_with(trial, second, Lost("lost_after", SEND))
    assert counts(await settle(trial, run=first, said=Said.parse("all"))) == {"done": 2}
    assert len(doubtful(trial)) == 1
    assert len(made(trial)) == 4
