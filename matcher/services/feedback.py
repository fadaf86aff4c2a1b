"""Questions of a school to its alumni by a link, and the answers, which are kept apart from everybody.

That somebody answered is known, since the link is used up; which answer is theirs is not: an answer is one more in a
count. What came of it is shown once the questions are closed, so that no two looks differ by one answer, and then as
`matcher.domain.feedback.published` leaves it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from matcher.domain.feedback import (
    LONGEST_ANSWER,
    REST,
    AnswerForm,
    Question,
    checked,
    group_of,
    message_of,
    read_questions,
    too_few,
)
from matcher.domain.records import Alumnus, RecordKind
from matcher.domain.segments import LONGEST_NAME
from matcher.errors import InvalidValue, NotLoggedIn, UnknownId
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.segments import (
    APPROVED,
    CLOSED,
    REACHED,
    RELEASED,
    SENT,
    KeptForm,
    KeptMessage,
    Recipient,
)
from matcher.services import lookup
from matcher.services.app import StoreApp


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one group, by code, and those of last year; None where those are not known or too few.

    `qualification`: a code of the public register; REST for all others together.
    """

    qualification: str
    answers: Mapping[str, int]
    last_year: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question: its groups, all of them together, and answers in own words.

    No groups where too few answered. `last_year`: of all together.
    """

    question: Question
    groups: tuple[Group, ...]
    together: Mapping[str, int]
    last_year: Mapping[str, int] | None
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """Questions that were asked once, and what came of it; no results before they are closed."""

    message: KeptMessage
    answered: int
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class AskedQuestions:
    """The page behind a link: who asks what until which day, whether it was answered, and whether it is over."""

    school: str
    questions: tuple[Question, ...]
    closes_on: date | None
    answered: bool
    is_over: bool


# ---- of the school


def add_form(
    app: StoreApp,
    asker: Asker,
    name: str,
    questions: Sequence[Question],
    *,
    own_words: bool = False,
    school: str | None = None,
) -> KeptForm:
    """Saves at most five questions of a school. `own_words`: some may be answered so, which may betray who did.

    Raises Forbidden, UnknownId, InvalidValue: 'name_a_school', 'segment_name', 'feedback_text_off', and as `checked`.
    """
    asker.scope(Action.FEEDBACK)
    right, name = checked(questions), " ".join(name.split())
    if not own_words and any(one.form is AnswerForm.TEXT for one in right):
        raise InvalidValue("feedback_text_off")
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidValue("segment_name", most=LONGEST_NAME)

    def work(tx: Transaction) -> KeptForm:
        owner = lookup.one_school(tx, asker, Action.FEEDBACK, school)
        made = tx.feedback.add_form(owner, name, [one.written() for one in right])
        tx.note("feedback.add", {"form": made.key})
        return made

    return app.store.write(work, by=asker)


def forms(app: StoreApp, asker: Asker, school: str | None = None) -> list[KeptForm]:
    """The questions of the school. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.FEEDBACK, school)
    with app.store.read() as records:
        return records.feedback.forms(owner)


def remove_form(app: StoreApp, asker: Asker, id_: str, *, school: str | None = None) -> None:
    """Removes questions; what was asked and answered stays. Raises Forbidden, UnknownId('unknown_form')."""
    owner = asker.owner(Action.FEEDBACK, school)

    def work(tx: Transaction) -> None:
        found = tx.feedback.forms(owner, id_.strip().upper())
        if not found:
            raise UnknownId("unknown_form", id=id_)
        tx.feedback.remove_form(found[0].key)
        tx.note("feedback.remove", {"form": found[0].key})

    app.store.write(work, by=asker)


