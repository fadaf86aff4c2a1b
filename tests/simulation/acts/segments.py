"""Messages to a group: written, approved, taken back; questions of a school, and what may be shown of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.feedback import AnswerForm, Question
from matcher.domain.kinds import Purpose
from matcher.domain.segments import Criteria
from matcher.policy import Asker, Role
from matcher.services import feedback, segment_messages, segments
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.region import SCHOOLS
from tests.simulation.segments import TABLE, due, finished, rows_of
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_LEAST = 5
_SECOND = 500
"""Added to the key of a coordinator for a second one of the school."""
_ASKED = (
    Question(AnswerForm.YES_NO, "Zou je weer voor deze school kiezen?"),
    Question(AnswerForm.SCALE, "Hoe was het?"),
)


def write_message(world: World, app: App, step: Step) -> None:
    """A coordinator saves a filter, and writes to those of it, perhaps with questions."""
    school, values = SCHOOLS[step.values["school"]], step.values
    asker = staff(Role.COORDINATOR, school)
    if not any(one.school == school for one in world.model.people.values()):
        return
    name, frame = f"groep {step.number} {len(world.frames)}", world.frames[-1]
    form = None
    saved = world.call(
        lambda: segments.add(app, asker, name, Criteria(function=values["function"])), log=["segment.add"]
    )
    if values["questions"]:
        form = world.call(lambda: feedback.add_form(app, asker, name, _ASKED), log=["feedback.add"])
    if saved is None or (values["questions"] and form is None):
        return
    frame.value = school, values["function"], form is not None
    purpose = Purpose.FEEDBACK if form is not None else Purpose(values["purpose"])
    draft = segment_messages.Draft(saved.id, purpose, "Een vraag", "Kom je ook?", form.id if form is not None else "")
    world.call(lambda: segment_messages.write(app, asker, draft), log=["segment.write"])


def approve_message(world: World, app: App, step: Step) -> None:
    """The writer, who is alone, or a second coordinator approves what was written; it goes to all who may have it."""
    finished(world)
    message = world.pick([one for one in world.model.messages.values() if one.state == "draft"], step.values["nth"])
    if message is None:
        return
    first = staff(Role.COORDINATOR, message.school)
    asker = Asker(first.key + _SECOND, first.role, first.school) if step.values["second"] else first
    those = due(world, message)
    standing = world.call(
        lambda: segment_messages.approve(app, asker, message.id),
        log=["segment.approve", "segment.send"],
        refused="" if those else "segment_nobody",
    )
    finished(world)
    if standing is not None and standing.figures is not None and world.certain:
        world.need(standing.figures.asked == len(those), "a message to more or fewer than may have it", standing)


def undo_message(world: World, app: App, step: Step) -> None:
    """A message is taken back in time: nobody was asked."""
    message = world.pick([one for one in world.model.messages.values() if one.state == "sent"], step.values["nth"])
    if message is None:
        return
    world.call(
        lambda: segment_messages.undo(app, staff(Role.COORDINATOR, message.school), message.id),
        log=None,
        refused=("", "segment_too_late"),
    )
    if world.certain and message.state == "undone":
        left = [one for one in world.model.got.values() if one.message == message.key and one.counts]
        rows = world.database.rows(
            f"select count(*) from {TABLE} where message_key = ? and state = 'reached'",  # noqa: S608 - our own table
            message.key,
        )
        world.need(len(left) == rows[0][0], "a message that was taken back counts", (message, left))


def answer_feedback(world: World, app: App, step: Step) -> None:
    """Some of those who were asked answer by their links, each once."""
    links = [link for link in world.links if link.purpose.startswith("feedback ")]
    for link in links[-step.values["many"] :]:
        message = world.model.messages.get(int(link.purpose.split(" ")[1]))
        person = world.model.people.get(link.alumnus)
        refused = "feedback_spent"
        if (
            person is not None
            and message is not None
            and link.works(world)
            and (rows := rows_of(world.model, person, message))
        ):
            over, done = not message.is_open(world.today), rows & message.answered
            refused = "feedback_over" if over else "feedback_answered" if done else ""
        answers = {0: step.values["yes"], 1: step.values["scale"]}
        world.call(lambda: feedback.answer_by_link(app, link.secret, answers), log=["feedback.answer"], refused=refused)  # noqa: B023 - called at once
        if world.frames[-1].stopped:
            return


def see_feedback(world: World, app: App, step: Step) -> None:
    """What may be shown: nothing before it is closed, and never of fewer than five."""
    school = SCHOOLS[step.values["school"]]
    rounds = world.call(lambda: feedback.results(app, staff(Role.COORDINATOR, school))) or []
    for one in rounds:
        state = world.model.messages[one.message.key].state
        world.need(state == "closed" or not one.results, "answers are shown before the questions are closed", one)
        for result in one.results:
            shown = [sum(group.answers.values()) for group in result.groups]
            shown += [sum(group.last_year.values()) for group in result.groups if group.last_year]
            shown += [sum(result.together.values())] if result.groups else []
            world.need(all(count >= _LEAST for count in shown), "answers of fewer than five are shown", result)


ACTS = {
    "write_message": write_message,
    "approve_message": approve_message,
    "undo_message": undo_message,
    "answer_feedback": answer_feedback,
    "see_feedback": see_feedback,
}
