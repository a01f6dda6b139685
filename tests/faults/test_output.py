"""What leaves the program: nothing that steers a terminal, no secret, no half file, for its owner's eyes alone."""

from __future__ import annotations

import json
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import pytest

from ops.notebook import Consent, run_plan
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.cli.support import Answer, Place, until
from tests.conftest import MakeSandbox
from tests.engine.files import plan_of, write_csv
from tests.engine.test_run import HASTY
from tests.faults.forge import forging
from tests.faults.relay import Said, Seen, is_write, refusal, relaying

FAST = ("--rate", "2000", "--json")
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x1b]52;c;aGk=\x07",
    "\x1b]0;title\x07",
    "\x9b2J\x9d0;x\x9c",
    "\x90q\x1b\\",
    "a\u202eb\u2066c\u2069\u200e\u061c",
    "zero\u200bwidth\ufeff",
    "[/foo] [bold]x[/bold] [link=https://evil.example]y[/link]",
    "a\u2028b\u2029c\x85d",
    "\x08\x08\x7f\x0b\x0c\r",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
)
OBEYED = {chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) != "\n"} | set(
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff\u2028\u2029"
)
PAGES = {"Content-Type": "application/json"}


def harmless(answer: Answer) -> bool:
    """Whether nothing was said that a terminal would obey."""
    return not OBEYED & set(answer.out + answer.err)


@contextmanager
def serving(sandbox: Sandbox, word: str) -> Iterator[str]:
    """The URL of a server that refuses every other write in such words, and names all that it has so."""
    turn = 0

    def answer(seen: Seen) -> Said | None:
        nonlocal turn
        if is_write(seen):
            turn += 1
            return refusal(1003, word, **{word: [word, word]}) if turn % 2 else None
        done = relay.pass_on(seen)
        document = json.loads(done.body)
        if seen.path.startswith(("/shops", "/giftcard-programs", "/contact-attributes")):
            for one in document["data"]:
                one.update({"label": word, "description": word} | ({} if "label" in one else {"name": word}))
        return Said(done.status, json.dumps(document).encode(), PAGES)

    with relaying(sandbox, answer) as relay:
        yield relay.url


def test_no_word_of_the_server_steers_a_terminal_or_becomes_markup(sandbox: Sandbox, tmp_path: Path) -> None:
    """Messages, fields, names of shops, programmes and attributes: for people, for scripts, and in every file."""
    place = Place(tmp_path, sandbox)
    place.write("cards.csv", "email", *(f"p{n}@example.org" for n in range(2)))
    said: list[Answer] = []
    with forging(place) as forge:
        for number, word in enumerate(HOSTILE):
            place.write("list.csv", "email,firstname", *(f"p{number}-{n}@example.org,An" for n in range(6)))
            with serving(sandbox, word) as url:
                env = {"LEAT_BASE_URL": url}
                plan = f"p{number}.parquet"
                cards = ("plan", "giftcards.issue", "cards.csv", "--set", f"program={word}", "--set", "amount=5")
                commands: tuple[tuple[str, ...], ...] = (
                    ("plan", "contacts.upsert", "list.csv", "--out", plan, "--rate", "2000"),
                    ("show", plan),
                    ("run", plan, "--yes", "--rate", "2000", "--stop-after", "100", "--again"),
                    ("resume", "last", "--refused", *FAST),
                    ("report", "last"),
                    ("report", "last", "--json"),
                    cards,
                )
                said += [forge.call(*command, env=env) for command in commands]
    assert [answer for answer in said if not harmless(answer)] == []
    assert sum(answer.code == 1 for answer in said) >= len(HOSTILE)
    pages = [path.read_text("utf-8") for path in place.home.rglob("report.html")]
    assert len(pages) == len(HOSTILE)
    assert not any("<img" in page or "<script>" in page for page in pages)
    for path in place.home.rglob("results.csv"):
        for line in path.read_text("utf-8").split("\r\n")[1:]:
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line.split(","))


