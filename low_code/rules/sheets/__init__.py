"""A decision table as a spreadsheet: out with a locked header, back with every fault at its cell."""

from low_code.rules.sheets.columns import SheetColumns, sheet_columns
from low_code.rules.sheets.read_sheet import CellFault, SheetRead, read_sheet
from low_code.rules.sheets.write_sheet import write_sheet

__all__ = ["CellFault", "SheetColumns", "SheetRead", "read_sheet", "sheet_columns", "write_sheet"]