def results(app: StoreApp, asker: Asker, school: str | None = None) -> list[Round]:
    """What came of the questions of the school, those asked last first. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.FEEDBACK, school)
    with app.store.read() as records:
        asked = records.segment_messages.listed(owner, states=[APPROVED, SENT, CLOSED])
        rounds = [one for one in asked if one.questions]
        return [_round(records, one, rounds) for one in rounds]


def _round(records: Records, message: KeptMessage, others: Iterable[KeptMessage]) -> Round:
    if message.state != CLOSED:
        people = records.segment_messages.people(message_key=message.key)
        return Round(message, sum(one.answered for one in people), ())
    before = _of_last_year(records, message, others)
    counts, texts = records.feedback.counts(message.key), records.feedback.texts(message.key)
    hidden = too_few(texts)
    found = []
    for number, question in enumerate(read_questions(message.questions)):
        was = before.get(question.digest, {})
        groups = counts.get(number, {})
        told = [Group(code, dict(answers), was.get(code)) for code, answers in sorted(groups.items()) if code != REST]
        told += [Group(REST, dict(groups[REST]), was.get(REST))] if REST in groups else []
        own_words = () if number in hidden else tuple(texts.get(number, ()))
        found.append(Result(question, tuple(told), _sum(groups), _sum(was) if was else None, own_words))
    return Round(message, message.answered or 0, tuple(found))


def _of_last_year(
    records: Records, message: KeptMessage, others: Iterable[KeptMessage]
) -> dict[str, dict[str, dict[str, int]]]:
    """By digest of the question and by group what is left of last year: of people who are in one round of it each."""
    if message.approved_on is None:
        return {}
    year = message.approved_on.year - 1
    found = defaultdict[str, dict[str, Counter[str]]](lambda: defaultdict(Counter))
    for one in others:
        if one.state == CLOSED and one.school == message.school and one.approved_on and one.approved_on.year == year:
            counts = records.feedback.counts(one.key)
            for number, question in enumerate(read_questions(one.questions)):
                for group, answers in counts.get(number, {}).items():
                    found[question.digest][group].update(answers)
    return {digest: {group: dict(all_) for group, all_ in groups.items()} for digest, groups in found.items()}


def _sum(groups: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    together: Counter[str] = Counter()
    for answers in groups.values():
        together.update(answers)
    return dict(together)


# ---- by a link


def asked_by_link(app: StoreApp, secret: str) -> AskedQuestions:
    """What is asked by the link of a mail. Raises NotLoggedIn('feedback_spent')."""
    with app.store.read() as records:
        _, message, people = _of_link(records, secret)
        answered = any(one.answered for one in people)
        questions = read_questions(message.questions)
        return AskedQuestions(message.school, questions, message.closes_on, answered, not _is_open(records, message))


def answer_by_link(app: StoreApp, secret: str, answers: Mapping[int, str]) -> None:
    """Counts the answers, by number of the question from 0, once for each link.

    A question may be left out, but not all. Raises NotLoggedIn('feedback_spent') for a link that does not work,
    InvalidValue: 'feedback_answered', 'feedback_over', 'feedback_nothing', 'feedback_answer'.
    """
    with app.store.read() as records:
        alumnus, message, _ = _of_link(records, secret)
    asker = Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key)
    asker.own_key(Action.REPLY)
    chosen, texts = _answers(read_questions(message.questions), answers)

    def work(tx: Transaction) -> None:
        now, asked, people = _of_link(tx, secret)
        if not _is_open(tx, asked):
            raise InvalidValue("feedback_over")
        done = {"answered": True, "state": REACHED}
        first = people[0]  # of a merged alumnus there may be two: one answer for both
        if any(one.answered for one in people) or not tx.segment_messages.put(first.key, first.state, done):
            raise InvalidValue("feedback_answered")
        tx.feedback.count(asked.key, group_of(now.qualifications), chosen, texts)
        tx.note("feedback.answer", {"alumnus": now.key, "message": asked.key})

    app.store.write(work, by=asker)


def _answers(questions: Sequence[Question], answers: Mapping[int, str]) -> tuple[dict[int, str], dict[int, str]]:
    """What was chosen and what was written, by number of the question. Raises InvalidValue."""
    chosen, texts = dict[int, str](), dict[int, str]()
    for number, answer in answers.items():
        said = " ".join(answer.split())
        if not 0 <= number < len(questions):
            raise InvalidValue("feedback_answer")
        question = questions[number]
        if not said:
            continue
        if question.form is AnswerForm.TEXT:
            if len(said) > LONGEST_ANSWER:
                raise InvalidValue("feedback_long", most=LONGEST_ANSWER)
            texts[number] = said
        elif said in question.codes:
            chosen[number] = said
        else:
            raise InvalidValue("feedback_answer")
    if not chosen and not texts:
        raise InvalidValue("feedback_nothing")
    return chosen, texts


def _is_open(records: Records, message: KeptMessage) -> bool:
    closes = message.closes_on
    return message.state in {APPROVED, SENT} and closes is not None and records.today <= closes


def _of_link(records: Records, secret: str) -> tuple[Alumnus, KeptMessage, list[Recipient]]:
    """The alumnus of a link, the message, and how that stands with them; never empty. Raises NotLoggedIn."""
    link = records.links.find(secret)
    key = message_of(link.purpose) if link is not None else None
    if link is None or key is None:
        raise NotLoggedIn("feedback_spent")
    message = next(iter(records.segment_messages.listed(key=key)), None)
    people = records.segment_messages.people(message_key=key, alumnus_key=link.alumnus_key)
    people = [one for one in people if one.state != RELEASED]
    if message is None or not people:
        raise NotLoggedIn("feedback_spent")
    alumnus = cast("Alumnus", records.records.by_key(RecordKind.ALUMNI, [link.alumnus_key])[link.alumnus_key])
    return alumnus, message, people
