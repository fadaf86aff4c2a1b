"""Four lists of schools come in as they are: every person is compared with what the list says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matcher.spreadsheets.forbidden import single_bsn
from tests.lists.compare import DATA, LISTS, compared, lines_of, table

WRONG = {"zorgcollege": 2, "techniek-forms": 0, "systeemexport": 3, "groen": 17}
"""Fields of all people that are not what the list says, and that nobody could doubt: never more than these."""
SILENT = {"zorgcollege": 8, "techniek-forms": 0, "systeemexport": 4, "groen": 8}
"""Fields that are not there and that the report does not name: never more than these."""
INVENTED = {"zorgcollege": 0, "techniek-forms": 2, "systeemexport": 16, "groen": 0}
"""Records that are no person of the truth: jokes, people without a diploma, the old number of four people."""
UNWANTED = {"zorgcollege": 2, "techniek-forms": 0, "systeemexport": 0, "groen": 0}
"""People who may not come in, of whom only another sheet says so."""
MINUTES = 5


@pytest.mark.parametrize("name", LISTS)
def test_a_list_comes_in_as_it_is(name: str, tmp_path: Path) -> None:
    """Within five minutes, nothing renamed: nobody lost silently, and fewer wrong or silent fields than a limit."""
    outcome = compared(name, tmp_path)
    told = table(outcome)
    assert outcome.seconds < MINUTES * 60, told
    assert not outcome.missing, told
    assert not outcome.twice, told
    assert len(outcome.invented) <= INVENTED[name], outcome.invented
    assert len(outcome.unwanted) <= UNWANTED[name], outcome.unwanted
    assert outcome.total("wrong") <= WRONG[name], told
    assert outcome.total("silent") <= SILENT[name], told
    assert outcome.counts["consent"]["wrong"] == 0, told


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_hold_nothing_that_may_not_be_committed(name: str) -> None:
    """No number of the lists can be a BSN, and every address is one of nobody."""
    path = DATA / LISTS[name]
    texts = [str(line) for part in ("truth", "other-rows") for line in lines_of(name, part)]
    if path.suffix == ".csv":
        texts += path.read_text(encoding="cp1252" if name == "systeemexport" else "utf-8").splitlines()
        assert not any(single_bsn(cell) for text in texts for cell in text.split(";") if len(cell) == 9)
    addresses = {address for text in texts for address in re.findall(r"[^\s;\"'<>@]+@[^\s;\"'<>@,}\])]+", text)}
    assert all(
        address.casefold().rstrip(".").endswith(".example") for address in addresses if "." in address.split("@")[1]
    )
