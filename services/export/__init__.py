"""Export: a tab's rows in a file that a spreadsheet may open."""
