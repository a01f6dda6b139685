"""The last line of the screens: whole keys alone, the important ones first, and the way to all others."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets._footer import FooterKey

from app.screens.load import LoadScreen
from app.screens.report import ReportScreen
from app.screens.runs import RunsScreen
from app.stages import Desk
from app.widgets.keys_bar import ALL, MOST, KeysBar, fitting
from ops.sandbox import Sandbox
from tests.app.desks import desk_of, lone_desk
from tests.app.hosts import ScreenHost, until
from tests.app.test_report_screen import mixed


def key(name: str, description: str, action: str | None = None) -> FooterKey:
    """A key of the last line."""
    return FooterKey(name, name, description, action or name)


HELP = key("?", "Help", "help")
QUIT = key("^q", "Quit", "quit")


def shown(host: ScreenHost) -> list[str]:
    """The keys on the screen."""
    return [f"{one.key_display} {one.description}" for one in host.screen.query_one(KeysBar).query(FooterKey)]


def whole(host: ScreenHost) -> bool:
    """Whether every key is on the screen, to its last letter."""
    return all(one.region.right <= host.size.width for one in host.screen.query(FooterKey))


def test_all_keys_that_fit_are_shown_in_their_order() -> None:
    """As they come."""
    keys = [key("a", "Do a"), QUIT, HELP]
    assert fitting(keys, 80) == keys


@pytest.mark.parametrize("width", range(10, 90))
def test_what_does_not_fit_is_left_out_from_the_end(width: int) -> None:
    """The way out goes first and the help never; what is shown is never wider than the line."""
    keys = [*(key(name, f"Do {name}") for name in "abcdef"), QUIT, HELP]
    found = fitting(keys, width)
    assert found[-1] is HELP
    names = [one.key for one in found[:-1]]
    assert names == [*"abcdef", "^q"][: len(names)]
    left_out = len(found) < len(keys)
    taken = sum(len(one.key_display) + len(one.description) + 3 for one in found[:-1])
    assert len(found) == 1 or taken + len("? Help") + 2 + (len(ALL) - len("Help") if left_out else 0) <= width


def test_a_wide_screen_does_not_show_a_crowd() -> None:
    """There are more than one can take in."""
    keys = [*(key(name, f"Do {name}") for name in "abcdefghijkl"), HELP]
    assert len(fitting(keys, 500)) == MOST + 1


async def test_the_report_shows_its_main_keys_and_the_way_to_all(sandbox: Sandbox, tmp_path: Path) -> None:
    """On a small screen not all of them; on a wide one more."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=(80, 24)) as pilot:
        await until(lambda: "w Why/rows" in shown(host))
        assert shown(host)[:4] == ["esc Another file", "v Its rows", "w Why/rows", "p Retry file"]
        assert shown(host)[-1] == "? All keys"
        assert whole(host)
        await pilot.resize_terminal(160, 40)
        await until(lambda: "o Open" in shown(host))
        assert shown(host)[-1] == "? Help"
        await pilot.resize_terminal(40, 20)
        await until(lambda: len(shown(host)) == 2)
        assert whole(host)
        await pilot.click(host.screen.query_one(KeysBar).query(FooterKey).last())
        await until(lambda: host.screen is not host.given)


@pytest.mark.parametrize("screen", [LoadScreen, RunsScreen])
async def test_no_key_is_cut_in_two(tmp_path: Path, screen: type[LoadScreen | RunsScreen]) -> None:
    """Whatever has the focus."""
    desk: Desk = lone_desk(tmp_path, demo=True)
    host = ScreenHost(screen(desk))
    async with host.run_test(size=(80, 24)) as pilot:
        await until(lambda: host.screen.query(FooterKey))
        for _ in range(8):
            await pilot.press("tab")
            await pilot.pause()
            assert whole(host)
