"""Each rule by example: what passes, what fails, and what unknown does."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from matcher.domain.consent import Consent
from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, Demand, Form, Moment, Offering, OnlineMode, Registration
from matcher.matching.rules import RULES
from tests.support.pair import PLAIN, WILLING, alumnus, pair, request

CONTRACT_ORDER = """no_consent, paused, not_offered, no_interest, budget_spent, declined_before, conflict, own_field,
closed, too_far, no_common_slot, no_common_language, legal_hours, no_certificate, not_recognised"""

TUESDAY_AFTERNOON = Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15))
PAST_THURSDAY = Moment(datetime(2027, 2, 4, 13), datetime(2027, 2, 4, 15))
PAST_AND_COMING = (PAST_THURSDAY, TUESDAY_AFTERNOON)
TUESDAY_ALL_DAY = Moment(datetime(2027, 3, 16, 9), datetime(2027, 3, 16, 16))
COURSE = Offering(offering_id="C-1", provider="P", title="Cursus", key=3)


def course(**values: object) -> Offering:
    return Offering(offering_id="C", provider="P", title="t", **values)  # type: ignore[arg-type]


TUE_MORNING, TUE_AFTERNOON, THU_AFTERNOON = 1 << 3, 1 << 4, 1 << 10
D = date


def failing(person: Alumnus, demand: Demand, **more: object) -> list[str]:
    one = pair(person, demand, **more)  # type: ignore[arg-type]  # keyword arguments as they are
    return [rule.CODE for rule in RULES if not one.each(rule.passes(one))[0]]


def test_the_order_is_that_of_the_contracts() -> None:
    """Excluded candidates are counted under the first rule that fails, so the order is part of the contract."""
    assert [rule.CODE for rule in RULES] == CONTRACT_ORDER.replace("\n", " ").split(", ")


def test_a_willing_alumnus_passes_a_plain_request() -> None:
    """Nothing unknown excludes anybody from a request without wishes."""
    assert failing(WILLING, PLAIN) == []


@pytest.mark.parametrize(
    ("code", "person", "demand", "passes"),
    [
        ("no_consent", alumnus(consents=()), PLAIN, False),
        ("no_consent", alumnus(consents=(Consent(Purpose.MENTOR),)), PLAIN, False),
        ("no_consent", alumnus(consents=(Consent(Purpose.GUEST_LESSON, D(2026, 1, 1), D(2026, 2, 1)),)), PLAIN, False),
        ("no_consent", alumnus(consents=(Consent(Purpose.GUEST_LESSON),)), PLAIN, True),
        ("no_consent", alumnus(consents=(Consent(Purpose.LLO_ADVICE),)), COURSE, True),
        ("no_consent", alumnus(consents=(Consent(Purpose.AFTERCARE),)), COURSE, False),
        ("paused", alumnus(paused_until=D(2027, 3, 2)), PLAIN, False),
        ("paused", alumnus(paused_until=D(2027, 3, 1)), PLAIN, True),
        ("not_offered", alumnus(offers=None), PLAIN, False),
        ("not_offered", alumnus(offers=frozenset()), PLAIN, False),
        ("not_offered", alumnus(offers=frozenset({RequestKind.MENTOR})), PLAIN, False),
        ("not_offered", alumnus(offers=frozenset()), COURSE, True),
        ("not_offered", alumnus(offers=None), request(kind=RequestKind.AFTERCARE), True),
        ("no_interest", alumnus(need_kinds=frozenset({NeedKind.NONE})), COURSE, False),
        ("no_interest", alumnus(need_kinds=frozenset({NeedKind.NONE})), request(kind=RequestKind.AFTERCARE), False),
        ("no_interest", alumnus(need_kinds=frozenset({NeedKind.NONE})), PLAIN, True),
        ("no_interest", alumnus(need_kinds=None), COURSE, True),
        ("budget_spent", alumnus(max_asks_per_year=0), PLAIN, False),
        ("budget_spent", alumnus(max_asks_per_year=0), COURSE, True),
        ("closed", WILLING, request(closes_on=D(2027, 2, 28)), False),
        ("closed", WILLING, request(closes_on=D(2027, 3, 1)), True),
        ("closed", WILLING, request(period_to=D(2027, 2, 28)), False),
        ("closed", WILLING, request(moments=(Moment(datetime(2027, 2, 1, 9), datetime(2027, 2, 1, 10)),)), False),
        ("closed", WILLING, Offering(offering_id="C", provider="P", title="t", start=D(2027, 2, 28)), False),
        ("closed", WILLING, Offering(offering_id="C", provider="P", title="t", apply_until=D(2027, 3, 1)), True),
        ("closed", WILLING, Offering(offering_id="C", provider="P", title="t", seats=8, enrolled=8), False),
        (
            "closed",
            WILLING,
            course(start=D(2027, 2, 28), registration=Registration.OPEN),
            True,
        ),
        (
            "closed",
            WILLING,
            Offering(
                offering_id="C", provider="P", title="t", apply_until=D(2027, 2, 28), registration=Registration.OPEN
            ),
            False,
        ),
        (
            "closed",
            WILLING,
            course(start=D(2027, 6, 1), registration=Registration.CLOSED),
            False,
        ),
        (
            "closed",
            WILLING,
            course(registration=Registration.CANCELLED),
            False,
        ),
        ("closed", WILLING, Offering(offering_id="C", provider="P", title="t", seats=8, enrolled=None), True),
        ("too_far", alumnus(town="Kampen", max_distance_km=5), request(town="Zwolle"), False),
        ("too_far", alumnus(town="Kampen", max_distance_km=15), request(town="Zwolle"), True),
        ("too_far", alumnus(town=None, max_distance_km=5), request(town="Zwolle"), True),
        ("too_far", alumnus(town="Kampen"), request(town="Maastricht"), True),
        ("too_far", alumnus(town="Kampen", max_distance_km=5), request(town="Zwolle", online=OnlineMode.YES), True),
        ("too_far", alumnus(town="Kampen", max_distance_km=5), request(town="Zwolle", online=OnlineMode.EITHER), False),
        (
            "too_far",
            alumnus(town="Kampen", max_distance_km=5, online=True),
            request(town="Zwolle", online=OnlineMode.EITHER),
            True,
        ),
        (
            "too_far",
            alumnus(town="Kampen", max_distance_km=5, online=True),
            Offering(offering_id="C", provider="P", title="t", town="Zwolle", form=Form.BLENDED),
            False,
        ),
        ("no_common_slot", alumnus(day_parts=THU_AFTERNOON), request(moments=(TUESDAY_AFTERNOON,)), False),
        ("no_common_slot", alumnus(day_parts=TUE_AFTERNOON), request(moments=(TUESDAY_AFTERNOON,)), True),
        ("no_common_slot", alumnus(day_parts=TUE_AFTERNOON), request(moments=(TUESDAY_ALL_DAY,)), False),
        ("no_common_slot", alumnus(day_parts=None), request(moments=(TUESDAY_AFTERNOON,)), True),
        ("no_common_slot", alumnus(day_parts=THU_AFTERNOON), request(day_parts=TUE_AFTERNOON), True),
        (
            "no_common_slot",
            alumnus(day_parts=THU_AFTERNOON),
            request(moments=PAST_AND_COMING),
            False,
        ),
        ("no_common_slot", alumnus(day_parts=TUE_AFTERNOON), request(moments=PAST_AND_COMING), True),
        ("too_far", alumnus(town="Kampen", max_distance_km=13.3), request(town="Zwolle"), True),
        (
            "no_certificate",
            alumnus(certificate_until=D(2027, 3, 15)),
            request(certificate_required=True, moments=PAST_AND_COMING),
            False,
        ),
        ("no_common_language", alumnus(languages=("nl",)), request(languages=("en", "de")), False),
        ("no_common_language", alumnus(languages=("NL", "de")), request(languages=("en", "de")), True),
        ("no_common_language", alumnus(languages=()), request(languages=("en",)), True),
        ("legal_hours", WILLING, request(hours_per_week=6), True),
        ("legal_hours", WILLING, request(hours_per_week=6.5), False),
        ("legal_hours", alumnus(qualified_teacher=True), request(hours_per_week=16), True),
        ("legal_hours", WILLING, request(kind=RequestKind.MENTOR, hours_per_week=16), True),
        ("no_certificate", WILLING, request(certificate_required=True), False),
        ("no_certificate", alumnus(certificate_until=D(2027, 3, 1)), request(certificate_required=True), True),
        (
            "no_certificate",
            alumnus(certificate_until=D(2027, 3, 15)),
            request(certificate_required=True, moments=(TUESDAY_AFTERNOON,)),
            False,
        ),
        ("not_recognised", WILLING, request(company_required=True), False),
        ("not_recognised", alumnus(company_id="100001"), request(company_required=True), True),
    ],
)
def test_rule(code: str, person: Alumnus, demand: Demand, passes: bool) -> None:
    """The example does, or does not, fail this rule; and it fails no other rule of which it says nothing."""
    failed = failing(person, demand)
    assert failed == ([] if passes else [code]) or (not passes and failed[0] == code)


def test_budget_counts_the_past_year_over_all_requests() -> None:
    """Asks of 365 days ago and older, and of after the day of the ranking, do not count."""
    asks = [
        LedgerLine(1, request_key, LedgerEvent.ASKED, day)
        for request_key, day in ((7, D(2026, 3, 2)), (8, D(2027, 3, 1)), (9, D(2026, 3, 1)), (9, D(2027, 3, 2)))
    ]
    assert failing(alumnus(max_asks_per_year=2), PLAIN, ledger=asks) == ["budget_spent"]
    assert failing(alumnus(max_asks_per_year=3), PLAIN, ledger=asks) == []


def test_a_decline_counts_from_its_day_and_for_its_request() -> None:
    """A ranking of an earlier day does not know it; a line whose request is gone is not about an unsaved request."""
    later = [LedgerLine(1, PLAIN.key, LedgerEvent.DECLINED, D(2027, 6, 1))]
    assert failing(WILLING, PLAIN, ledger=later) == []
    assert failing(WILLING, PLAIN, ledger=later, as_of=D(2027, 6, 1)) == ["declined_before"]
    gone = [LedgerLine(1, None, LedgerEvent.DECLINED, D(2027, 1, 1))]
    assert failing(WILLING, request(key=0), ledger=gone) == []


def test_declined_conflict_and_filled() -> None:
    """A declined request does not come back, a conflict keeps apart, a filled request is closed."""
    assert failing(WILLING, PLAIN, ledger=[LedgerLine(1, 2, LedgerEvent.DECLINED, D(2026, 12, 1))]) == [
        "declined_before"
    ]
    assert failing(WILLING, PLAIN, ledger=[LedgerLine(1, 5, LedgerEvent.DECLINED, D(2026, 12, 1))]) == []
    assert failing(WILLING, PLAIN, conflicts=[(2, 1)]) == ["conflict"]
    accepted = [LedgerLine(1, 2, LedgerEvent.ACCEPTED, D(2026, 12, 1))]
    assert failing(WILLING, PLAIN, ledger=accepted) == ["closed"]
    assert failing(WILLING, request(people=2), ledger=accepted) == []
