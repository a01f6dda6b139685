"""What one would write in an afternoon: send, and send again on any error; a file says how far it got."""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from pathlib import Path
from typing import Any

import httpx

API = "/api/v3/oauth/clients"
TRIES = 8


async def send(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Send until there is a good answer."""
    for _ in range(TRIES):
        try:
            answer = await client.request(method, API + path, json=body)
            return answer.raise_for_status().json()["data"]
        except (httpx.HTTPError, ValueError):
            await asyncio.sleep(0.05)
    raise RuntimeError(path)


async def one(client: httpx.AsyncClient, row: dict[str, str], program: str, shop: str) -> None:
    """A card made, loaded and mailed."""
    contact = await send(client, "GET", f"/contacts/find-or-create?email={row['email']}")
    card = await send(client, "POST", "/giftcards", {"type": 1, "giftcard_program_uuid": program})
    cents = round(float(row["amount"]) * 100)
    value = {"giftcard_uuid": card["uuid"], "amount_in_cents": cents, "shop_uuid": shop}
    await send(client, "POST", "/giftcard-transactions", value)
    await send(client, "POST", f"/giftcards/{card['uuid']}/send-by-email", {"contact_uuid": contact["uuid"]})


async def main(file: Path, program: str, shop: str) -> None:
    """Every row that the progress file does not have, eight at a time."""
    progress = file.with_suffix(".done")
    done = set(progress.read_text().split()) if progress.exists() else set()
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["email"] not in done]
    headers = {"Authorization": f"Bearer {os.environ['LEAT_API_KEY']}", "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=os.environ["LEAT_BASE_URL"], headers=headers, trust_env=False) as client:
        slots = asyncio.Semaphore(8)

        async def take(row: dict[str, str]) -> None:
            async with slots:
                await one(client, row, program, shop)
                with progress.open("a", encoding="utf-8") as notes:
                    notes.write(row["email"] + "\n")

        await asyncio.gather(*(take(row) for row in rows))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
