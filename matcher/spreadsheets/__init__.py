"""Spreadsheets and other sources in, problems named by row and column."""
