"""The sandbox's own paths beside the API: set faults, read the ledger, look at the state.

Nothing here is part of the API, and nothing here is counted.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ops.errors import OptionError
from ops.sandbox.account import PROGRAMS, SHOPS
from ops.sandbox.api import Api
from ops.sandbox.config import SandboxConfig
from ops.sandbox.faults import Faults, decode_faults

ADMIN = "/sandbox/"


def admin_app(config: SandboxConfig, api: Api) -> Starlette:
    """The paths under ``/sandbox``."""

    async def set_faults(request: Request) -> Response:
        try:
            faults = decode_faults(await request.body())
        except OptionError as error:
            return JSONResponse({"error": error.message}, 422)
        api.faults = Faults(faults, config.seed)
        return JSONResponse({"faults": api.faults.document()})

    async def get_faults(_request: Request) -> Response:
        return JSONResponse({"faults": api.faults.document()})

    async def ledger(request: Request) -> Response:
        last = request.query_params.get("last", "0")
        with api.store.lock:
            api.store.agenda.catch_up()
            return JSONResponse(api.ledger.document(int(last) if last.isdecimal() else 0))

    async def reset_ledger(_request: Request) -> Response:
        with api.store.lock:
            api.ledger.reset()
        return Response(status_code=204)

    async def state(_request: Request) -> Response:
        with api.store.lock:
            api.store.agenda.catch_up()
            return JSONResponse(state_document(api))

    async def cards(_request: Request) -> Response:
        with api.store.lock:
            api.store.agenda.catch_up()
            return JSONResponse({"cards": cards_document(api)})

    return Starlette(
        routes=[
            Route("/sandbox/faults", set_faults, methods=["POST"]),
            Route("/sandbox/faults", get_faults, methods=["GET"]),
            Route("/sandbox/ledger", ledger, methods=["GET"]),
            Route("/sandbox/reset-ledger", reset_ledger, methods=["POST"]),
            Route("/sandbox/state", state, methods=["GET"]),
            Route("/sandbox/cards", cards, methods=["GET"]),
        ]
    )


def state_document(api: Api) -> dict[str, object]:
    """The size of everything in the account."""
    store = api.store
    return {
        "requests": api.ledger.requests,
        "contacts": len(store.order),
        "hidden_contacts": len(store.contacts) - len(store.order),
        "scheduled": len(store.agenda),
        "identifiers": len(store.identifiers),
        "cards": len(store.cards.all),
        "card_value_in_cents": sum(each.amount for each in store.cards.all),
        "transactions": len(store.cards.transactions),
        "mails": len(store.cards.mails),
        "programs": [{"uuid": each.uuid, "name": each.name, "active": each.active} for each in PROGRAMS],
        "shops": [{"uuid": each.uuid, "name": each.name} for each in SHOPS],
    }


def cards_document(api: Api) -> list[dict[str, object]]:
    """Every gift card in the order they were made, with what was put on it and to whom it was mailed."""
    mailed: dict[str, list[str]] = {}
    for mail in api.store.cards.mails:
        mailed.setdefault(mail.card, []).append(mail.contact)
    return [
        {
            "uuid": card.uuid,
            "program": card.program.uuid,
            "amount_in_cents": card.amount,
            "transactions": [
                {"amount_in_cents": each.amount, "custom_attributes": each.custom_attributes}
                for each in card.transactions
            ],
            "mailed_to": mailed.get(card.uuid, []),
        }
        for card in api.store.cards.all
    ]
