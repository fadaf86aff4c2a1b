"""A question in one's own words, Dutch or English -> what was understood of it, what was not, and where it stood.

A grammar and tables of words, no language model; pure: `read` is given what day it is, which words are known and where
towns are. The order of the steps: dates and times, numbers, places, kind, and what is left is the topic.

Measured on our questions before this was written: dateparser reads "20 uur" as twenty hours ago and nothing in "eind
maart", "week 12" or "morgenavond"; timefhuman takes "dinsdag 19:00" for today; recognizers-text knows no Dutch dates;
no Dutch model of spaCy or stanza is on the registry. Ours are therefore dates, times, day parts and topics; RapidFuzz
(misspelt towns and words) and Babel (names of languages) are the libraries.
"""

from matcher.questions.reading import Doubt, Place, Reading, read

__all__ = ["Doubt", "Place", "Reading", "read"]
