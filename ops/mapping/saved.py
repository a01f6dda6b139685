"""Mappings on disk: the TOML form of one, read back strictly and written whole.

Whether the columns and fields exist is not asked here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ops.errors import MappingError
from ops.fields.text import shown_text
from ops.files import write_private

LEFT_OUT = "-"
_SHAPE = 'Write it as: [columns] and below it lines such as "E-mail" = "email"'


def read_columns(path: Path) -> Iterator[tuple[str, str, str]]:
    """Column, field and rule of each line that maps something.

    Raises:
        MappingError: The file cannot be read or is not a mapping.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MappingError(f"Cannot read the mapping {path}: {error.strerror}.", file=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"The mapping {path} is not TOML: {error}", file=str(path)) from error
    columns = document.get("columns")
    if not isinstance(columns, dict):
        raise MappingError(f"The mapping {path} has no [columns]. {_SHAPE}.", file=str(path))
    for column, entry in columns.items():
        field, rule = _entry(entry)
        if not field:
            raise MappingError(
                f"The mapping {path} says no field for the column {shown_text(column)}. {_SHAPE}.",
                file=str(path),
                column=column,
            )
        if field != LEFT_OUT:
            yield column, field, rule


def _entry(entry: Any) -> tuple[str, str]:
    """Field and rule out of `"email"`, `"firstname:if_empty"` or a table of both."""
    if isinstance(entry, str):
        field, _, rule = entry.partition(":")
        return field.strip(), rule.strip() or "overwrite"
    if isinstance(entry, dict):
        return str(entry.get("field", "")), str(entry.get("rule", "overwrite"))
    return "", ""


def write_columns(path: Path, columns: Sequence[tuple[str, str, str]]) -> None:
    """Write columns, fields and rules as a mapping."""
    import tomlkit  # noqa: PLC0415 - only saving needs it

    document = tomlkit.document()
    document.add(tomlkit.comment("Which column is which field: COLUMN = FIELD or FIELD:RULE."))
    table = tomlkit.table()
    for column, field, rule in columns:
        table.add(column, field if rule == "overwrite" else f"{field}:{rule}")
    document.add("columns", table)
    write_private(path, tomlkit.dumps(document).encode())
