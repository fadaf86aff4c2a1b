"""Busy times from calendars, and a calendar of agreed moments; no title, place or person is kept.

`blocks` cuts a file into components, `zones` says what a time means, `occurrences` repeats events, `availability` turns
what somebody calls available into busy time, `reading` puts them together, `feed` writes a calendar.
"""