CANARY = "canary-7d1f4b2c-token"
RAISING = """
import httpx
real = httpx.AsyncHTTPTransport.handle_async_request
async def breaking(self, request):
    headers = dict(request.headers)
    if request.method == "PUT" or "find-or-create" in str(request.url):
        raise ZeroDivisionError(f"with {headers} inside")
    return await real(self, request)
httpx.AsyncHTTPTransport.handle_async_request = breaking
"""


@pytest.fixture
def secret(make_sandbox: MakeSandbox) -> Sandbox:
    """An account whose token is looked for."""
    return make_sandbox(SandboxConfig(contacts=20, token=CANARY, latency_ms=5))


def arguments_of_all() -> bytes:
    """What `ps` shows: the command line of each process of this machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes())
    return b"\0".join(found)


def test_the_token_is_nowhere_whatever_goes_wrong(secret: Sandbox, tmp_path: Path) -> None:
    """Not said, in no file, in no command line: through plans, runs, faults, kills, bugs and damaged files."""
    place = Place(tmp_path, secret)
    place.write("list.csv", "email,firstname", *(f"p{n}@example.org,An" for n in range(40)), "nobody,x")
    said = []
    with forging(place) as forge:
        said.append(forge.call("plan", "contacts.upsert", "list.csv", "--out", "p.parquet", *FAST))
        process = forge.start("run", "p.parquet", "--yes", "--workers", "2", *FAST)
        until(lambda: secret.ledger.effects.created >= 3)
        assert CANARY.encode() not in arguments_of_all()
        process.send(signal.SIGKILL)
        said += process.answers()
        for kind in ("401", "redirect", "html", "500", "lost_after"):
            secret.set_faults(Fault(kind=kind, times=3))
            said.append(forge.call("resume", "last", *FAST))
        secret.set_faults()
        said.append(forge.call("resume", "last", "--rate", "x"))
        said.append(forge.call("plan", "contacts.upsert", "list.csv", env={"LEAT_BASE_URL": "https://evil.example"}))
        said.append(forge.call("plan", "contacts.upsert", "list.csv", env={"LEAT_API_KEY": f"{CANARY}\n\x1b"}))
    assert said[-1].code == said[-2].code == 2
    with forging(place, RAISING) as forge:
        bug = forge.call("run", "p.parquet", "--yes", "--again", *FAST)
    assert ("This is a bug" in bug.err, bug.code, "leatops resume" in bug.err) == (True, 3, True)
    assert not [answer for answer in [*said, bug] if CANARY in answer.out + answer.err]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if path.parent.name == "logs"]
    assert len(files) >= 10
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


def test_no_code_of_a_card_and_no_login_link_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    """Cards made, loaded, mailed and looked up by their codes: of all codes of the account none is in any file."""
    place = Place(tmp_path, sandbox)
    program, shop = sandbox.programs()[0]["uuid"], sandbox.shops()[0]["uuid"]
    known = [card.hash for card in sandbox.store.cards.all[:5]]
    place.write("people.csv", "email", *(f"p{n}@example.org" for n in range(5)))
    place.write("codes.csv", "hash", *known)
    issue = ("--set", f"program={program}", "--set", f"shop={shop}", "--set", "amount=5.00")
    with forging(place) as forge:
        for job, file, options in (("giftcards.issue", "people.csv", issue), ("giftcards.enrich", "codes.csv", ())):
            planned = forge.call("plan", job, file, "--out", f"{job}.parquet", *options, *FAST)
            assert planned.code == 0, planned.err
            consent = ("--confirm", str(planned.document["confirm"])) if job == "giftcards.issue" else ("--yes",)
            assert forge.call("run", f"{job}.parquet", *consent, *FAST).code == 0
        assert forge.call("plan", "contacts.upsert", "people.csv", "--out", "u.parquet", *FAST).code == 0
    (tmp_path / "codes.csv").unlink()
    codes = [card.hash.encode() for card in sandbox.store.cards.all]
    assert len(codes) >= 10
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for path, content in files.items():
        found = plain(path, content)
        assert not [code for code in codes if code in found], path
        assert b"login" not in found, path


def plain(path: Path, content: bytes) -> bytes:
    """The content, with the columns of a plan unpacked."""
    if path.suffix != ".parquet":
        return content
    return content + pl.read_parquet(path, glob=False).write_csv().encode()


UNMASKED = "import os\nos.umask(0)\n"


def test_every_file_and_folder_is_for_its_owner_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    """After a whole journey under a mask that hides nothing: 0700 and 0600 in the home, and so the plan beside it."""
    place = Place(tmp_path, sandbox)
    place.write("list.csv", "email,firstname", "p@example.org,An", "nobody,x")
    with forging(place, UNMASKED + RAISING) as forge:
        assert forge.call("plan", "contacts.upsert", "list.csv", "--out", "p.parquet", *FAST).code == 1
        assert "This is a bug" in forge.call("run", "p.parquet", "--yes", *FAST).err
    with forging(place, UNMASKED) as forge:
        assert forge.call("resume", "last", *FAST).code in {0, 1}
        assert forge.call("report", "last").code == 0
        assert forge.call("account", "add", "shop", "--token-stdin", "--no-check").code == 2
    mine = [tmp_path / "p.parquet", place.home, *place.home.rglob("*")]
    assert len(mine) >= 12
    open_to_others = [path for path in mine if stat.S_IMODE(path.stat().st_mode) not in {0o600, 0o700}]
    assert open_to_others == []
    assert not [path for path in mine if path.is_symlink()]


def test_no_file_is_written_through_a_link(sandbox: Sandbox, tmp_path: Path) -> None:
    """Every file of a run in turn is a link to somebody's own: the run says so, and theirs is as it was."""
    place = Place(tmp_path, sandbox)
    victim = tmp_path / "victim"
    with forging(place) as forge:
        plan = place.plan("email,firstname", "p@example.org,An")
        assert forge.call("run", str(plan), "--yes", *FAST).code == 0
        run = Runs(place.home).find("last").path
        names = ("results.csv", "retry.csv", "unknown.csv", "summary.json", "report.html", "lock")
        for name in names:
            victim.write_text("mine")
            kept = (run / name).read_bytes()
            (run / name).unlink()
            (run / name).symlink_to(victim)
            for command in (("report", "last"), ("resume", "last", "--rate", "2000")):
                answer = forge.call(*command)
                assert "victim" not in answer.out + answer.err
            assert victim.read_text() == "mine", name
            (run / name).unlink()
            (run / name).write_bytes(kept)
        victim.write_text("mine")
        plan.unlink()
        plan.symlink_to(victim)
        answer = forge.call("plan", "contacts.upsert", "list.csv", "--out", str(plan), *FAST)
        assert (answer.code, victim.read_text()) == (2, "mine")


