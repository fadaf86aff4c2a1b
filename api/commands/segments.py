"""segment and feedback: saved filters on alumni, messages to them, and questions of a school."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import day, session_of
from matcher.domain.feedback import AnswerForm, Question
from matcher.domain.kinds import Purpose
from matcher.domain.segments import Criteria
from matcher.errors import InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE

segment = new_group("segment")
feedback = new_group("feedback")
Id = Annotated[str, typer.Argument(metavar="ID")]
PurposeName = Annotated[Purpose, typer.Option("--purpose")]
Said = Annotated[bool | None, typer.Option()]
Text = Annotated[str, typer.Option()]
Year = Annotated[int | None, typer.Option()]
Day = Annotated[str | None, typer.Option()]
Approved = Annotated[int | None, typer.Option("--expected", min=0)]


@segment.command("add", cls=LocalCommand)
def add(
    context: typer.Context,
    name: str,
    school: School = None,
    year_from: Year = None,
    year_to: Year = None,
    qualification: Text = "",
    level: Annotated[int | None, typer.Option("--level", min=1, max=4)] = None,
    left_from: Day = None,
    left_to: Day = None,
    sector: Text = "",
    function: Text = "",
    place: Text = "",
    km: Annotated[float | None, typer.Option("--km")] = None,
    asked: Said = None,
    gave: Said = None,
    received: Said = None,
    consent: Annotated[Purpose | None, typer.Option("--consent")] = None,
    lang: Language = None,
) -> None:
    """Saves a filter on the alumni of a school."""
    from matcher.services import segments

    session = session_of(context)
    criteria = Criteria(
        year_from=year_from,
        year_to=year_to,
        qualification=qualification,
        level=level,
        left_from=day(left_from),
        left_to=day(left_to),
        sector=sector,
        function=function,
        place=place,
        km=km,
        asked=asked,
        gave=gave,
        received=received,
        purpose=consent,
    )
    made = segments.add(session.store_app, COMMAND_LINE, name, criteria, school=session.owner(school))
    console().print(say(session.language, "segments.told.added", id=made.id, name=made.name))


@segment.command("list", cls=LocalCommand)
def list_(context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Names the segments, how many alumni each has, and the messages to them."""
    from api.segment_words import criteria_words, state_words
    from matcher.services import segment_messages, segments
    from matcher.services.privacy import plain

    session = session_of(context)
    owner = session.owner(school)
    found = segments.listed(session.app, COMMAND_LINE, owner)
    sent = segment_messages.listed(session.app, COMMAND_LINE, owner)
    if output is Format.JSON:
        listed = [
            {
                "id": one.segment.id,
                "school": one.segment.school,
                "name": one.segment.name,
                "criteria": one.segment.criteria,
                "people": one.people,
            }
            for one in found
        ]
        written = [
            {
                "id": one.message.id,
                "school": one.message.school,
                "segment": one.message.segment,
                "purpose": one.message.purpose,
                "subject": one.message.subject,
                "state": one.message.state,
                "approved_on": plain(one.message.approved_on),
                "figures": plain(one.figures),
            }
            for one in sent
        ]
        write_json({"segments": listed, "messages": written})
        return
    terminal, language = console(), session.language
    if not found:
        terminal.print(say(language, "segments.told.none"))
    for one in found:
        people = say(language, "segments.people", count=one.people)
        values = {"id": one.segment.id, "name": one.segment.name, "school": one.segment.school, "people": people}
        terminal.print(say(language, "segments.told.line", **values))
        for line in criteria_words(language, one.criteria):
            print_indented(terminal, line, 2, "- ")
    for each in sent:
        to = say(language, "segments.messages.to", segment=each.message.segment)
        words = {"id": each.message.id, "subject": each.message.subject, "to": to}
        state = state_words(language, each.message)
        terminal.print(say(language, "segments.told.message", **words, state=state))


