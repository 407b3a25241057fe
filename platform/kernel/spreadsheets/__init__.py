"""Spreadsheets that strangers send, read where they can do no harm."""

from kernel.spreadsheets.read import Cell, SpreadsheetTooLarge, SpreadsheetUnreadable, first_sheet

__all__ = ["Cell", "SpreadsheetTooLarge", "SpreadsheetUnreadable", "first_sheet"]
