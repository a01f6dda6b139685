"""A file of any usual kind read into a frozen `Sheet` whose cells are all text; never what the cells mean."""

from __future__ import annotations

from ops.sheet.blank import NO_FILE, blank_sheet
from ops.sheet.numbers import written_by_export
from ops.sheet.read import read_sheet
from ops.sheet.table import Sheet, shape_of
from ops.sheet.workbook import sheet_names

__all__ = ["NO_FILE", "Sheet", "blank_sheet", "read_sheet", "shape_of", "sheet_names", "written_by_export"]
