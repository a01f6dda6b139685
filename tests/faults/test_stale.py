"""Answers that are right in form and name something that was there before, as a cache on the way may give."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ops.control import Control
from ops.notebook import Consent, run_plan
from ops.run import RunOptions, settle_run
from ops.runs import Runs
from ops.sandbox import Sandbox
from tests.engine.test_run import HASTY
from tests.faults.relay import Said, Seen, relaying
from tests.faults.test_account import cards_plan

ROWS = 40
ONE_BY_ONE: RunOptions = replace(HASTY, workers=1, settle_seconds=0.05)


async def test_a_card_that_was_there_before_is_not_taken_for_a_new_one(sandbox: Sandbox, tmp_path: Path) -> None:
    """One of another row, or one from before the run: the row is in doubt, and settling finds the card it has made."""
    plan = await cards_plan(sandbox, tmp_path)
    old = sandbox.store.cards.by_program[sandbox.programs()[0]["uuid"]][0]
    worth = old.amount
    made: list[str] = []

    def answer(seen: Seen) -> Said | None:
        if (seen.method, seen.path) != ("POST", "/giftcards"):
            return None
        said = relay.pass_on(seen)
        card = json.loads(said.body)
        made.append(card["data"]["uuid"])
        stale = {5: made[0], 6: made[0], 7: old.uuid}.get(len(made))
        if stale is None:
            return said
        card["data"]["uuid"] = stale
        return Said(said.status, json.dumps(card).encode(), {"Content-Type": "application/json"})

    consent = Consent(confirm=plan.acting)
    with relaying(sandbox, answer) as relay:
        report = await run_plan(plan, relay.account, consent, home=tmp_path, options=ONE_BY_ONE)
        assert (report.counts["done"], report.counts["unknown"]) == (ROWS - 3, 3)
        folder = Runs(tmp_path).find("last")
        async for _ in settle_run(folder, relay.account, ONE_BY_ONE, Control()):
            pass
    loads = {card.uuid: [each.amount for each in card.transactions] for card in sandbox.store.cards.all}
    assert all(loads[uuid] == [1000] for uuid in made)
    assert sandbox.ledger.effects.cards == len(made) == ROWS
    assert old.amount == worth
