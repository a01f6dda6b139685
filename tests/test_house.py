"""The house itself: what may be imported where, what is public, and that the README speaks the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import ops

ROOT = Path(__file__).parents[1]


def modules_after(code: str) -> set[str]:
    """The modules a fresh interpreter has loaded after running this code."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout))


def test_the_whole_engine_loads_where_the_app_and_its_toolkits_do_not_exist() -> None:
    """Every module of `ops` in a fresh interpreter that refuses to import them.

    The sandbox's server library brings click along for its own command, so there only the app and Textual are shut out.
    """
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "ops").rglob("*.py"))
    ]
    engine = [name for name in names if not name.startswith("ops.sandbox")]
    for modules, shut in ((engine, "app textual click rich"), (names, "app textual")):
        modules_after(
            f"import importlib, sys\nsys.modules.update(dict.fromkeys({shut.split()!r}))\n"
            f"for name in {modules!r}: importlib.import_module(name)"
        )


def test_importing_the_library_loads_nothing_heavy() -> None:
    """Each noun is loaded when it is first asked for."""
    assert not {"polars", "httpx", "starlette", "sqlite3"} & modules_after("import ops")


@pytest.mark.parametrize("name", ops.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """And says what it is."""
    assert getattr(ops, name).__doc__


def test_no_other_name_is_public() -> None:
    """`dir` and `__all__` agree, and a wrong name is an AttributeError."""
    assert dir(ops) == sorted(ops.__all__)
    with pytest.raises(AttributeError):
        _ = ops.nothing
