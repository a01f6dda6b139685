"""A sheet and a mapping into rows: what each is to write, and what is wrong with it; nothing is looked up."""

from ops.rows.duplicates import Policy, hold_duplicates
from ops.rows.make import RowOptions, Rows, first_errors, make_rows

__all__ = ["Policy", "RowOptions", "Rows", "first_errors", "hold_duplicates", "make_rows"]
