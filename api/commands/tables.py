"""Rankings and accounts as text for a terminal of 80 columns, plain in a pipe."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from api.commands.output import print_indented
from api.schemas.questions import QuestionOut, slots
from api.schemas.rankings import AccountOut, ContributionOut, MatchOut, RankingOut, added, perspective_of
from matcher import explain
from matcher.locale import Language, decimals, say, written

if TYPE_CHECKING:
    from rich.console import Console

    from matcher.services.questions import Asked

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
BLOCKS = "█▓▒"
BAR = 20


def signal_word(language: Language, code: str) -> str:
    """The name of a signal."""
    return say(language, f"reasons.signals.{code}.label")


def bar(terms: list[ContributionOut], width: int = BAR) -> Text:
    """The score as a bar: one segment per contribution, distinguished by colour and shade."""
    text, done, total = Text(), 0, 0.0
    for number, term in enumerate(terms):
        total += term.points
        end = round(total * width)
        text.append(BLOCKS[number % 3] * (end - done), style=COLOURS[number % 6])
        done = end
    return text.append("·" * (width - done), style="dim")


def show_ranking(console: Console, ranking: RankingOut, language: Language) -> None:
    """Prints a ranking."""
    query = ranking.query
    console.print(Text(f"{query.id}  {query.title}", style="bold"))
    kind = say(language, f"words.kind.{query.kind}")
    day = written(language, ranking.basis.as_of)
    console.print(say(language, "cli.ranking.about", kind=kind, day=day, count=ranking.eligible))
    if not ranking.matches:
        case = "nothing" if query.kind == "alumnus" else "nobody" if ranking.excluded else "none_visible"
        console.print(Text(say(language, f"cli.ranking.{case}"), style="yellow"))
    for question in ranking.open_questions:
        console.print(question)
    if ranking.shared_reasons:
        console.print(say(language, "pages.result.of_all"))
    for reason in ranking.shared_reasons:
        print_indented(console, reason, 3, "- ")
    _show_matches(console, ranking, language)
    if ranking.excluded:
        console.print()
        console.print(say(language, "cli.ranking.excluded"))
        for code, count in ranking.excluded.items():
            print_indented(console, explain.excluded_sentence(code, count, language), 2)
    console.print()
    if not ranking.exact:
        console.print(Text(say(language, "pages.result.not_proven"), style="yellow"))
    console.print(Text(say(language, "pages.common.person_decides"), style="italic"))


def _show_matches(console: Console, ranking: RankingOut, language: Language) -> None:
    """Prints the matches, those that fit equally well under one line, and what a change of the request would add."""
    query = ranking.query
    for _, group in groupby(ranking.matches, key=lambda match: match.group):
        matches = list(group)
        console.print()
        if len(matches) > 1:
            first, last = (str(match.rank) for match in (matches[0], matches[-1]))
            console.print(say(language, "cli.ranking.equal", first=first, last=last))
        for number, match in enumerate(matches):
            if number:
                console.print()
            elsewhere = query.kind != "alumnus" and match.school != query.school
            _show_match(console, match, language, match.school if elsewhere else None, ranking.shared_reasons)
    if ranking.more:
        console.print()
        console.print(say(language, "cli.ranking.more"))
        for more in ranking.more:
            print_indented(console, added(more, language), 2)


def show_question(console: Console, asked: Asked, answer: QuestionOut, language: Language) -> None:
    """Prints what was understood of a question, what is still asked, and the ranking."""
    understood = list(slots(asked.reading, language))
    console.print(Text(say(language, f"questions.answer.{'understood' if understood else 'nothing'}"), style="bold"))
    for _, name, value in understood:
        print_indented(console, f"{name}: {value}", 2)
    if answer.not_understood:
        console.print(Text(say(language, "questions.answer.ask"), style="yellow"))
    for piece in answer.not_understood:
        told = say(language, "questions.answer.piece", text=piece.text, question=piece.question)
        print_indented(console, told if piece.text else piece.question, 2)
    if answer.saved:
        console.print(say(language, "questions.answer.saved", id=answer.saved))
    if answer.ranking:
        console.print()
        show_ranking(console, answer.ranking, language)


def _show_match(
    console: Console, match: MatchOut, language: Language, school: str | None, said: Collection[str] = ()
) -> None:
    """Prints one match, but for the reasons that are `said`; `school`: of the candidate, if the query's is another."""
    band = say(language, f"words.band.{match.band or 'none'}")
    head = Table.grid(padding=(0, 1), expand=False)
    for justify in ("right", "left", "left", "right", "left"):
        head.add_column(justify=justify, no_wrap=justify != "left" or None)  # type: ignore[arg-type]
    name = Text(match.candidate_id, style="bold")
    head.add_row(f"{match.rank:>2}", name, band, decimals(language, match.score), bar(match.contributions))
    console.print(head)
    card = " · ".join(part for part in (match.card.title, match.card.subtitle, match.card.region, school) if part)
    lines = [card] if card else []
    for line in lines:
        print_indented(console, Text(line, style="dim"), 3)
    for reason in (one for one in match.reasons if one not in said):
        print_indented(console, reason, 3, "- ")
    for sentence in match.what_if:
        print_indented(console, sentence, 3, "> ")
    print_indented(console, _terms(match, language), 3)


