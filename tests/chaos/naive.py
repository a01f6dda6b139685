"""The same siege of the usual script, which sends again on any error: so that the judge is seen to see."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

from ops.sandbox.account import PROGRAMS, SHOPS
from tests.chaos.cases import Issue
from tests.chaos.ground import Desk, world
from tests.chaos.siege import Siege
from tests.chaos.verdict import Verdict, judge_cards


def besiege_naive(siege: Siege, folder: Path) -> Verdict:
    """Run, kill and run again until it is through; count what it left."""
    with world(seed=siege.seed) as ground:
        case, desk = Issue(ground, siege.rows, siege.seed), Desk(folder, ground, "tests.chaos.usual_script")
        command = (str(case.file(folder / "in.csv")), PROGRAMS[0].uuid, SHOPS[0].uuid)
        begun = time.monotonic()
        ground.set_faults(*siege.faults)
        dice, verdict = Random(siege.seed), Verdict()
        step = max(2, int(2 * 0.75 * case.requests_per_row * siege.rows / siege.kills))
        kills = [desk.kill(*command, after=dice.randint(1, step)) for _ in range(siege.kills)]
        process = desk.start(*command)
        _, err = process.communicate()
        assert process.returncode == 0, err
        ground.until_idle()
        verdict.figures |= {"rows": siege.rows, "kills": sum(kills), "seconds": round(time.monotonic() - begun, 1)}
        made = [card for card in ground.cards() if card["uuid"] not in case.cards_before]
        judge_cards(verdict, made, ground.contacts(), siege.rows)
        return verdict
