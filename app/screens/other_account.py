"""Going on with a run on another account than the one it was planned against: asked first, never taken for granted.

Whether the account is the plan's is seen by the engine before anything is sent; here a person sees it first.
"""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.app import App

from app.display import visible
from app.screens.question import YesNoScreen
from app.stages import Desk
from ops.errors import LeatopsError
from ops.runs import RunFolder


def account_in_words(name: str, base_url: str) -> str:
    """`shop (api.example.org)`, or the server alone where that is the name."""
    server = base_url.rstrip("/").split("://")[-1]
    return visible(server if name in {"", server} else f"{name} ({server})")


async def agrees_to_account(app: App[Any], desk: Desk, folder: RunFolder) -> bool:
    """Whether a run may be gone on with on the account of now: asked where that is another than the plan's.

    A plan that cannot be read is not asked about: going on with it says why.
    """
    try:
        meta = folder.plan.meta
    except LeatopsError:
        return True
    account = desk.account
    if (meta.account, meta.base_url) == (account.name, account.base_url):
        return True
    asked = Text.assemble(
        ("Go on with this run on another account?", "bold"),
        f"\n\nRun {visible(folder.id)} was planned against ",
        (account_in_words(meta.account, meta.base_url), "bold"),
        ". The account of now is ",
        (account_in_words(account.name, account.base_url), "bold"),
        ".\n\nRows would be written there at once.",
    )
    answer = await app.push_screen_wait(YesNoScreen(asked, yes="Go on", no="Cancel"))
    return answer is True
