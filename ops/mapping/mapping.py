"""The nouns: a rule, a mapped column, a mapping, and what makes one fit a file and a job.

How a mapping is suggested or written by hand stands in the other rooms here; a file's contents play no part.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from ops.errors import MappingError
from ops.fields import Field
from ops.fields.text import shown_text
from ops.mapping.saved import read_columns, write_columns


class Rule(StrEnum):
    """How a mapped attribute is written; a blank cell leaves the value alone except under CLEAR."""

    OVERWRITE = "overwrite"
    IF_EMPTY = "if_empty"
    CLEAR = "clear"
    """Overwrite, and a blank cell clears the value."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of the file and the field it fills."""

    column: str
    field: str
    rule: Rule = Rule.OVERWRITE
    why: str = "given"
    """`given`, `same name`, `usual name`, `saved`: how the pair came about."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Columns to fields; no column and no field stands in it twice."""

    columns: tuple[MappedColumn, ...] = ()

    def __post_init__(self) -> None:
        fields: dict[str, str] = {}
        seen: set[str] = set()
        for pair in self.columns:
            if pair.column in seen:
                raise MappingError(
                    f"The column {shown_text(pair.column)} is mapped twice: choose one field for it.",
                    column=pair.column,
                )
            if pair.field in fields:
                raise MappingError(
                    f"Two columns claim the field {pair.field}: {shown_text(fields[pair.field])} and "
                    f"{shown_text(pair.column)}. Leave one of them out (COLUMN=-).",
                    column=pair.column,
                )
            seen.add(pair.column)
            fields[pair.field] = pair.column

    def digest(self) -> str:
        """A hash of which column is which field by which rule, whatever their order."""
        pairs = sorted((pair.column, pair.field, pair.rule.value) for pair in self.columns)
        return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()

    def of_column(self, column: str) -> MappedColumn | None:
        """The pair of a column, if it is mapped."""
        return next((pair for pair in self.columns if pair.column == column), None)

    def of_field(self, field: str) -> MappedColumn | None:
        """The pair of a field, if a column is mapped to it."""
        return next((pair for pair in self.columns if pair.field == field), None)

    def left_out(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The columns that map to nothing."""
        mapped = {pair.column for pair in self.columns}
        return tuple(column for column in columns if column not in mapped)

    def resolve(self, columns: Sequence[str], fields: Sequence[Field]) -> tuple[tuple[MappedColumn, Field], ...]:
        """Each pair with its field.

        Raises:
            MappingError: The file has no such column, the job and the account have no such field, the field
                is read-only, or a field that is no attribute has a write rule.
        """
        for pair in self.columns:
            if pair.column not in columns:
                raise MappingError(
                    f"The file has no column {shown_text(pair.column)}{_nearest(pair.column, columns)}.",
                    column=pair.column,
                )
        return tuple((pair, _field_of(pair, fields)) for pair in self.columns)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a mapping from TOML; whether it fits a file is for `resolve` to say.

        Raises:
            MappingError: It is not a mapping.
        """
        pairs = []
        for column, field, rule in read_columns(path):
            if rule not in set(Rule):
                raise MappingError(
                    f"{path}: {shown_text(rule)} is not a write rule; use one of {', '.join(Rule)}.",
                    file=str(path),
                    column=column,
                )
            pairs.append(MappedColumn(column, field, Rule(rule), "saved"))
        return cls(tuple(pairs))

    def save(self, path: Path) -> None:
        """Write the mapping as TOML, whole or not at all, for its owner alone."""
        write_columns(path, [(pair.column, pair.field, pair.rule.value) for pair in self.columns])


def find_field(name: str, fields: Sequence[Field]) -> Field | None:
    """The field of a name, under that name; `custom.*` is every name that begins with `custom.`."""
    for field in fields:
        if field.name == name:
            return field
    for field in fields:
        prefix = field.name.removesuffix("*")
        if field.name.endswith("*") and name.startswith(prefix) and len(name) > len(prefix):
            return replace(field, name=name)
    return None


def _field_of(pair: MappedColumn, fields: Sequence[Field]) -> Field:
    field = find_field(pair.field, fields)
    if field is None:
        raise MappingError(
            f"There is no field {shown_text(pair.field)} for the column {shown_text(pair.column)}"
            f"{_nearest(pair.field, [field.name for field in fields])}.",
            column=pair.column,
        )
    if not field.writable:
        raise MappingError(
            f"The field {pair.field} is read-only: leave {shown_text(pair.column)} out (COLUMN=-).",
            column=pair.column,
        )
    if not field.attribute and pair.rule is not Rule.OVERWRITE:
        raise MappingError(
            f"The field {pair.field} is not an attribute and takes no write rule ({pair.rule.value}).",
            column=pair.column,
        )
    return field


def _nearest(name: str, known: Sequence[str]) -> str:
    """A hint at what may have been meant, or all there is when that is little."""
    folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {shown_text(folded[close[0]])}?"[:-1]
    few = ", ".join(map(shown_text, known[:8]))
    return f"; there are {few}{', …' if len(known) > 8 else ''}" if known else ""
