"""A ranking is written as JSON from where it stands: what a copy of all its parts would give."""

from __future__ import annotations

from pathlib import Path

import orjson

from api.schemas.rankings import from_account, from_ranking, to_json
from matcher.policy import COMMAND_LINE
from matcher.services import matching
from tests.support.apps import app_of
from tests.support.region import engine_in


def test_json_is_that_of_the_model(tmp_path: Path) -> None:
    """Lists for a request and for an alumnus, and an account, in both languages."""
    app = app_of(engine_in(tmp_path))
    rankings = [
        matching.match(app, COMMAND_LINE, "R-1", school="Noord"),
        matching.recommend(app, COMMAND_LINE, "A-2", "offerings", school="Noord"),
    ]
    account = matching.why(app, COMMAND_LINE, matching.PairOfIds("R-1", "A-2", school="Noord"))
    for language in ("nl", "en"):
        for out in (*(from_ranking(one, language) for one in rankings), from_account(account, language)):
            assert to_json(out) == orjson.dumps(out.model_dump(), option=orjson.OPT_SERIALIZE_NUMPY)
            assert len(to_json(out)) > 500
