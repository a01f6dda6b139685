"""What the engine advises, said by each door: the command line names its options, the app its buttons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import ops
from app.choices import Choices, Settings
from app.screens.load import LoadScreen
from app.screens.report import LABELS, ReportScreen
from app.screens.run import RunScreen
from app.stages import Agreed
from app.widgets.table_pane import TablePane
from app.wording import WORDS, in_app
from ops.advice import Advice, Way, choose, resend, resume, set_to, settle
from ops.errors import OptionError
from ops.jobs.giftcards_issue import IssueCards
from ops.notebook import Consent, run_plan
from ops.sandbox import Sandbox
from tests.app.desks import desk_of, lone_desk, small_plan
from tests.app.hosts import ScreenHost, until
from tests.engine.files import QUICK, account_of

SMALL = (80, 24)
COMMAND = re.compile(r"(^|[\s(])--[a-z]|`?leatops (plan|show|run|resume|settle|report|undo|jobs) ")
"""Words of the command line."""
COMMANDS_ALONE = (
    "--happened",
    "--not-happened",
    "--verify ",
    "--stop-after ",
    "--confirm ",
    " cannot be undone: confirm with --confirm ",
    " rows would act: say yes with --yes",
    "`leatops account add NAME`",
    "If you trust it, add --allow-host ",
    "No account: set LEAT_API_KEY",
    "or start one to try things on with `leatops sandbox`",
    " is a file; a run is named by its id (`leatops runs` lists them)",
    "`leatops runs remove ",
)
"""What is said before the app opens, of what only a command is given, or of what the app has no way for."""


@pytest.mark.parametrize(
    ("way", "command", "app"),
    [
        (
            set_to("duplicates", "first", "last"),
            "--set duplicates=first or duplicates=last",
            "duplicates set to first or last",
        ),
        (set_to("allow_merge", "true"), "--set allow_merge=true", "allow_merge switched on"),
        (choose("shop", "…"), "--set shop=…", "the option shop"),
        (resume("r-1"), "leatops resume r-1", "Resume on the report"),
        (resend("r-1"), "leatops resume r-1 --refused", "Resend on the report"),
        (settle("r-1"), "leatops settle r-1", "Settle on the report"),
        (Way("say", "leatops settle r-1 --happened ROWS"), *("leatops settle r-1 --happened ROWS",) * 2),
    ],
)
def test_a_way_has_the_words_of_its_door(way: Way, command: str, app: str) -> None:
    """A way that the app does not have is said to lead over the command line."""
    advice = Advice("Then ", way, ".")
    assert str(advice) == f"Then {command}."
    beyond = " (on the command line)" if way.name == "say" else ""
    assert in_app(advice) == f"Then {app}{beyond}."


@pytest.mark.parametrize("way", ["resume", "refused", "settle"])
def test_the_app_names_buttons_that_are_there(way: str) -> None:
    """As they are labelled on the report."""
    label = next(label for name, (label, _) in LABELS.items() if name == way)
    assert WORDS["resend" if way == "refused" else way] == f"{label} on the report"


def test_what_is_said_of_data_is_harmless() -> None:
    """An error's words may hold a file's name."""
    assert in_app(Advice("a\x1b[31m", Way("x", "\x07"))) == "a␛[31m␇ (on the command line)"


def test_an_error_has_its_words_for_both_doors() -> None:
    """The message is that of the command line, as scripts know it."""
    error = OptionError(Advice("It needs ", choose("shop", "…"), "."), option="shop")
    assert (error.message, str(error)) == ("It needs --set shop=….",) * 2
    assert in_app(error.advice) == "It needs the option shop."
    assert in_app(OptionError("As it is.").advice) == "As it is."


def test_the_engine_says_commands_in_ways_alone() -> None:
    """Else the app would show them as they are."""
    root = Path(ops.__file__).parent
    files = [path for path in root.rglob("*.py") if "sandbox" not in path.parts and path.name != "advice.py"]
    said = {f"{path.relative_to(root)}: {text}" for path in files for text in texts(ast.parse(path.read_text("utf-8")))}
    assert not {text for text in said if COMMAND.search(text.split(": ", 1)[1]) and not alone(text)}


def alone(text: str) -> bool:
    """Whether it is one of those that no screen shows as a way of its own."""
    return any(words in text for words in COMMANDS_ALONE)


def texts(node: ast.AST) -> Iterator[str]:
    """The texts of a program that are not documentation and not within a `Way`."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Call(func=ast.Name(id="Way")):
                continue
            case ast.Constant(value=str(text)):
                yield text
        yield from texts(child)


async def test_the_report_advises_in_the_words_of_the_app(sandbox: Sandbox, tmp_path: Path) -> None:
    """Among the causes and above the rows of one."""
    plan = await small_plan(sandbox, tmp_path, "same@example.org", "same@example.org", "fine@example.org")
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    assert "--set duplicates=first" in report.triage[0].next
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        source = host.given.query_one("#causes", TablePane).table.source
        assert source is not None
        advice = "Keep one row of each, or plan with duplicates set to first or last."
        assert source.window(0, 1)[0][2] == advice
        await pilot.press("v")
        await until(lambda: host.screen is not host.given and host.screen.query("#next"))
        assert host.words("#next") == advice


async def test_a_plan_that_was_run_is_told_in_the_words_of_the_app(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where the run is to be found, instead of the commands for it."""
    plan = await small_plan(sandbox, tmp_path, "new@example.org")
    await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    host = ScreenHost(RunScreen(desk_of(sandbox, tmp_path), Agreed(plan)))
    async with host.run_test(size=SMALL):
        await until(lambda: "could not go on" in host.words("#title"))
        assert "Earlier runs has it" in host.words("#why")
        assert "leatops resume" not in host.words("#why")


async def test_a_plan_in_place_of_a_file_is_told_where_it_is_of_use(sandbox: Sandbox, tmp_path: Path) -> None:
    """The app takes files with rows alone."""
    plan = await small_plan(sandbox, tmp_path, "new@example.org")
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), plan.path))
    async with host.run_test(size=SMALL):
        await until(lambda: "cannot be read" in host.words("#facts"))
        assert "on the command line" in host.words("#instead")


async def test_an_option_that_is_missing_is_named_as_the_map_names_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """Not as a flag."""
    view = await replace(desk_of(sandbox, tmp_path)).view()
    choices = Choices.begin(IssueCards, ("email", "amount"), view)
    why = choices.blocked(Settings({"program": "Cadeaukaart"}))
    assert why.startswith("An amount needs the option shop, ")
