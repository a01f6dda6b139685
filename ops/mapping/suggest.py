"""Mappings made of headers, of what was chosen before for the same headers, and of what a person gives.

Nothing here looks into the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ops.errors import MappingError
from ops.fields import Field
from ops.fields.text import shown_text
from ops.mapping.mapping import MappedColumn, Mapping, Rule, find_field
from ops.mapping.names import USUAL, loose, same
from ops.mapping.saved import LEFT_OUT

_SAME, _LABEL, _USUAL = 0, 1, 2


def suggest(columns: Sequence[str], fields: Sequence[Field], saved: Mapping | None = None) -> Mapping:
    """The mapping a person would most likely choose.

    Args:
        columns: The headers of the file.
        fields: What the job and the account have; read-only ones are passed over.
        saved: What was chosen before for a file of this shape. Where it still fits it is followed, also in
            what it leaves out.
    """
    if saved is not None:
        kept = tuple(_still_fitting(saved, columns, fields))
        if kept:
            return Mapping(kept)
    return Mapping(tuple(_by_name(columns, [field for field in fields if field.writable])))


def _still_fitting(saved: Mapping, columns: Sequence[str], fields: Sequence[Field]) -> list[MappedColumn]:
    kept = []
    for pair in saved.columns:
        field = find_field(pair.field, fields)
        if pair.column in columns and field is not None and field.writable:
            rule = pair.rule if field.attribute else Rule.OVERWRITE
            kept.append(MappedColumn(pair.column, pair.field, rule, "saved"))
    return kept


def _by_name(columns: Sequence[str], fields: Sequence[Field]) -> list[MappedColumn]:
    """Each field to the column that fits it best; a column goes to one field, in the file's order."""
    ranked = sorted(
        (rank, position, field) for position, column in enumerate(columns) for rank, field in _fits(column, fields)
    )
    of_column: dict[int, MappedColumn] = {}
    taken: set[str] = set()
    for rank, position, field in ranked:
        if position not in of_column and field not in taken:
            why = "usual name" if rank[0] == _USUAL else "same name"
            of_column[position] = MappedColumn(columns[position], field, why=why)
            taken.add(field)
    return [of_column[position] for position in sorted(of_column)]


def _fits(column: str, fields: Sequence[Field]) -> list[tuple[tuple[int, int, int], str]]:
    """The fields a header may mean, each with how well it fits (lower is better)."""
    found = []
    name = same(column)
    for field in fields:
        if field.name.endswith("*"):
            prefix, own = field.name[:-1], column.strip()
            if own[: len(prefix)].lower() == prefix and len(own) > len(prefix):
                found.append(((_SAME, 1, 0), prefix + own[len(prefix) :]))
        elif name == same(field.name):
            found.append(((_SAME, int(column != field.name), 0), field.name))
        elif field.label and name == same(field.label):
            found.append(((_LABEL, 0, 0), field.name))
    if found:
        return found
    known = {field.name for field in fields}
    for order, (field_name, names) in enumerate(USUAL.items()):
        ranks = [rank for rank, usual in enumerate(names) if loose(usual) == loose(column)]
        if ranks and field_name in known:
            # A header such as "Contact UUID" is the first field in `USUAL` that the job has.
            return [((_USUAL, ranks[0], order), field_name)]
    return []


def from_flags(
    flags: Sequence[str], columns: Sequence[str], fields: Sequence[Field], base: Mapping | None = None
) -> Mapping:
    """A mapping with what a person gives as `COLUMN=FIELD[:RULE]`, on top of another.

    `COLUMN=-` leaves a column out. A given pair takes its field away from a pair of `base`.

    Raises:
        MappingError: A flag has another form, or names what does not exist, or two flags claim one field.
    """
    given: dict[str, MappedColumn | None] = {}
    for flag in flags:
        column, target = _split(flag, columns)
        if column in given:
            raise MappingError(f"The column {shown_text(column)} is given twice.", column=column)
        given[column] = None if target == LEFT_OUT else _pair(column, target, fields)
    pairs = [pair for pair in given.values() if pair is not None]
    fields_given = {pair.field for pair in pairs}
    kept = [pair for pair in (base or Mapping()).columns if pair.column not in given and pair.field not in fields_given]
    order = {column: position for position, column in enumerate(columns)}
    mapping = Mapping(tuple(sorted([*kept, *pairs], key=lambda pair: order.get(pair.column, len(order)))))
    mapping.resolve(columns, fields)
    return mapping


def choose(
    columns: Sequence[str],
    fields: Sequence[Field],
    *,
    written: Mapping | None = None,
    remembered: Mapping | None = None,
    flags: Sequence[str] = (),
) -> Mapping:
    """A written mapping, else the remembered one where it still fits, else a suggestion; flags go on top.

    Raises:
        MappingError: The written mapping or a flag does not fit the file or the fields.
    """
    base = written if written is not None else suggest(columns, fields, remembered)
    return from_flags(flags, columns, fields, base)


def _split(flag: str, columns: Sequence[str]) -> tuple[str, str]:
    """The column and the rest of a flag; a column's own name may hold `=`, a field's never does."""
    name, sign, target = flag.rpartition("=")
    if not sign or not name.strip() or not target.strip():
        raise MappingError(f"Cannot read the mapping {shown_text(flag)}: write it as COLUMN=FIELD or COLUMN=-.")
    if name in columns:
        return name, target.strip()
    alike = [column for column in columns if same(column) == same(name)]
    return (alike[0] if len(alike) == 1 else name), target.strip()


def _pair(column: str, target: str, fields: Sequence[Field]) -> MappedColumn:
    if find_field(target, fields) is not None:
        return MappedColumn(column, target)
    name, sign, rule = target.rpartition(":")
    if not sign:
        return MappedColumn(column, target)
    if rule not in set(Rule):
        raise MappingError(f"{shown_text(rule)} is not a write rule; use one of {', '.join(Rule)}.", column=column)
    return MappedColumn(column, name, Rule(rule))


def remember(folder: Path, shape_id: str, job: str, mapping: Mapping) -> None:
    """Keep a mapping for the next file with the same headers.

    What clears values is kept as what writes them: the next file's blank cells were never looked at.
    """
    kept = [replace(pair, rule=Rule.OVERWRITE) if pair.rule is Rule.CLEAR else pair for pair in mapping.columns]
    Mapping(tuple(kept)).save(_place(folder, shape_id, job))


def recall(folder: Path, shape_id: str, job: str) -> Mapping | None:
    """What was chosen before for these headers and this job, if anything was.

    Raises:
        MappingError: It is there but is not a mapping any more.
    """
    place = _place(folder, shape_id, job)
    return Mapping.load(place) if place.is_file() else None


def _place(folder: Path, shape_id: str, job: str) -> Path:
    slug = "-".join(re.sub(r"[^A-Za-z0-9.]+", "_", part) for part in (job, shape_id))
    return folder / f"{slug}.toml"
