"""Settling as a command: who may, how long it waits, how it is stopped, and what it ends with."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ops.control import Control
from ops.errors import TokenError, WrongAccountError
from ops.events import Event, Mark
from ops.journal import Journal
from ops.leat.client import Timeouts
from ops.leat.profile import Account, Secret
from ops.report import Report, report_ended
from ops.run import Ended, settle_run
from ops.runs import RunFolder, Runs
from ops.sandbox import Fault, SandboxConfig
from tests.cli.support import Place, finish, until
from tests.clock import hurried, hurry
from tests.conftest import MakeSandbox
from tests.engine.files import account_of
from tests.engine.jobs.trial import Trial, counts
from tests.engine.settled import CENTS, SHORT, Lost, issue_plan, issued, loadings, made, mails, run_with, settle, worth
from tests.leat.wire import answering, http, talking

FAST = ("--rate", "500", "--workers", "8")
SETTLING = {"LEATOPS_SETTLE_SECONDS": "0.2", "LEATOPS_TIMEOUT_SECONDS": "1"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A run with doubts in it, and the command line to settle it from."""

    trial: Trial
    place: Place

    @property
    def folder(self) -> RunFolder:
        return Runs(self.trial.home).find("last")


@pytest.fixture
def scene(trial: Trial) -> Scene:
    """The home of the trial is the home of the commands."""
    return Scene(trial, Place(trial.folder, trial.sandbox))


async def test_the_document_is_that_of_a_run_and_the_codes_say_what_is_left(scene: Scene) -> None:
    """4 while a mail is unknown, which stays; nothing is sent a second time."""
    report = await issued(scene.trial, 6, Lost("lost_after", "giftcards.create"), Lost("lost_after", "giftcards.send"))
    assert counts(report) == {"done": 4, "unknown": 2}
    answer = scene.place.call("settle", "last", *FAST, "--json", **SETTLING)
    assert answer.code == 4, answer.err
    document = answer.document
    assert set(document) == set(report.document())
    assert set(document["files"]) == set(report.document()["files"])
    assert (document["run"], document["state"], document["rows"]) == (report.run, "finished", 6)
    assert document["counts"] == {
        "done": 5, "same": 0, "invalid": 0, "held": 0, "refused": 0, "unknown": 1, "pending": 0
    }  # fmt: skip
    assert document["requests"] > report.requests
    assert "Still unknown, and why" in answer.err
    assert f"leatops settle {report.run} --happened" in answer.err
    assert (worth(scene.trial), mails(scene.trial)) == ([CENTS] * 6, [1] * 6)


async def test_all_that_was_lost_and_found_is_0(scene: Scene) -> None:
    """As if nothing had happened."""
    await issued(scene.trial, 3, Lost("lost_after", "giftcards.create"), Lost("lost_before", "transactions.create"))
    answer = scene.place.call("settle", "last", *FAST, "--json", **SETTLING)
    assert (answer.code, answer.document["counts"]["done"]) == (0, 3)


async def test_where_nothing_is_unknown_nothing_is_done(scene: Scene) -> None:
    """At once, with the code of the run: here 1, for a row that is held."""
    rows = [(scene.trial.known(1)[0].email,), ("nieuw@example.org",)]
    plan = await scene.trial.plan("contacts.create", ("email",), rows)
    report = await scene.trial.run(plan)
    assert counts(report) == {"done": 1, "held": 1}
    scene.trial.sandbox.ledger.reset()
    journal = scene.folder.journal.frame(1, 2)
    answer = scene.place.call("settle", "last", "--json", LEATOPS_SETTLE_SECONDS="3600")
    assert (answer.code, answer.document["counts"]) == (1, report.counts)
    assert set(scene.trial.sandbox.ledger.by_endpoint()) == {"shops.list", "programs.list"}
    assert scene.folder.journal.frame(1, 2).equals(journal)


