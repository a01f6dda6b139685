"""The terminal app, broken on purpose: it ends calmly, gives the terminal back, and keeps every row."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.report import standing
from ops.runs import Runs
from ops.sandbox import Sandbox, SandboxConfig
from tests.app.terminal import ENTER, Terminal, on_terminal
from tests.app.test_journey import gave_back
from tests.cli.support import ROOT, Place, until
from tests.conftest import MakeSandbox
from tests.engine.files import write_csv
from tests.faults.forge import forging

CANARY = "canary-19c0d6-token"
ROWS = 60
BREAKING = {
    "the network": """
import httpx
real, seen = httpx.AsyncHTTPTransport.handle_async_request, []
async def breaking(self, request):
    seen.append("find-or-create" in str(request.url))
    if sum(seen) > 6:
        secret = request.headers["authorization"]
        raise ZeroDivisionError(f"with {secret} inside")
    return await real(self, request)
httpx.AsyncHTTPTransport.handle_async_request = breaking
""",
    "drawing": """
import app.screens.run as screen
real, seen = screen._speed, []
def breaking(tally):
    seen.append(tally)
    if tally.finished > 6:
        raise ZeroDivisionError("in a drawing")
    return real(tally)
screen._speed = breaking
""",
    "help": """
import app.screens.help as screen
def breaking(*_):
    raise ZeroDivisionError("in the help")
screen._by_place = breaking
""",
}


def broken(place: Place, what: str) -> dict[str, str]:
    """An environment in which the app is broken."""
    folder = place.folder / "broken"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(BREAKING[what])
    return {"PYTHONPATH": f"{folder}:{ROOT}"}


def started(terminal: Terminal) -> None:
    """From the file to the run, by keyboard."""
    for words in (f"{ROWS} rows × 1 column", "Enter plans", f"Run {ROWS} rows"):
        terminal.shows(words)
        terminal.press(ENTER)
    terminal.shows("Run (y)")
    terminal.press("y")


def check_the_end(terminal: Terminal, place: Place, code: int) -> None:
    """Calm words on a terminal that was given back, and a private log with the traceback and no secret."""
    assert terminal.ended() == code
    gave_back(terminal)
    terminal._reader.join(5)
    said = bytes(terminal.raw).decode("utf-8", "replace")
    assert "this is a bug (ZeroDivisionError)." in said
    assert "Traceback" not in said
    assert "locals" not in said
    assert CANARY not in said
    [log] = (place.home / "logs").iterdir()
    assert log.stat().st_mode & 0o777 == 0o600
    assert "ZeroDivisionError" in log.read_text()
    assert CANARY not in log.read_text()


@pytest.mark.parametrize("what", ["the network", "drawing"])
def test_a_bug_in_mid_run_lets_the_rows_in_hand_end_and_the_rest_be_gone_on_with(
    make_sandbox: MakeSandbox, tmp_path: Path, what: str
) -> None:
    """3, and how to go on; a resume does what is left, each contact once."""
    sandbox = make_sandbox(SandboxConfig(contacts=20, latency_ms=20, token=CANARY))
    place = Place(tmp_path, sandbox)
    write_csv(tmp_path / "in.csv", ("email",), [(f"nieuw{n}@example.org",) for n in range(ROWS)])
    with on_terminal(place, "in.csv", **broken(place, what)) as terminal:
        started(terminal)
        until(lambda: terminal.process.poll() is not None)
        check_the_end(terminal, place, 3)
        assert "leatops resume last" in terminal.text
    [run] = Runs(place.home).all()
    found = standing(run)
    assert found.state == "stopped"
    assert found.counts["unknown"] <= (10 if what == "the network" else 0)
    with forging(place) as forge:
        resumed = forge.call("resume", "last", "--rate", "2000", "--json")
    assert (resumed.code, resumed.document["counts"]["done"]) == (0, ROWS)
    assert sandbox.ledger.effects.created == ROWS


def test_a_bug_before_any_run_says_so(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """2: nothing was sent."""
    sandbox: Sandbox = make_sandbox(SandboxConfig(contacts=20, token=CANARY))
    place = Place(tmp_path, sandbox)
    write_csv(tmp_path / "in.csv", ("email",), [(f"nieuw{n}@example.org",) for n in range(ROWS)])
    with on_terminal(place, "in.csv", **broken(place, "help")) as terminal:
        terminal.shows(f"{ROWS} rows × 1 column")
        terminal.press("\x1bOP")
        until(lambda: terminal.process.poll() is not None)
        check_the_end(terminal, place, 2)
    assert sandbox.ledger.writes == 0
