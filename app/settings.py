"""What the app keeps from one start to the next, in `app.toml` of its home: the theme.

Nothing of the work is kept here; accounts, mappings and runs have files of their own.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from textual.app import App
from textual.theme import Theme

from app.display import visible
from ops.errors import InputError
from ops.files import write_private

FILE: Final = "app.toml"
MOST: Final = 10_000
"""Bytes of it that are read; it holds one line."""


def read_theme(home: Path) -> str | None:
    """The name of the theme that was chosen last, None when none was.

    Raises:
        InputError: The file is there and does not say.
    """
    path = home / FILE
    try:
        with path.open("rb") as file:
            name = tomllib.loads(file.read(MOST).decode("utf-8")).get("theme")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.", file=str(path)) from error
    except ValueError as error:
        raise InputError(f"{path} is passed over, it is not TOML: {error}.", file=str(path)) from error
    if name is None or isinstance(name, str):
        return name
    raise InputError(f"{path} is passed over: the theme is not a text.", file=str(path))


def write_theme(home: Path, name: str) -> None:
    """Keep the name of a theme.

    Raises:
        InputError: It cannot be written.
    """
    path = home / FILE
    try:
        write_private(path, tomlkit.dumps({"theme": name}).encode("utf-8"))
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror}.", file=str(path)) from error


def keep_theme(app: App[Any], home: Path, env: Mapping[str, str] = os.environ) -> None:
    """Put on the theme of the last time, and keep every one that is chosen from now on.

    `TEXTUAL_THEME` goes before what was kept. What cannot be read or written is told, and nothing more.
    """
    try:
        kept = read_theme(home)
    except InputError as error:
        _tell(app, error.message)
        kept = None
    if kept is not None and kept not in app.available_themes:
        _tell(app, f"There is no theme named {kept!r} ({home / FILE}).")
    elif kept is not None and not env.get("TEXTUAL_THEME"):
        app.theme = kept
    worn = app.theme

    def keep(theme: Theme) -> None:
        nonlocal worn
        if theme.name == worn:
            return
        worn = theme.name
        try:
            write_theme(home, worn)
        except InputError as error:
            _tell(app, error.message)

    app.theme_changed_signal.subscribe(app, keep)


def _tell(app: App[Any], words: str) -> None:
    app.notify(visible(words), title="The theme is not kept", severity="warning", markup=False)
