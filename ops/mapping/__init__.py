"""Which column is which field, and by which rule it is written; never what stands in the columns."""

from ops.mapping.mapping import MappedColumn, Mapping, Rule, find_field
from ops.mapping.suggest import choose, from_flags, recall, remember, suggest

__all__ = ["MappedColumn", "Mapping", "Rule", "choose", "find_field", "from_flags", "recall", "remember", "suggest"]
