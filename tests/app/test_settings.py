"""What the app keeps: the theme that was chosen, from one start to the next."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import App

from app.main import LeatApp
from app.settings import FILE, keep_theme, read_theme, write_theme
from ops.errors import InputError
from tests.app.desks import lone_desk
from tests.app.hosts import until

ROOT = Path(__file__).parents[2]


class Bare(App[None]):
    """Keeps its theme and shows nothing."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        super().__init__()
        self._home = home
        self._env = env

    def on_mount(self) -> None:
        """Begin."""
        keep_theme(self, self._home, self._env)

    @property
    def toasts(self) -> list[str]:
        """What was said in passing."""
        return [toast.message for toast in self._notifications]


async def start(home: Path, **env: str) -> tuple[str, list[str]]:
    """The theme after a start, and what was said."""
    app = Bare(home, env)
    async with app.run_test() as pilot:
        await pilot.pause()
        return app.theme, app.toasts


async def test_a_chosen_theme_is_worn_at_the_next_start(tmp_path: Path) -> None:
    """By the whole app, with a file only its owner can read; nothing is written before somebody chooses."""
    app = LeatApp(lone_desk(tmp_path))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert not (tmp_path / FILE).exists()
        app.theme = "nord"
        await until((tmp_path / FILE).exists)
    assert (tmp_path / FILE).read_text() == 'theme = "nord"\n'
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    again = LeatApp(lone_desk(tmp_path))
    async with again.run_test() as pilot:
        await pilot.pause()
        assert again.theme == "nord"


async def test_the_environment_goes_before_what_was_kept(tmp_path: Path) -> None:
    """What was kept stays for the next start without it."""
    write_theme(tmp_path, "nord")
    assert await start(tmp_path, TEXTUAL_THEME="dracula") == ("textual-dark", [])
    assert await start(tmp_path) == ("nord", [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"theme = ", "is not TOML"),
        (b"theme = \xff", "is not TOML"),
        (b"theme = 7\n", "not a text"),
        (b'theme = "[/none]"\n', "no theme named '[/none]'"),
    ],
)
async def test_what_is_not_understood_is_told_and_passed_over(tmp_path: Path, content: bytes, told: str) -> None:
    """The app starts in the usual theme, and the file stays as it was."""
    (tmp_path / FILE).write_bytes(content)
    theme, [toast] = await start(tmp_path)
    assert theme == "textual-dark"
    assert told in toast
    assert (tmp_path / FILE).read_bytes() == content


def test_a_file_that_says_nothing_of_it_is_no_error(tmp_path: Path) -> None:
    """Nor is a home that is not there yet; one that cannot be read is."""
    assert read_theme(tmp_path / "none") is None
    (tmp_path / FILE).write_text("other = 1\n")
    assert read_theme(tmp_path) is None
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    with pytest.raises(InputError, match="Cannot read"):
        read_theme(tmp_path)


async def test_a_home_that_cannot_be_written_is_told_and_the_theme_worn(tmp_path: Path) -> None:
    """It is a matter of looks."""
    app = Bare(tmp_path, {})
    async with app.run_test() as pilot:
        (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
        app.theme = "nord"
        await until(lambda: app.toasts)
        await pilot.pause()
        assert app.theme == "nord"
        assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "env", [{"NO_COLOR": "1"}, {"TEXTUAL_THEME": "gruvbox"}, {"TEXTUAL_THEME": "none-such", "NO_COLOR": "1"}], ids=str
)
def test_the_app_starts_whatever_the_environment_says_of_colours(tmp_path: Path, env: dict[str, str]) -> None:
    """In a fresh process, as Textual reads it once: the first screen is drawn, and without colours where asked."""
    script = f"""
import asyncio
from pathlib import Path
from app.main import LeatApp
from tests.app.desks import lone_desk
async def main() -> None:
    app = LeatApp(lone_desk(Path({str(tmp_path)!r})))
    async with app.run_test() as pilot:
        await pilot.pause()
        print(app.screen.query_one("#path").has_focus, app.current_theme.name, app.no_color)
asyncio.run(main())
"""
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TEXTUAL_THEME"}}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env={**clean, **env}, check=False
    )
    theme = "gruvbox" if env.get("TEXTUAL_THEME") == "gruvbox" else "textual-dark"
    assert done.stdout.split() == ["True", theme, str("NO_COLOR" in env)], done.stderr
