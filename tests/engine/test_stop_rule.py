"""When a run stops by itself: what can be asked for, and after how many refused rows that is."""

from __future__ import annotations

import pytest

from ops.control import StopRule
from ops.errors import OptionError


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (None, StopRule()),
        ("1", StopRule(refused=1)),
        ("007", StopRule(refused=7)),
        ("0.5%", StopRule(refused_share=0.005)),
        ("100%", StopRule(refused_share=1.0)),
    ],
)
def test_a_number_of_rows_or_a_share_of_them(text: str | None, rule: StopRule) -> None:
    """As it is typed; without it the usual rule."""
    assert StopRule.parse(text) == rule


@pytest.mark.parametrize(
    "text", ["0", "0%", "0.000%", "100.1%", "150%", "-1", "1.5", "5 %", "%", "", "often", "9" * 19]
)
def test_what_could_never_be_meant_is_refused(text: str) -> None:
    """No row, no share, more than all of them, or no number."""
    with pytest.raises(OptionError, match="neither a number of rows from 1 on nor a share above 0% up to 100%"):
        StopRule.parse(text)


@pytest.mark.parametrize(
    ("text", "finished", "refused", "stops"),
    [
        ("3", 1_000, 2, False),
        ("3", 3, 3, True),
        ("5%", 19, 19, False),
        ("5%", 20, 1, False),
        ("5%", 20, 2, True),
        (None, 20, 19, False),
        (None, 20, 20, True),
        (None, 1_000, 100, False),
        (None, 1_000, 101, True),
    ],
)
def test_so_many_refused_rows_are_too_many(text: str | None, finished: int, refused: int, *, stops: bool) -> None:
    """A share counts from the 20th finished row on; without a rule 20 of the first 100 do, then above 10 %."""
    assert (StopRule.parse(text).verdict(finished, refused, 0) is not None) == stops
