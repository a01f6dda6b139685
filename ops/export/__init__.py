"""Exports: the account's contacts or gift cards, as they are now, in one file.

Reads alone. What a file that is planned again means is the business of other rooms.
"""

from ops.export.making import Export, ExportOptions, export_contacts, export_giftcards
from ops.export.writing import FORMATS, Format, format_of

__all__ = [
    "FORMATS",
    "Export",
    "ExportOptions",
    "Format",
    "export_contacts",
    "export_giftcards",
    "format_of",
]
