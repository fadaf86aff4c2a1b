"""A ranking is written as JSON from where it stands: what the documented model of it gives, to the last byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.schemas.rankings import AccountOut, RankingOut, account_json, from_account, from_ranking, ranking_json, to_json
from matcher.domain.answers import Account, Ranking
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Request
from matcher.locale import LANGUAGES
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import matching
from matcher.services.app import App
from tests.support.apps import app_of
from tests.support.region import engine_in

TEACHER = Asker(7, Role.TEACHER, "Noord")


def rankings(app: App) -> Iterator[Ranking]:
    """Each kind of list: named alumni and cards, for a saved question and another, courses, roles, and an audience."""
    for asker in (COMMAND_LINE, TEACHER):
        yield matching.match(app, asker, "R-1", school="Noord")
        for kind in RequestKind:
            asked = Request(request_id="", school="Noord", kind=kind, title="wondzorg", day_parts=0b111 << 3)
            yield matching.match_unsaved(app, asker, asked)
    yield matching.recommend(app, COMMAND_LINE, "A-2", "offerings", school="Noord")
    yield matching.recommend(app, COMMAND_LINE, "A-2", "requests", school="Noord")
    yield matching.audience(app, COMMAND_LINE, "C-1")


def accounts(app: App) -> Iterator[Account]:
    """Of one in the list, of one whom a rule excludes, on a card, and of a course."""
    for candidate in ("A-2", "A-3"):
        yield matching.why(app, COMMAND_LINE, matching.PairOfIds("R-1", candidate, school="Noord"))
    handle = matching.match(app, TEACHER, "R-1", school="Noord").matches[0].candidate_id
    yield matching.why(app, TEACHER, matching.PairOfIds("R-1", handle, school="Noord"))
    yield matching.why(app, COMMAND_LINE, matching.PairOfIds("A-2", "C-1", school="Noord"))


def test_json_is_that_of_the_model(tmp_path: Path) -> None:
    """Of each kind of list and account, in both languages; with what a school asks of its own beside the alumni."""
    app, matches = app_of(engine_in(tmp_path)), 0
    for language in LANGUAGES:
        for ranking in rankings(app):
            own = {match.key: {"rijbewijs": "B"} for match in ranking.matches[:1]}
            sent = ranking_json(ranking, language, own)
            assert sent == to_json(from_ranking(ranking, language, own))
            assert sent == to_json(RankingOut.model_validate_json(sent))
            matches += len(ranking.matches)
        for account in accounts(app):
            sent = account_json(account, language)
            assert sent == to_json(from_account(account, language))
            assert sent == to_json(AccountOut.model_validate_json(sent))
    assert matches >= 100
