"""Asking whether companies are recognised: a server that answers for a company, a crebo code and a day.

SBB gives such answers to parties it knows, in a format that it does not publish. So a small service of the school or of
its supplier stands between: `GET ADDRESS/NUMBER/CREBO?datum=DAY` with `{"erkend": true, "tot": "2028-07-31"}`. A
company that the service does not know (404) is not recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from matcher.domain.recognition import Recognition, digest_of
from matcher.errors import InvalidValue
from matcher.sources.documents import Node, Remark
from matcher.sources.servers import Ask


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one company: by its number, for a programme, from a day on."""

    company_id: str
    crebo: str
    start: date


def answers(ask: Ask, address: str, questions: Iterable[Asked], today: date) -> Iterator[Recognition]:
    """The answers, in order. Raises InvalidValue, also where the server knows no company at all (404)."""
    known = False
    refused: InvalidValue | None = None
    for one in questions:
        path = f"{quote(one.company_id, safe='')}/{quote(one.crebo, safe='')}?datum={one.start.isoformat()}"
        until, says = None, False
        try:
            answer = Node(ask(f"{address.rstrip('/')}/{path}"), remarks := list[Remark]())
        except InvalidValue as error:
            if error.values.get("status") != 404:
                raise
            refused = error
        else:
            known = True
            said = answer.at("erkend", "recognised", "recognized").yes()
            until = answer.at("tot", "until", "geldigTot", "einddatum").day()
            if said is None or remarks:
                raise InvalidValue("recognition_answer", path=path)
            says = said
        yield Recognition(digest_of(one.company_id), one.crebo, says, today, until)
    if refused is not None and not known:
        raise refused
