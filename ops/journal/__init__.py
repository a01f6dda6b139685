"""Every intent and outcome of one run on disk, and reading them back."""

from ops.journal.reading import JournalReader
from ops.journal.schema import EVENT_SCHEMA, VERSION
from ops.journal.writing import Journal

__all__ = ["EVENT_SCHEMA", "VERSION", "Journal", "JournalReader"]
