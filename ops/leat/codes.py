"""What the API's codes mean, in words that hold nobody's data.

What is done about a code is decided by the requests and by `client`.
"""

from __future__ import annotations

from typing import Final, Literal

MEANINGS: Final[dict[int, str]] = {
    1000: "the server had an internal error",
    1003: "the server does not accept the input",
    1008: "there is no such shop",
    1100: "there is no such gift card programme",
    1114: "only gift cards that take value once are possible here",
    5001: "there is no such gift card",
    5002: "the gift card has expired",
    5003: "the gift card does not hold that much",
    5006: "no more value can be put on the gift card",
    5007: "the gift card belongs to no programme",
    5008: "the gift card would hold more than it may",
    7002: "the account is not active",
    7011: "the token gives no access to the account",
    7015: "the token gives no access to the shop",
    55021: "only digital gift cards can be made",
    55025: "only the last transaction of a gift card can be reversed",
    55031: "there is no such contact",
    60000: "the account has reached its usage limit",
    60003: "there is no such identifier",
    60004: "the identifier is not active",
    60005: "a contact with this address exists already",
    60006: "the identifier exists already",
    60011: "the identifier leads to no contact",
    60014: "the identifier leads to a contact already",
    60016: "the contact is not anonymous",
}
"""By code; HTTP 400 for all of them."""

BLAMES: Final[dict[int, Literal["row", "account", "passing"]]] = {
    1000: "passing",
    1003: "row",
    1008: "account",
    1100: "account",
    1114: "account",
    5001: "account",
    5002: "account",
    5003: "account",
    5006: "account",
    5007: "account",
    5008: "row",
    7002: "account",
    7011: "account",
    7015: "account",
    55021: "account",
    55025: "account",
    55031: "account",
    60000: "passing",
    60003: "account",
    60004: "account",
    60005: "account",
    60006: "account",
    60011: "account",
    60014: "account",
    60016: "account",
}
"""Where the reason of a refusal lies: in what was sent, in what the account holds, or in a moment that passes."""


def meaning(code: int | None) -> str:
    """A code in our own words, to be told where the server's message might name a person."""
    if code is None:
        return "the server refused without a code"
    return f"{MEANINGS.get(code, 'the server refused')} ({code})"
