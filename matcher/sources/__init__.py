"""Feeds of other systems: documents of the sector's formats become rows of an import, with remarks.

Documents are read tolerantly: what cannot be read as its format says is left out and remarked, and the rest comes in.
Nothing here knows the database or a network.
"""