@segment.command("look", cls=LocalCommand)
def look(
    context: typer.Context,
    segment_id: Id,
    purpose: PurposeName,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Counts whom a message would go to, and the others by why not."""
    from api.segment_words import look_words
    from matcher.services import segments
    from matcher.services.privacy import plain

    session = session_of(context)
    told = segments.look(session.app, COMMAND_LINE, segment_id, purpose, school=session.owner(school))
    if output is Format.JSON:
        write_json(plain(told))
        return
    line, left_out = look_words(session.language, told, purpose)
    terminal = console()
    terminal.print(line)
    for reason in left_out:
        print_indented(terminal, reason, 2, "- ")


@segment.command("write", cls=LocalCommand)
def write(
    context: typer.Context,
    segment_id: Id,
    purpose: PurposeName,
    subject: Annotated[str, typer.Option("--subject")],
    text: Annotated[str, typer.Option("--text")],
    school: School = None,
    form: Annotated[str, typer.Option("--questions")] = "",
    lang: Language = None,
) -> None:
    """Writes a message to a segment, to be approved."""
    from matcher.services import segment_messages

    session = session_of(context)
    draft = segment_messages.Draft(segment_id, purpose, subject, text, form)
    made = segment_messages.write(session.store_app, COMMAND_LINE, draft, school=session.owner(school))
    console().print(say(session.language, "segments.told.written", id=made.id))


@segment.command("show", cls=LocalCommand)
def show(context: typer.Context, message_id: Id, school: School = None, lang: Language = None) -> None:
    """Shows a message as it goes out, to how many, and what came of it."""
    from api.messages import Composer
    from api.segment_words import figure_words, look_words

    session = session_of(context)
    from matcher.services import segment_messages

    told = segment_messages.shown(session.app, COMMAND_LINE, message_id, school=session.owner(school))
    terminal, language = console(), session.language
    letter = Composer(session.settings).example(told.mail)
    terminal.print(say(language, "segments.message.subject", subject=letter.subject), markup=False)
    terminal.print(letter.text, markup=False)
    if told.look is not None:
        line, left_out = look_words(language, told.look, Purpose(told.standing.message.purpose))
        terminal.print(line)
        for reason in left_out:
            print_indented(terminal, reason, 2, "- ")
    if told.standing.figures is not None:
        asks = bool(told.standing.message.questions)
        for count, name in figure_words(language, told.standing.figures, asks=asks):
            print_indented(terminal, say(language, "segments.told.figure", count=count, name=name), 2, "- ")
        if told.standing.message.alone:
            terminal.print(say(language, "segments.message.approved_alone"))


@segment.command("approve", cls=LocalCommand)
def approve(
    context: typer.Context,
    message_id: Id,
    school: School = None,
    expected: Approved = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Approves a message: its mail goes out after some minutes."""
    from matcher.services import segment_messages

    session = session_of(context)
    owner = session.owner(school)
    done = segment_messages.approve(session.app, COMMAND_LINE, message_id, expected=expected, school=owner)
    mails = done.figures.asked if done.figures else 0
    if output is Format.JSON:
        write_json({"id": done.message.id, "mails": mails, "alone": done.message.alone})
        return
    console().print(say(session.language, "segments.told.approved", count=mails))


@segment.command("undo", cls=LocalCommand)
def undo(context: typer.Context, message_id: Id, school: School = None, lang: Language = None) -> None:
    """Takes a message back before its mail goes out."""
    from matcher.services import segment_messages

    session = session_of(context)
    count = segment_messages.undo(session.store_app, COMMAND_LINE, message_id, school=session.owner(school))
    console().print(say(session.language, "segments.told.undone", count=count))


@segment.command("remove", cls=LocalCommand)
def remove(context: typer.Context, segment_id: Id, school: School = None, lang: Language = None) -> None:
    """Removes a segment; messages to it stay."""
    from matcher.services import segments

    session = session_of(context)
    segments.remove(session.store_app, COMMAND_LINE, segment_id, school=session.owner(school))
    console().print(say(session.language, "segments.told.removed"))


@feedback.command("add", cls=LocalCommand)
def add_form(
    context: typer.Context,
    name: str,
    question: Annotated[list[str], typer.Option("--question")],
    school: School = None,
    own_words: Annotated[bool, typer.Option("--own-words")] = False,
    lang: Language = None,
) -> None:
    """Saves at most five questions of a school."""
    from matcher.services import feedback as service

    session = session_of(context)
    questions = [_question(one) for one in question]
    owner = session.owner(school)
    made = service.add_form(session.store_app, COMMAND_LINE, name, questions, own_words=own_words, school=owner)
    console().print(say(session.language, "segments.told.form_added", id=made.id, name=made.name))


def _question(text: str) -> Question:
    """A question of the form `scale: text`, or `choice: text | one; other`."""
    form, _, rest = text.partition(":")
    asked, _, choices = rest.rpartition("|") if form.strip() == AnswerForm.CHOICE else (rest, "", "")
    try:
        listed = tuple(choice.strip() for choice in choices.split(";") if choice.strip())
        return Question(AnswerForm(form.strip()), asked.strip(), listed)
    except ValueError:
        raise InvalidValue("feedback_question") from None


@feedback.command("list", cls=LocalCommand)
def list_forms(
    context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None
) -> None:
    """Names the questions of a school."""
    from matcher.services import feedback as service

    session = session_of(context)
    found = service.forms(session.store_app, COMMAND_LINE, session.owner(school))
    if output is Format.JSON:
        forms = [
            {"id": one.id, "school": one.school, "name": one.name, "questions": list(one.questions)} for one in found
        ]
        write_json({"forms": forms})
        return
    terminal, language = console(), session.language
    if not found:
        terminal.print(say(language, "segments.feedback.forms_none"))
    for one in found:
        terminal.print(say(language, "segments.told.form_line", id=one.id, name=one.name, school=one.school))
        for question in one.questions:
            print_indented(terminal, str(question["text"]), 2, "- ")


@feedback.command("results", cls=LocalCommand)
def results(
    context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None
) -> None:
    """Shows what came of the questions, from five answers on."""
    from api.schemas.segments import round_out
    from api.segment_words import result_rows
    from matcher.domain.feedback import LEAST
    from matcher.services import feedback as service

    session = session_of(context)
    found = service.results(session.store_app, COMMAND_LINE, session.owner(school))
    if output is Format.JSON:
        write_json({"rounds": [round_out(one).model_dump(mode="json") for one in found]})
        return
    terminal, language = console(), session.language
    if not found:
        terminal.print(say(language, "segments.feedback.results_none"))
    for one in found:
        terminal.print(f"{one.message.subject} ({one.message.school})", markup=False)
        print_indented(terminal, say(language, "segments.feedback.answered", count=one.answered), 2, "- ")
        if not one.results and one.message.closes_on is not None:
            open_until = say(language, "segments.feedback.open_until", day=one.message.closes_on)
            print_indented(terminal, open_until, 2, "- ")
        for result in one.results:
            print_indented(terminal, result.question.text, 2)
            rows = result_rows(language, result)
            for row in rows:
                key = "result_year" if row.last_year else "result"
                words = {"group": row.group, "answers": row.answers, "last_year": row.last_year or ""}
                print_indented(terminal, say(language, f"segments.told.{key}", **words), 4, "- ")
            for text in result.texts:
                print_indented(terminal, text, 4, "- ")
            if not rows and not result.texts:
                print_indented(terminal, say(language, "segments.feedback.too_few", least=LEAST), 4, "- ")


@feedback.command("remove", cls=LocalCommand)
def remove_form(context: typer.Context, form_id: Id, school: School = None, lang: Language = None) -> None:
    """Removes questions; what was answered stays."""
    from matcher.services import feedback as service

    session = session_of(context)
    service.remove_form(session.store_app, COMMAND_LINE, form_id, school=session.owner(school))
    console().print(say(session.language, "segments.flash.weg"))
