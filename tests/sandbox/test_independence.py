from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ops.sandbox

ROOM = sorted(Path(ops.sandbox.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", ROOM, ids=lambda file: file.stem)
def test_the_sandbox_takes_nothing_from_the_rest_of_the_engine(file: Path) -> None:
    """It imports the error tree and itself only: what checks the client must not share its mistakes."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            named.add(node.module or "")
        elif isinstance(node, ast.Import):
            named |= {each.name for each in node.names}
    own = {name for name in named if name.split(".")[0] in {"ops", "app"}}
    assert all(name == "ops.errors" or name.startswith("ops.sandbox") for name in own)


def test_the_public_names_are_there() -> None:
    """Everything the package promises can be imported from it."""
    assert sorted(ops.sandbox.__all__, key=str.lower) == sorted(set(ops.sandbox.__all__), key=str.lower)
    assert all(hasattr(ops.sandbox, name) for name in ops.sandbox.__all__)