def test_no_reference_reaches_outside_the_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither removing nor reporting; a home, too, is only what it is."""
    place = Place(tmp_path, sandbox)
    outside = place.home / "outside"
    outside.mkdir(parents=True)
    (outside / "plan.parquet").write_text("x")
    with forging(place) as forge:
        assert forge.call("run", str(place.plan("email", "p@example.org")), "--yes", *FAST).code == 0
        for name in (
            "../outside",
            "..",
            ".",
            "/",
            str(outside),
            "",
            " ",
            "./",
            "*",
            "contacts*",
            "\x1b[31m",
            "a\0b"[:1],
        ):
            for command in (("runs", "remove", name), ("report", name), ("resume", name)):
                assert forge.call(*command, "--json").code == 2, (command, name)
    assert (outside / "plan.parquet").exists()
    assert len(Runs(place.home).all()) == 1


def test_a_kill_while_reports_are_written_leaves_each_whole_or_absent(sandbox: Sandbox, tmp_path: Path) -> None:
    """At fifteen moments of the writing; and the next report sweeps what is left of the one before."""
    place = Place(tmp_path, sandbox)
    bad = [f"nobody{n},{'long ' * 20}" for n in range(6_000)]
    plan = place.plan("email,firstname", "p@example.org,An", *bad)
    with forging(place) as forge:
        assert forge.call("run", str(plan), "--yes", *FAST).code == 1
        run = Runs(place.home).find("last").path
        names = ("results.csv", "retry.csv", "unknown.csv", "report.html")
        whole = {name: (run / name).read_bytes() for name in names}
        scraps = 0
        for moment in range(15):
            for name in names:
                (run / name).unlink(missing_ok=True)
            process = forge.start("report", "last", "--json")
            wanted = names[moment % len(names)]
            until(lambda: any(path.name.startswith(f".{wanted}") or path.name == wanted for path in run.iterdir()))  # noqa: B023
            process.send(signal.SIGKILL)
            process.answers()
            assert all((run / name).read_bytes() == whole[name] for name in names if (run / name).exists())
            json.loads((run / "summary.json").read_bytes())
            scraps += sum(path.name.startswith((".results", ".report")) for path in run.iterdir())
        assert forge.call("report", "last").code == 0
        assert {name: (run / name).read_bytes() for name in names} == whole
        assert scraps >= 1
        assert [path.name for path in run.iterdir() if path.name.startswith(".")] == []


LISTENING = """
import os, sys
def hear(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        with open(os.environ["HEARD"], "a") as file:
            file.write(f"{event} {args[1:] if event == 'socket.connect' else args}\\n")
sys.addaudithook(hear)
"""


def test_nobody_but_the_account_is_called(sandbox: Sandbox, tmp_path: Path) -> None:
    """Planning, running, reporting, listing, showing help: no other address is asked for or connected to."""
    place = Place(tmp_path, sandbox)
    place.write("list.csv", "email,firstname", "p@example.org,An")
    heard = tmp_path / "heard"
    with forging(place, LISTENING) as forge:
        for command in (
            ("--help",),
            ("jobs",),
            ("plan", "contacts.upsert", "list.csv", "--out", "p.parquet", *FAST),
            ("show", "p.parquet"),
            ("run", "p.parquet", "--yes", *FAST),
            ("report", "last"),
            ("runs",),
        ):
            assert forge.call(*command, env={"HEARD": str(heard)}).code == 0, command
    lines = heard.read_text().splitlines()
    assert len(lines) >= 2
    assert [line for line in lines if "127.0.0.1" not in line] == []


@pytest.mark.parametrize(("code", "status"), [(7011, "stopped"), (1003, "finished"), (9999, "finished")])
async def test_a_refusal_that_names_an_erased_person_is_kept_in_our_own_words(
    sandbox: Sandbox, tmp_path: Path, code: int, status: str
) -> None:
    """Of the account, or of a row: the name that the server says stands in no file of the home."""
    uuids = [contact.uuid for contact in sandbox.store.order if not contact.anonymous][:5]
    file = write_csv(tmp_path / "gone.csv", ("uuid",), [(uuid,) for uuid in uuids])
    plan = await plan_of(sandbox, "contacts.delete", file, type="GDPR")
    word = "Piet Canary-Jansen may not be erased"
    with relaying(sandbox, lambda seen: refusal(code, word, uuid=[word]) if is_write(seen) else None) as relay:
        consent = Consent(confirm=len(uuids))
        home = tmp_path / "home"
        report = await run_plan(plan, relay.account, consent, home=home, options=HASTY)
    assert report.state == status
    if status == "stopped":
        assert f"({code})" in report.why
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert len(kept) >= 6
    assert not [path for path in kept if b"Canary" in plain(path, path.read_bytes())]
