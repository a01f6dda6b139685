"""Looking through a plan: what a row would change, in words that stay true to the values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.browse import Browser
from ops.plan import Plan
from ops.sandbox import Sandbox
from tests.engine.files import plan_of, write_csv

SHOP: dict[str, Any] = {"program": "Cadeaukaart", "shop": "Webshop", "send": "true"}


def what(plan: Plan) -> list[str | None]:
    return Browser.open(plan).table["what"].to_list()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Jan", '"Jan"'),
        ('say "x": 1', '"say \\"x\\": 1"'),
        ('a","b":null', '"a\\",\\"b\\":null"'),
        ("null", '"null"'),
        ("{x}", '"{x}"'),
    ],
)
async def test_no_text_is_taken_for_a_name(sandbox: Sandbox, tmp_path: Path, text: str, shown: str) -> None:
    """Names lose their quotes and cents become euros; texts stay as they are, whatever stands in them."""
    file = write_csv(tmp_path / "in.csv", ("email", "amount", "custom.a"), [("new@example.org", "10,50", text)])
    plan = await plan_of(sandbox, "giftcards.issue", file, **SHOP)
    told = f'amount: € 10.50, mailed_to: "new@example.org", merge_tags: {{custom.a: {shown}}}'
    assert what(plan) == [told]


async def test_a_deletion_shows_what_is_lost_and_names_the_row_by_what_it_has(sandbox: Sandbox, tmp_path: Path) -> None:
    """The reference, else the uuid; a row that has neither has no name."""
    rows = [("R1", "ayse.garcia0@mail.example"), ("", "tess.elamrani13@kantoor.example"), ("", "nobody@example.org")]
    plan = await plan_of(
        sandbox, "contacts.delete", write_csv(tmp_path / "in.csv", ("reference", "email"), rows), type="GDPR"
    )
    table = Browser.open(plan).table
    assert table["key"].to_list() == ["R1", "bb26946e-708f-4cc1-ab71-ebe513e08d3d", None]
    assert what(plan) == [
        'credit_balance: 4212, prepaid_balance: € 67.00, tier: "Familie"',
        "credit_balance: 0, prepaid_balance: € 0.00, tier: ∅",
        "not found: the account has no such contact",
    ]
