"""`leatops settle --happened` and `--not-happened`: what is told and asked, the codes, and kills in the middle."""

from __future__ import annotations

import pytest

from ops.events import SAID
from ops.runs import Runs
from tests.cli.support import Place, until
from tests.engine.jobs.trial import Trial, counts, told
from tests.engine.settled import CENTS, Lost, issued, mails, worth

SEND = "giftcards.send"
FAST = ("--rate", "500", "--workers", "8")
SETTLING = {"LEATOPS_SETTLE_SECONDS": "0.2", "LEATOPS_TIMEOUT_SECONDS": "1"}


@pytest.fixture
def trial(place: Place) -> Trial:
    """The home of the trial is the home of the commands."""
    assert place.sandbox is not None
    return Trial(place.sandbox, place.folder)


async def in_doubt(trial: Trial, rows: int, *lost: Lost) -> list[int]:
    """The rows in doubt after a run that lost answers."""
    await issued(trial, rows, *lost)
    pasts = Runs(trial.home).find("last").journal.pasts(1, rows)
    return sorted(row for row, past in pasts.items() if past.in_doubt)


async def test_a_doubt_that_only_a_person_can_end_is_ended(place: Place, trial: Trial) -> None:
    """4 with the very command to type; then 0, with the document of any run and no second mail."""
    rows = await in_doubt(trial, 5, Lost("lost_after", SEND, times=2))
    first = place.call("settle", "last", *FAST, "--json", **SETTLING)
    assert first.code == 4
    run, listed = first.document["run"], ",".join(map(str, rows)) if rows[1] > rows[0] + 1 else f"{rows[0]}-{rows[1]}"
    command = f"leatops settle {run} --happened {listed}"
    assert f"Look these up at Leat: {listed}; then: {command}\n" in first.err
    assert "--not-happened" in first.err
    answer = place.call(*command.split()[1:], *FAST, "--json", **SETTLING)
    assert (answer.code, answer.document["counts"]["done"]) == (0, 5), answer.err
    assert set(answer.document) == set(first.document)
    assert f"You say that it happened: send of 2 rows ({listed}); not sent again" in answer.err
    assert "Still unknown" not in answer.err
    assert mails(trial) == [1] * 5


async def test_what_did_not_happen_is_told_and_sent_without_a_question_where_nobody_can_be_asked(
    place: Place, trial: Trial
) -> None:
    """No flag is needed for that: a script does not hang, and settling needs no new consent."""
    rows = await in_doubt(trial, 4, Lost("lost_before", SEND, times=3))
    words = ("--happened", str(rows[0]), "--not-happened", str(rows[1]), "--not-happened", str(rows[2]))
    answer = place.call("settle", "last", *words, *FAST, "--json", **SETTLING)
    assert answer.code == 0, answer.err
    assert "You say that it happened: send of 1 row" in answer.err
    assert "You say that it did not happen: send of 2 rows" in answer.err
    assert "sent now, unless the account shows that it did" in answer.err
    assert mails(trial) == [1] * 3


@pytest.mark.parametrize(("keys", "code", "sent"), [("n\n", 2, 1), ("y\n", 0, 2)])
async def test_on_a_terminal_sending_again_is_asked_about(
    place: Place, trial: Trial, keys: str, code: int, sent: int
) -> None:
    """No is what Enter alone says; nothing is done then."""
    await in_doubt(trial, 2, Lost("lost_before", SEND))
    command = ("settle", "last", "--not-happened", "all", *FAST)
    answer = place.typed(*command, keys=keys, waiting_for="Send 1 request again?", **SETTLING)
    assert (answer.code, len(mails(trial))) == (code, sent), answer.out


@pytest.mark.parametrize("flags", [("--not-happened", "all", "--yes"), ("--happened", "all")])
async def test_on_a_terminal_nothing_else_is_asked(place: Place, trial: Trial, flags: tuple[str, ...]) -> None:
    """Neither with `--yes` nor where nothing is sent."""
    await in_doubt(trial, 2, Lost("lost_after", "giftcards.create"), Lost("lost_before", SEND))
    answer = place.typed("settle", "last", *flags, *FAST, **SETTLING)
    assert answer.code == 0, answer.out
    assert "[y/N]" not in answer.out