async def test_pending_rows_are_a_resumes_business(scene: Scene) -> None:
    """A stopped run stays stopped (3) and says why: settling goes on with what it settled alone."""
    plan = await issue_plan(scene.trial, 30)
    scene.trial.sandbox.set_faults(
        Lost("lost_after", "giftcards.create", times=2).fault, Fault(kind="401", endpoint="giftcards.create", after=10)
    )
    report = await scene.trial.run(plan, SHORT)
    scene.trial.sandbox.set_faults()
    assert (report.state, report.counts["unknown"]) == ("stopped", 2)
    pending, cards = report.counts["pending"], len(made(scene.trial))
    answer = scene.place.call("settle", "last", *FAST, "--json", **SETTLING)
    assert (answer.code, answer.document["state"]) == (3, "stopped")
    why = "only rows in doubt were worked on; resume goes on with the others"
    assert why == answer.document["why"] == json.loads(report.files.summary.read_bytes())["why"]
    assert f"stopped: {why}" in " ".join(answer.err.split())
    assert answer.document["counts"]["unknown"] == 0
    assert answer.document["counts"]["pending"] == pending
    assert len(made(scene.trial)) == cards
    assert counts(await scene.trial.resume()) == {"done": 30}
    assert (worth(scene.trial), loadings(scene.trial), mails(scene.trial)) == ([CENTS] * 30, [1] * 30, [1] * 30)


async def test_a_run_that_is_held_is_not_settled(scene: Scene) -> None:
    """75, and who holds it; nothing is asked of the account."""
    await issued(scene.trial, 2, Lost("lost_after", "giftcards.create"))
    scene.trial.sandbox.ledger.reset()
    with scene.folder.held():
        answer = scene.place.call("settle", "last", "--json", **SETTLING)
    assert (answer.code, answer.document["error"]["kind"]) == (75, "held")
    assert "process" in answer.document["error"]["message"]
    assert scene.trial.sandbox.ledger.requests == 0


async def test_the_wrong_account_settles_nothing(trial: Trial) -> None:
    """Neither another one nor one that the token does not fit; the doubts stay."""
    await issued(trial, 2, Lost("lost_after", "giftcards.create"))
    folder = Runs(trial.home).find("last")
    other = b'{"data":[{"uuid":"other","name":"Another shop"}],"meta":[]}'
    async with talking(answering(http(200, other, "Connection: close"))) as line:
        account = Account(f"http://127.0.0.1:{line.port}", Secret("t"))
        with pytest.raises(WrongAccountError):
            await anext(settle_run(folder, account, SHORT, Control()))
    with pytest.raises(TokenError):
        await anext(settle_run(folder, Account(trial.sandbox.url, Secret("wrong")), SHORT, Control()))
    assert not folder.is_held
    assert folder.journal.rows_in_doubt("create_card") == 1
    assert counts(await settle(trial)) == {"done": 2}


@pytest.mark.parametrize("when", ["in the wait", "in a read"])
async def test_ctrl_c_stops_it_at_once_and_loses_nothing(scene: Scene, when: str) -> None:
    """3; what is in doubt stays so, and the next settle does it all."""
    await issued(scene.trial, 4, Lost("lost_after", "giftcards.create", times=2))
    sandbox = scene.trial.sandbox
    sandbox.set_faults(Fault(kind="hang", endpoint="giftcards.list"))
    wait = "3600" if when == "in the wait" else "0.1"
    asked = "programs.list" if when == "in the wait" else "giftcards.list"
    seen = sandbox.ledger.count(asked)
    process = scene.place.start("settle", "last", "--json", LEATOPS_SETTLE_SECONDS=wait)
    until(lambda: scene.folder.is_held and sandbox.ledger.count(asked) > seen)
    process.send_signal(signal.SIGINT)
    stopped = finish(process)
    assert (stopped.code, stopped.document["state"]) == (3, "stopped"), stopped.err
    assert stopped.document["counts"]["unknown"] == 2
    sandbox.set_faults()
    assert scene.place.call("settle", "last", *FAST, **SETTLING).code == 0
    assert (worth(scene.trial), mails(scene.trial)) == ([CENTS] * 4, [1] * 4)


