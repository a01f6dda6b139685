"""A request as an endpoint sees it: method, path, query and body, parsed and checked for their types.

What a request means stands with the endpoints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

import msgspec

from ops.sandbox.attributes import is_email
from ops.sandbox.replies import ApiError

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_BRACKET = re.compile(r"\[([^\]]*)\]")


class BadBodyError(ValueError):
    """A body that cannot be read; the argument says why."""


@dataclass(slots=True)
class Call:
    """One request; `id` is the path's variable part."""

    method: str
    path: str
    id: str
    query: dict[str, str]
    body: dict[str, object]
    form: bool = False
    """Whether the body came form-urlencoded, where numbers are digits."""

    def text(self, name: str) -> str:
        """A required text of the body, else 1003."""
        value = self.optional_text(name)
        if not value:
            raise ApiError(1003, {name: f"The {_words(name)} field is required."})
        return value

    def optional_text(self, name: str) -> str | None:
        """A text of the body, None when it is absent or null."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, str):
            raise ApiError(1003, {name: f"The {_words(name)} must be a string."}, wrong_type=True)
        return value

    def whole(self, name: str) -> int:
        """A required whole number of the body; digits are fine in a form only."""
        value = self.body.get(name)
        if value is None or value == "":
            raise ApiError(1003, {name: f"The {_words(name)} field is required."})
        if self.form and isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ApiError(1003, {name: f"The {_words(name)} must be an integer."}, wrong_type=True)
        return value

    def mapping(self, name: str) -> dict[str, object]:
        """An object of the body; {} when it is absent, null or an empty array."""
        value = self.body.get(name)
        if value is None or value == []:
            return {}
        if not isinstance(value, dict):
            raise ApiError(1003, {name: f"The {_words(name)} must be an array."}, wrong_type=True)
        return cast("dict[str, object]", value)

    def email(self, name: str = "email") -> str:
        """A required address of the body."""
        return _checked_email(name, self.text(name))

    def asked(self, name: str) -> str:
        """A required text of the query."""
        value = self.query.get(name)
        if not value:
            raise ApiError(1003, {name: f"The {_words(name)} field is required."})
        return value

    def asked_email(self, name: str = "email") -> str:
        """A required address of the query."""
        return _checked_email(name, self.asked(name))

    def asked_number(self, name: str, default: int, most: int | None = None) -> int:
        """A whole number of the query, from 1 to `most`."""
        value = self.query.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or int(value) < 1:
            raise ApiError(1003, {name: f"The {_words(name)} must be at least 1."})
        if most is not None and int(value) > most:
            raise ApiError(1003, {name: f"The {_words(name)} may not be greater than {most}."})
        return int(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _checked_email(name: str, value: str) -> str:
    if not is_email(value):
        raise ApiError(1003, {name: f"The {_words(name)} must be a valid email address."})
    return value


def parse_query(raw: bytes) -> dict[str, str]:
    """The query's fields; of two with one name the last."""
    return dict(parse_qsl(raw.decode("ascii", "replace"), keep_blank_values=True)) if raw else {}


def parse_body(raw: bytes, content_type: str) -> tuple[dict[str, object], bool]:
    """The body's fields, and whether it was a form.

    Raises:
        BadBodyError: It is not what its content type says, or not an object.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if not raw:
        return {}, kind == FORM
    if kind == FORM:
        return _parse_form(raw), True
    if kind != JSON:
        raise BadBodyError("content_type")
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadBodyError("not JSON") from None
    if body == []:
        return {}, False
    if not isinstance(body, dict):
        raise BadBodyError("not an object")
    return body, False


def _parse_form(raw: bytes) -> dict[str, object]:
    """`a[b]=c` as {"a": {"b": "c"}}, `a[]=c` as {"a": ["c"]}."""
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise BadBodyError("not a form") from None
    fields: dict[str, object] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        keys = [head, *_BRACKET.findall(name)] if bracket else [head]
        _set(fields, keys, value)
    return fields


def _set(fields: dict[str, object], keys: list[str], value: str) -> None:
    key, *rest = keys
    if not rest:
        fields[key] = value
        return
    if rest == [""]:
        inner = fields.setdefault(key, [])
        if not isinstance(inner, list):
            raise BadBodyError("not a form")
        inner.append(value)
        return
    nested = fields.setdefault(key, {})
    if not isinstance(nested, dict):
        raise BadBodyError("not a form")
    _set(nested, rest, value)
