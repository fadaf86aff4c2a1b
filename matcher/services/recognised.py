"""When it was asked that companies are recognised for the programme of a place, for those who are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from matcher.domain.recognition import digest_of, placement_of, recognised
from matcher.domain.records import Alumnus, Record, Request
from matcher.repositories import Records


def checked_on(records: Records, query: Record, shown: Iterable[Record]) -> Mapping[int, date]:
    """By random key of an alumnus at a recognised company, the day on which that was asked; empty for other queries."""
    placement = placement_of(query) if isinstance(query, Request) else None
    days = recognised(records.recognitions.all(), placement) if placement else {}
    companies = {
        one.key: digest_of(one.company_id) for one in shown if days and isinstance(one, Alumnus) and one.company_id
    }
    return {key: days[company] for key, company in companies.items() if company in days}
