"""What an endpoint can answer: a reply, or an error of the code table.

Answers that break the rules on purpose stand in `mischief.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

MESSAGES = {
    1000: "Internal error.",
    1003: "Invalid input.",
    1008: "Shop not found.",
    1100: "Giftcard Program not found.",
    5001: "Giftcard not found.",
    5002: "Giftcard is expired.",
    5003: "Giftcard has insufficient amount.",
    5006: "Giftcard cannot be incremented.",
    5008: "Giftcard maximum amount exceeded.",
    55021: "Only Digital giftcards can by created using the public API.",
    55025: "Only the last transaction of a giftcard can be reversed.",
    55031: "Contact not found.",
    60000: "Usage limit reached.",
    60003: "Contact identifier not found.",
    60004: "Contact identifier is not active.",
    60005: "Contact already exists.",
    60006: "Contact identifier already exists.",
    60011: "Contact identifier is not linked.",
    60014: "Contact identifier is already linked.",
    60016: "Contact not anonymous.",
}


class ApiError(Exception):
    """A refusal of the code table: HTTP 400, whatever the code.

    Attributes:
        code: The code of the table.
        errors: Which field is wrong and why; 1003 only.
        wrong_type: Whether the caller sent the wrong JSON type, which the ledger lists as a violation.
    """

    def __init__(self, code: int, errors: dict[str, str] | None = None, *, wrong_type: bool = False) -> None:
        super().__init__(MESSAGES[code])
        self.code = code
        self.errors = errors or {}
        self.wrong_type = wrong_type

    def reply(self) -> Reply:
        """The answer that tells it."""
        return error_reply(self.code, 400, self.errors)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be sent."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = b"application/json"
    code: int | None = None
    """The code of the error table."""


@dataclass(frozen=True, slots=True)
class Data:
    """What an endpoint's function returns: the two halves of a success."""

    data: object
    meta: object = field(default_factory=list)


def success(result: Data) -> Reply:
    """The answer to a request that worked."""
    return Reply(200, msgspec.json.encode({"data": result.data, "meta": result.meta}))


def error_reply(code: int, status: int, errors: dict[str, str] | None = None) -> Reply:
    """An answer in the error shape."""
    body: dict[str, object] = {"message": MESSAGES[code], "code": code, "status_code": status}
    if errors:
        # Both forms are in use at the service: a text, and a list of texts.
        body["errors"] = errors if len(errors) == 1 else {name: [text] for name, text in errors.items()}
    return Reply(status, msgspec.json.encode(body), code=code)


def bare_reply(status: int, message: str, *headers: tuple[bytes, bytes]) -> Reply:
    """An answer of the framework in front of the API, which does not use the error shape."""
    return Reply(status, msgspec.json.encode({"message": message}), headers)
