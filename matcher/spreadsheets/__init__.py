"""Import and export of spreadsheets, with problems reported by row and column."""