@pytest.mark.parametrize("after", [3, 5, 8, 12, 18])
async def test_killed_while_settling_and_settled_again(scene: Scene, after: int) -> None:
    """After so many requests of the settling: nothing is made, loaded or mailed twice."""
    lost = Lost("lost_after", "giftcards.create", times=4), Lost("lost_before", "transactions.create", times=4)
    assert (await issued(scene.trial, 12, *lost)).counts["unknown"] == 8
    ledger = scene.trial.sandbox.ledger
    seen = ledger.requests
    process = scene.place.start("settle", "last", *FAST, **SETTLING)
    until(lambda: ledger.requests >= seen + after or process.poll() is not None)
    process.kill()
    process.communicate()
    for _ in range(2):
        scene.place.call("resume", "last", *FAST, **SETTLING)
        answer = scene.place.call("settle", "last", *FAST, "--json", **SETTLING)
    assert answer.code in (0, 4), (answer.document, answer.err)
    counted = answer.document["counts"]
    assert counted["done"] + counted["unknown"] == 12
    assert counted["unknown"] <= 8
    assert (worth(scene.trial), loadings(scene.trial)) == ([CENTS] * 12, [1] * 12)
    assert set(mails(scene.trial)) == {1}
    assert counted["done"] <= len(mails(scene.trial)) <= 12


async def test_a_pause_holds_the_reading_back(trial: Trial) -> None:
    """Nothing is asked until it is over."""
    await issued(trial, 3, Lost("lost_after", "giftcards.create"))
    folder, control, tallies = Runs(trial.home).find("last"), Control(), 0
    trial.sandbox.ledger.reset()
    async for moment in settle_run(folder, account_of(trial.sandbox), replace(SHORT, settle_seconds=0.1), control):
        tallies += 1
        if tallies == 1:
            control.pause()
        if tallies == 6:
            assert trial.sandbox.ledger.count("giftcards.list") == 0
            control.go()
        if isinstance(moment, Ended):
            assert counts(report_ended(moment)) == {"done": 3}


def hurried_trial(make_sandbox: MakeSandbox, folder: Path) -> Trial:
    """A server whose time goes as fast as that of the runs."""
    return Trial(make_sandbox(SandboxConfig(contacts=20), clock=hurried), folder)


@pytest.mark.parametrize(
    ("cut_off", "settle_seconds", "least"),
    [(False, None, 60.0), (True, None, 70.0), (False, 20.0, 20.0), (True, 20.0, 30.0)],
)
def test_the_server_is_given_its_time_by_a_clock_that_nobody_sets(
    make_sandbox: MakeSandbox, tmp_path: Path, *, cut_off: bool, settle_seconds: float | None, least: float
) -> None:
    """A minute at least where nobody says, and the time limit on top where a process died with a request on its way."""
    trial = hurried_trial(make_sandbox, tmp_path)
    options = replace(SHORT, clock=hurried, timeouts=Timeouts(10.0, 10.0), settle_seconds=settle_seconds)

    async def work() -> Report:
        plan = await issue_plan(trial, 2, send="false")
        await run_with(trial, plan, Lost("lost_after", "giftcards.create"), clock=hurried, timeouts=options.timeouts)
        if cut_off:
            await cut_short(Runs(trial.home).find("last"))
        trial.sandbox.ledger.reset()
        return await settle(trial, options)

    assert counts(hurry(work())) == {"done": 2}
    entries = list(trial.sandbox.ledger.entries)
    reached = max(entry.at for entry in entries if entry.endpoint in {"shops.list", "programs.list"})
    looked = next(entry.at for entry in entries if entry.endpoint == "giftcards.list")
    assert least <= looked - reached < least + 60


async def cut_short(folder: RunFolder) -> None:
    """As if the process had died before it knew that the answer was lost."""
    [row] = [row for row, past in folder.journal.pasts(1, 2).items() if past.in_doubt]
    journal = Journal.open(folder.journal_path)
    await journal.commit(Event(row, 0, "create_card", 1, Mark.INTENT))
    journal.close()
