"""The short siege: twenty-odd `kill -9` of the real command while the server misbehaves; the server's ledger judges.

The long one is `python -m tests.chaos`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.naive import besiege_naive
from tests.chaos.siege import Siege, besiege


def test_cards_are_made_loaded_and_mailed_once_whatever_is_killed(tmp_path: Path) -> None:
    """Twenty kills in a run of 400 rows and two in its settling: no harm, every doubt listed, most rows done."""
    verdict = besiege(Siege("giftcards.issue", rows=400, kills=20, seed=1), tmp_path)
    assert verdict.broken == [], verdict.figures
    assert verdict.figures["kills"] >= 15
    assert verdict.figures["faults"] >= 20
    assert verdict.figures["kills"] + verdict.figures["kills in a settle"] >= 17


@pytest.mark.parametrize("job", ["contacts.upsert", "contacts.delete"])
def test_people_are_made_and_erased_once_whatever_is_killed(tmp_path: Path, job: str) -> None:
    """Where a repeat does no harm, every row is done in the end."""
    verdict = besiege(Siege(job, rows=120, kills=4, seed=2, settle_kills=0), tmp_path)
    assert verdict.broken == [], verdict.figures


@pytest.mark.slow
def test_people_are_merged_once_whatever_is_killed(tmp_path: Path) -> None:
    """No merge is asked for twice, no balance is lost, and who was not merged is listed."""
    verdict = besiege(Siege("contacts.merge", rows=200, kills=10, seed=3), tmp_path)
    assert verdict.broken == [], verdict.figures


def test_the_judge_sees_what_the_usual_script_does(tmp_path: Path) -> None:
    """The same faults and kills, a script that sends again on any error: extra cards, double value, double mails."""
    verdict = besiege_naive(Siege(rows=200, kills=5, seed=1), tmp_path)
    assert verdict.figures["extra cards"] > 5
    assert verdict.figures["loaded twice"] > 0
    assert verdict.figures["mailed twice"] > 0
    assert len(verdict.broken) == 3
