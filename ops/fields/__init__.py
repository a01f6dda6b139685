"""The kinds of values a column can hold: checked, parsed and compared column-wise.

Which column is which field, and what rows make of them, is decided in other rooms.
"""

from ops.fields.canonical import canonical, canonical_value
from ops.fields.dates import dates_in_words
from ops.fields.emails import email_key, email_key_of
from ops.fields.kinds import Choice, Field, Kind, kind_of
from ops.fields.parsing import Parsed, parse
from ops.fields.reading import ParseOptions
from ops.fields.text import json_text

__all__ = [
    "Choice",
    "Field",
    "Kind",
    "ParseOptions",
    "Parsed",
    "canonical",
    "canonical_value",
    "dates_in_words",
    "email_key",
    "email_key_of",
    "json_text",
    "kind_of",
    "parse",
]
