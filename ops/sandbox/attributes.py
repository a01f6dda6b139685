"""Which values an attribute takes, and the form in which the account keeps them.

How they are shown in a contact's body stands in `values.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from ops.sandbox.records import Attribute

EMAIL = re.compile(
    r"[^@\s\x00-\x1f<>(),;:\\\"\[\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])"
)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,23}")
_URL = re.compile(r"https?://[^\s]{1,2000}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?")
_TEXT_LIMITS = {"text": 255, "long_text": 65_535, "email": 254}
_BOOLEANS = {True: "true", False: "false", "true": "true", "false": "false", "1": "true", "0": "false"}
CLEARS_TO_EMPTY = {"text", "long_text", "phone", "email", "url", "multi_select"}
"""Types whose cleared value is an empty text; the others become null."""


class RejectedError(ValueError):
    """A value the attribute does not take; the message is what `errors` shows."""


def is_email(value: str) -> bool:
    """Whether the service takes this as an address."""
    return len(value) <= 254 and EMAIL.fullmatch(value) is not None


def parse_date_time(value: str) -> datetime:
    """Read an ISO 8601 date with time; without an offset it is UTC.

    Raises:
        RejectedError: It is not one. A `+` that became a space on its way is not one either.
    """
    if not _DATE_TIME.fullmatch(value):
        raise RejectedError("The value is not a valid ISO 8601 date.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise RejectedError("The value is not a valid ISO 8601 date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def accept(attribute: Attribute, value: object, *, form: bool) -> object:
    """The value as the account keeps it.

    Args:
        attribute: The attribute written to.
        value: As decoded from JSON, or a text from a form body.
        form: Whether the body was form-urlencoded, where a number can only come as digits.

    Raises:
        RejectedError: The attribute does not take this value.
    """
    if value is None or value in ("", []):
        return "" if attribute.type in CLEARS_TO_EMPTY else None
    if attribute.type == "number":
        return _number(value, form=form)
    if attribute.type == "boolean":
        return _boolean(value)
    if attribute.type == "multi_select":
        return _several(attribute, value)
    if not isinstance(value, str):
        raise RejectedError("The value must be a string.")
    return _TEXTUAL.get(attribute.type, _text)(attribute, value)


def _number(value: object, *, form: bool) -> int | float:
    if form and isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RejectedError("The value must be a number.")
    return value


def _boolean(value: object) -> str:
    if isinstance(value, bool | int | str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise RejectedError("The value must be true or false.")


def _several(attribute: Attribute, value: object) -> str:
    chosen = value.split(";") if isinstance(value, str) else value
    known = {each for each, _ in attribute.options}
    if not isinstance(chosen, list) or any(not isinstance(each, str) for each in chosen):
        raise RejectedError("The value must be a list of options.")
    for each in chosen:
        if each not in known:
            raise RejectedError("The selected option is invalid.")
    return ";".join(dict.fromkeys(chosen))


def _select(attribute: Attribute, value: str) -> str:
    if value not in {each for each, _ in attribute.options}:
        raise RejectedError("The selected option is invalid.")
    return value


def _day(_attribute: Attribute, value: str) -> str:
    if not _DATE.fullmatch(value):
        raise RejectedError("The value is not a valid date (YYYY-MM-DD).")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise RejectedError("The value is not a valid date (YYYY-MM-DD).") from None
    return value


def _moment(_attribute: Attribute, value: str) -> str:
    return parse_date_time(value).astimezone(UTC).isoformat(timespec="seconds")


def _email(_attribute: Attribute, value: str) -> str:
    if not is_email(value):
        raise RejectedError("The value must be a valid email address.")
    return value


def _phone(_attribute: Attribute, value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise RejectedError("The value must be a valid phone number.")
    return value


def _url(_attribute: Attribute, value: str) -> str:
    if not _URL.fullmatch(value):
        raise RejectedError("The value must be a valid URL.")
    return value


def _text(attribute: Attribute, value: str) -> str:
    limit = _TEXT_LIMITS.get(attribute.type, 255)
    if len(value) > limit:
        raise RejectedError(f"The value may not be longer than {limit} characters.")
    return value


_TEXTUAL: dict[str, Callable[[Attribute, str], str]] = {
    "select": _select,
    "date": _day,
    "birth_date": _day,
    "date_time": _moment,
    "email": _email,
    "phone": _phone,
    "url": _url,
}
