"""The five questions of the API give the object of the contracts."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

RANKINGS = (
    "/v1/requests/R-1/matches",
    "/v1/requests/R-2/matches",
    "/v1/alumni/A-2/recommendations?for=offerings",
    "/v1/alumni/A-2/recommendations?for=requests",
    "/v1/offerings/C-1/audience",
)
BASIS_KEYS = {"as_of", "revision", "origin", "encoder", "weights", "rules", "meaning", "newest"}
RANKING_KEYS = {
    "query",
    "as_of",
    "revision",
    "encoder",
    "weights",
    "basis",
    "eligible",
    "excluded",
    "matches",
    "open_questions",
    "shared_reasons",
    "more",
    "exact",
    "behind_since",
}
MATCH_KEYS = {
    "rank", "candidate_id", "score", "band", "band_capped_by", "group", "contributions", "reasons", "what_if",
}  # fmt: skip
TERM_KEYS = {"signal", "value", "weight", "points", "known", "evidence"}


@pytest.mark.parametrize("path", RANKINGS)
def test_every_ranking_has_the_keys_of_the_contract(client: TestClient, path: str) -> None:
    """A ranking, its matches and their contributions have every key that the contract names."""
    answer = client.get(path)
    assert answer.status_code == 200
    ranking = answer.json()
    assert set(ranking) == RANKING_KEYS
    assert {"id", "kind", "title"} <= set(ranking["query"])
    assert set(ranking["basis"]) == BASIS_KEYS
    assert all(ranking["basis"][name] == ranking[name] for name in ("as_of", "revision", "encoder", "weights"))
    assert (ranking["basis"]["meaning"], ranking["basis"]["newest"], ranking["behind_since"]) == (None, None, None)
    for match in ranking["matches"]:
        assert set(match) >= MATCH_KEYS
        assert match["contributions"]
        assert all(set(term) == TERM_KEYS for term in match["contributions"])


@pytest.mark.parametrize("path", RANKINGS)
def test_the_score_is_the_sum_of_its_points(client: TestClient, path: str) -> None:
    """To 1e-9, points are value x weight and the score is their sum, over the wire."""
    for match in client.get(path).json()["matches"]:
        assert abs(match["score"] - sum(term["points"] for term in match["contributions"])) <= 1e-9
        for term in match["contributions"]:
            assert abs(term["points"] - term["value"] * term["weight"]) <= 1e-9


@pytest.mark.parametrize("path", RANKINGS)
def test_matches_are_ordered_by_score_then_id(client: TestClient, path: str) -> None:
    """The order is the score's; equal scores by id; ranks count from 1."""
    matches = client.get(path).json()["matches"]
    assert matches == sorted(matches, key=lambda match: (-match["score"], match["candidate_id"]))
    assert [match["rank"] for match in matches] == list(range(1, len(matches) + 1))


def test_the_small_region_has_something_to_say(client: TestClient) -> None:
    """The tests above are about something: a request and a course find people, an alumnus finds courses."""
    for path in (RANKINGS[0], RANKINGS[2], RANKINGS[4]):
        assert client.get(path).json()["matches"], path


def test_unknown_signals_show_their_prior(client: TestClient) -> None:
    """A signal that nothing is known of says so, and its value is a number between 0 and 1."""
    terms = [term for match in client.get(RANKINGS[0]).json()["matches"] for term in match["contributions"]]
    unknown = [term for term in terms if not term["known"]]
    assert unknown
    assert all(0 <= term["value"] <= 1 for term in unknown)


def test_excluded_candidates_are_counted_once_by_rule(client: TestClient) -> None:
    """Who has no consent or is paused is counted under that rule."""
    excluded = client.get(RANKINGS[0]).json()["excluded"]
    assert excluded["no_consent"] >= 1
    assert excluded["paused"] == 1


def test_top_limits_matches_alone(client: TestClient) -> None:
    """`top` cuts the list; who is eligible stays the same, and all that is said of a match but its facts in a row.

    Those are what the rows differ in: of one alone they are other facts.
    """
    whole = client.get(RANKINGS[0]).json()
    short = client.get(f"{RANKINGS[0]}?top=1").json()
    (row,) = short["matches"]
    assert row["row_facts"]
    assert row == whole["matches"][0] | {"row_facts": row["row_facts"]}
    assert short["eligible"] == whole["eligible"] == len(whole["matches"])