async def test_a_word_that_cannot_be_taken_is_2_and_nothing_is_done(place: Place, trial: Trial) -> None:
    """The row is named, on stderr and in the document; not even a read is sent, and the journal stays as it is."""
    rows = await in_doubt(trial, 5, Lost("lost_after", "giftcards.create"), Lost("lost_after", SEND, times=2))
    folder = Runs(trial.home).find("last")
    before = folder.journal.frame(1, 5)
    past = folder.journal.pasts(1, 5)
    card = next(row for row in rows if past[row].steps[-1].name == "create_card")
    mail = next(row for row in rows if row != card)
    done = next(row for row in range(1, 6) if row not in rows)
    trial.sandbox.ledger.reset()
    cases = [
        (("--happened", f"{mail},{done}"), done, f"Row {done} is not in doubt."),
        (("--not-happened", f"{card}"), card, f"Row {card}: whether create_card happened is looked up by settle"),
        (("--happened", f"{mail}", "--not-happened", f"{mail}"), None, "it is one or the other"),
        (("--happened", "some"), None, "give all, or row numbers and ranges such as 3,7-9"),
    ]
    for words, row, text in cases:
        answer = place.call("settle", "last", *words, *FAST, "--json", **SETTLING)
        error = answer.document["error"]
        assert (answer.code, error["kind"], error["where"].get("row")) == (2, "option", row)
        assert text in error["message"]
        assert text in answer.err
    assert trial.sandbox.ledger.requests == 0
    assert folder.journal.frame(1, 5).equals(before)


async def test_a_run_that_is_held_hears_no_word(place: Place, trial: Trial) -> None:
    """75, as without one."""
    await in_doubt(trial, 2, Lost("lost_after", SEND))
    with Runs(trial.home).find("last").held():
        answer = place.call("settle", "last", "--happened", "all", "--json", **SETTLING)
    assert (answer.code, answer.document["error"]["kind"]) == (75, "held")


@pytest.mark.parametrize("after", [None, 1, 2, 3, 4])
async def test_killed_while_the_words_are_carried_out(place: Place, trial: Trial, after: int | None) -> None:
    """After so many requests, or once a word is on disk: nobody gets a second mail, and what was said stays said."""
    rows = await in_doubt(trial, 14, Lost("lost_after", SEND, times=6))
    away = await in_doubt_again(trial, rows)
    ledger = trial.sandbox.ledger
    seen = ledger.requests
    words = ("--happened", ",".join(map(str, rows)), "--not-happened", ",".join(map(str, away)))
    process = place.start("settle", "last", *words, *FAST, **SETTLING)
    journal = Runs(trial.home).find("last").journal

    def words_on_disk() -> int:
        return journal.frame(1, 14).filter(step=SAID).height

    until(lambda: words_on_disk() if after is None else ledger.requests >= seen + after or process.poll() is not None)
    process.kill()
    process.communicate()
    heard = words_on_disk()
    resumed = place.call("resume", "last", *FAST, "--json", **SETTLING).document
    assert heard == 0 or resumed["counts"]["done"] >= 8 + len(rows)
    # A mail that was on its way at the kill has gone out here.
    answer = place.call("settle", "last", "--happened", "all", *FAST, "--json", **SETTLING)
    assert (answer.code, answer.document["counts"]["done"]) == (0, 14), answer.err
    assert max(mails(trial)) == 1
    assert worth(trial) == [CENTS] * 14


async def in_doubt_again(trial: Trial, known: list[int]) -> list[int]:
    """Take two of the mails back at the sandbox, as if they had never gone out; their rows are no longer `known`."""
    store = trial.sandbox.store
    away = [known.pop(), known.pop()]
    people = {contact.uuid for row in away for contact in store.contacts_by_email(f"nieuw{row - 1}@example.org")}
    store.cards.mails[:] = [mail for mail in store.cards.mails if mail.contact not in people]
    return sorted(away)


async def test_who_said_it_stands_in_the_results(place: Place, trial: Trial) -> None:
    """Also when the files are written again."""
    [row] = await in_doubt(trial, 2, Lost("lost_after", SEND))
    assert place.call("settle", "last", "--happened", str(row), *FAST, **SETTLING).code == 0
    assert place.call("report", "last").code == 0
    report = await trial.resume()
    assert counts(report) == {"done": 2}
    assert told(report, "_status", "_message")[row - 1] == ("done", "send: said to have happened")
