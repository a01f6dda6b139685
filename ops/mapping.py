"""Which column is which field, and by which rule it is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