def test_a_ranking_can_be_asked_for_another_day(client: TestClient) -> None:
    """`as_of` moves the day back; ahead it would end the pauses that people rely on."""
    earlier = client.get(f"{RANKINGS[0]}?as_of=2027-02-01").json()
    assert earlier["as_of"] == "2027-02-01"
    for path in (*RANKINGS, "/v1/explanations/R-1/A-1"):
        ahead = client.get(f"{path}{'&' if '?' in path else '?'}as_of=2027-06-02")
        assert (ahead.status_code, ahead.json()["type"]) == (422, "/problems/day_ahead")
        assert "1 maart 2027" in ahead.json()["detail"]


def test_reasons_come_in_the_language_of_the_header(client: TestClient) -> None:
    """Accept-Language chooses the sentences and nothing else; Dutch where it names no language that we have."""
    found = {
        header: client.get(RANKINGS[0], headers={"Accept-Language": header})
        for header in ("nl", "en-GB,en;q=0.9", "fr", "nl;q=0.2, en;q=0.8")
    }
    reasons = {header: answer.json()["matches"][0]["reasons"] for header, answer in found.items()}
    assert reasons["nl"] == reasons["fr"] != reasons["en-GB,en;q=0.9"] == reasons["nl;q=0.2, en;q=0.8"]
    assert found["nl"].headers["Content-Language"] == "nl"
    assert found["nl;q=0.2, en;q=0.8"].headers["Content-Language"] == "en"
    scores = [[match["score"] for match in answer.json()["matches"]] for answer in found.values()]
    assert all(item == scores[0] for item in scores)


def test_an_unsaved_request_ranks_as_a_saved_one(client: TestClient) -> None:
    """POST /v1/matches with the content of R-1 gives the scores of R-1, and stores nothing."""
    before = client.get("/v1/requests").json()["total"]
    asked = {
        "kind": "guest_lesson",
        "title": "Gastles wondzorg",
        "school": "Noord",
        "skills": ["wondzorg", "EHBO"],
        "town": "Zwolle",
        "programme": "25655",
        "moments": [
            {"start": "2027-03-16T13:00", "end": "2027-03-16T15:00"},
            {"start": "2027-03-18T13:00", "end": "2027-03-18T15:00"},
        ],
        "languages": ["nl"],
    }
    answer = client.post("/v1/matches", json=asked)
    assert answer.status_code == 200, answer.text
    saved = client.get(RANKINGS[0]).json()
    assert [(match["candidate_id"], match["score"]) for match in answer.json()["matches"]] == [
        (match["candidate_id"], match["score"]) for match in saved["matches"]
    ]
    assert client.get("/v1/requests").json()["total"] == before


def test_an_account_agrees_with_the_ranking(client: TestClient) -> None:
    """For each match, the explanation has its rank and its score, and all its rules pass."""
    for match in client.get(RANKINGS[0]).json()["matches"]:
        path = f"/v1/explanations/R-1/{match['candidate_id']}?kind=request&school=Noord"
        account = client.get(path).json()
        assert account["rank"] == match["rank"]
        assert account["match"]["score"] == match["score"]
        assert all(rule["passed"] for rule in account["rules"])


def test_an_account_tells_why_somebody_is_left_out(client: TestClient) -> None:
    """A paused alumnus has no rank, and the rule that fails says so in a sentence."""
    account = client.get("/v1/explanations/R-1/A-6").json()
    assert account["rank"] is None
    failed = [rule for rule in account["rules"] if not rule["passed"]]
    assert [rule["code"] for rule in failed] == ["paused"]
    assert failed[0]["sentence"]


def test_an_account_of_somebody_of_another_school_tells_nothing(client: TestClient) -> None:
    """Who did not agree to sharing with schools is not described to another school, and is in no ranking of it."""
    account = client.get("/v1/explanations/R-1/A-20").json()
    assert account["visible"] is False
    assert (account["rank"], account["match"], account["rules"], account["what_if"]) == (None, None, [], [])
    assert account["candidate"]["title"] == ""
    ranking = client.get(RANKINGS[0]).json()
    assert "A-20" not in {match["candidate_id"] for match in ranking["matches"]}
