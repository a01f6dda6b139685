"""A plan file that is damaged, or was changed: wherever it is read, that is said in words."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from ops.browse import Browser
from ops.errors import PlanError
from ops.files import META_KEY
from ops.plan import Plan
from ops.plan_file import read_rows
from tests.engine.made import Line, Made, made_plan

FLIPS = 400
LINES = [Line("create", f"p{number}@example.org") for number in range(30)]


def use(plan: Plan) -> pl.DataFrame:
    """Read all that is read of a plan that is whole; returns its rows."""
    plan.verify()
    plan.document(), list(plan.actions()), Browser.open(plan).detail(3)
    return plan.diff()


def test_a_flipped_bit_is_found_or_changes_nothing(tmp_path: Path) -> None:
    """Wherever in the file it is, no other error comes out; polars panics at some of them."""
    plan = made_plan(tmp_path / "x.plan", Made("contacts.create", LINES, {"email": [line.key for line in LINES]}))
    whole, rows = plan.path.read_bytes(), plan.diff()
    chance, found = random.Random(7), 0
    for _ in range(FLIPS):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        plan.path.write_bytes(damaged)
        try:
            seen = use(Plan.load(plan.path))
        except PlanError:
            found += 1
        else:
            assert rows.equals(seen)
    assert found > FLIPS // 3


def test_a_panic_of_the_library_is_a_damaged_plan(tmp_path: Path) -> None:
    """It is no Exception, so nothing else would catch it."""
    plan = made_plan(tmp_path / "x.plan", Made("contacts.create", LINES))

    def panic(rows: pl.LazyFrame) -> pl.LazyFrame:
        raise pl.exceptions.PanicException(f"out of range: {rows}")

    with pytest.raises(PlanError, match="not a plan, or a damaged one"):
        read_rows(plan.path, panic)


def test_a_plan_file_that_is_gone_is_said(tmp_path: Path) -> None:
    """Also after it was opened."""
    plan = made_plan(tmp_path / "x.plan", Made("contacts.create", LINES))
    plan.path.unlink()
    for look in (plan.verify, plan.diff, lambda: list(plan.windows()), lambda: Plan.load(plan.path)):
        with pytest.raises(PlanError, match="No such plan"):
            look()


@pytest.mark.parametrize("words", [("contacts.create", "contacts.creata"), ("date_time", "dat_time"), ("born", "borm")])
def test_what_a_plan_says_of_itself_must_be_known(tmp_path: Path, words: tuple[str, str]) -> None:
    """Its job, and its fields and their kinds, are looked at when it is opened."""
    made = Made("contacts.create", LINES, {"d": ["x"] * 30}, mapping={"d": "born"}, kinds={"born": "date_time"})
    plan = made_plan(tmp_path / "x.plan", made)
    meta = pl.read_parquet_metadata(plan.path)[META_KEY]
    assert words[0] in meta
    pl.read_parquet(plan.path).write_parquet(plan.path, metadata={META_KEY: meta.replace(*words, 1)})
    with pytest.raises(PlanError, match="holds a damaged plan"):
        Plan.load(plan.path)