def _terms(match: MatchOut, language: Language) -> Text:
    text = Text()
    largest = sorted(enumerate(match.contributions), key=lambda item: -item[1].points)
    for number, (index, term) in enumerate(largest):
        text.append(" + " if number else f"{decimals(language, match.score)} = ", style="dim")
        text.append(f"{signal_word(language, term.signal)} {decimals(language, term.points)}", COLOURS[index % 6])
        text.append("" if term.known else "?")
    return text


def show_account(console: Console, account: AccountOut, language: Language) -> None:
    """Prints the account of one pair."""
    query, candidate = account.query, account.candidate
    console.print(Text(f"{query.id}  {query.title}", style="bold"))
    console.print(Text(f"{candidate.id}  {candidate.title}", style="bold"))
    match = account.match
    if not account.visible:
        console.print(say(language, "cli.why.not_visible"))
        return
    console.print()
    if account.rank is None:
        console.print(Text(say(language, "cli.why.excluded"), style="yellow"))
    else:
        console.print(say(language, "cli.why.rank", rank=account.rank, count=account.eligible))
    console.print()
    console.print(Text(say(language, "cli.why.rules"), style="bold"))
    for rule in account.rules:
        mark = "?" if rule.passed and not rule.known else ("✓" if rule.passed else "✗")
        colour = {"✓": "green", "✗": "red", "?": "yellow"}[mark]
        print_indented(console, Text(rule.sentence, style="" if mark == "✓" else colour), 2, f"{mark} ")
    console.print()
    if match is None:
        console.print(say(language, "cli.why.not_scored"))
        return
    console.print(_contributions(match, language))
    for reason in match.reasons:
        print_indented(console, reason, 0, "- ")
    if match.band_capped_by:
        told = explain.capped_sentence(match.band_capped_by, language, perspective_of(query.kind))
        print_indented(console, told, 0, "- ")
    for sentence in account.what_if:
        print_indented(console, sentence, 0, "> ")


def _contributions(match: MatchOut, language: Language) -> Table:
    table = Table(
        box=None, show_header=True, show_footer=True, pad_edge=False, header_style="bold", footer_style="bold"
    )
    band = say(language, f"words.band.{match.band or 'none'}")
    titles = [say(language, f"cli.why.{name}") for name in ("signal", "value", "weight", "points")]
    table.add_column(titles[0], footer=say(language, "cli.why.score", band=band))
    table.add_column(titles[1], justify="right")
    table.add_column(titles[2], justify="right")
    table.add_column(titles[3], justify="right", footer=decimals(language, match.score))
    table.add_column("")
    for term in match.contributions:
        table.add_row(
            signal_word(language, term.signal),
            decimals(language, term.value),
            decimals(language, term.weight),
            decimals(language, term.points),
            "" if term.known else say(language, "cli.why.unknown"),
        )
    return table
