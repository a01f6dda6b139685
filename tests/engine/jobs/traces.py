"""A byte search for people: every spelling of what names them, in every file, those of Parquet unpacked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

import polars as pl

from ops.sandbox import Sandbox
from ops.sandbox.records import Contact

SHORT = 4
"""Names up to so many letters may stand in any text by chance."""


def names_of(sandbox: Sandbox, people: Iterable[Contact]) -> set[str]:
    """First and last names."""
    values = [sandbox.store.values(person) for person in people]
    names = {str(each[key]) for each in values for key in ("firstname", "lastname") if each.get(key)}
    return {name for name in names if len(name) > SHORT}


def spellings(text: str) -> set[bytes]:
    """A text as it might stand in a file: in any case, in a URL, with JSON's escapes, as UTF-16."""
    cases = {text, text.lower(), text.upper(), text.title()}
    forms = cases | {encode(each) for each in cases for encode in (quote, quote_plus)}
    forms |= {each.encode("ascii", "backslashreplace").decode() for each in cases}
    return {form.encode(code) for form in forms for code in ("utf-8", "utf-16-le", "utf-16-be")}


def id_spellings(uuid: str) -> set[bytes]:
    """A uuid with and without its dashes, and as bytes."""
    plain = uuid.replace("-", "")
    found = spellings(uuid) | spellings(plain)
    return found | {bytes.fromhex(plain)} if len(plain) == 32 else found


def haystack(*places: Path) -> dict[str, bytes]:
    """Every file of some places, and what those of Parquet hold."""
    held: dict[str, bytes] = {}
    paths = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*")))]
    for path in paths:
        held[f"the name of {path}"] = path.name.encode()
        if not path.is_file():
            continue
        raw = held[str(path)] = path.read_bytes()
        if raw[:4] == b"PAR1":
            frame = pl.read_parquet(path, glob=False)
            held[f"{path}, unpacked"] = frame.write_csv().encode() + repr(pl.read_parquet_metadata(path)).encode()
    return held


def traces(needles: Iterable[bytes], held: dict[str, bytes]) -> list[tuple[bytes, str]]:
    """Which of some bytes stand where."""
    return [(needle, where) for needle in set(needles) for where, text in held.items() if needle in text]
