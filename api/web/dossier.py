"""Everything that is known about a person as one page, to print or to send: the readable half of AVG 15."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.web import wording
from api.web.render import template
from matcher.locale import Language, say


def dossier(language: Language, known: Mapping[str, Any], today: date) -> str:
    """HTML that stands by itself, from `matcher.services.privacy.known`."""

    def t(key: str, **values: object) -> str:
        return say(language, f"pages.{key}", **values)

    def word(group: str, code: str) -> str:
        return say(language, f"words.{group}.{code}")

    def label(field: str) -> str:
        return say(language, f"fields.alumni.{field}.label")

    def day(value: str | None) -> str:
        return wording.short_day(language, date.fromisoformat(value)) if value else t("dossier.no_day")

    source = {name: t(f"me.source_{name}") for name in ("import", "person")}
    contact = [(label(name), value, source[known["contact_source"][name]]) for name, value in known["contact"].items()]
    record = [
        (label(one["field"]), wording.field_value(language, one["field"], one["value"]), source[one["source"]])
        for one in known["record"]
    ]
    consents = [
        (
            word("purpose", one["purpose"]),
            t("me.no") if one["withdrawn_on"] else t("me.yes"),
            day(one["withdrawn_on"] or one["given_on"]),
            source[one["source"]],
            one["text_version"] or "",
        )
        for one in known["consents"]
    ]
    if known["objects_since"]:
        consents.append((t("dossier.objection"), t("me.yes"), day(known["objects_since"]), source["person"], ""))
    ledger = [(day(one["on"]), word("event", one["event"])) for one in known["ledger"]]
    shown = [
        (
            wording.stamp(language, one["at"]),
            word("role", one["to"]),
            word("kind", one["purpose"]),
            one["rank"] or "",
            wording.decimals(language, one["score"]),
            one["weights"],
        )
        for one in known["shown"]
    ]
    messages = [(wording.stamp(language, one["at"]), word("message", one["message"])) for one in known["messages"]]
    log = [
        (wording.stamp(language, one["at"]), word("role", one["role"]), word("action", one["action"].replace(".", "_")))
        for one in known["log"]
    ]
    when, asker = t("me.when"), t("me.to")
    tables = [
        (t("me.data_title"), [t("me.field"), t("me.value"), t("me.source")], contact + record),
        (
            t("me.consent_title"),
            [t("me.purpose"), t("me.state"), t("dossier.since"), t("me.source"), t("dossier.text")],
            consents,
        ),
        (t("dossier.ledger"), [when, t("dossier.what")], ledger),
        (
            t("me.shown_title"),
            [when, asker, t("me.what_for"), t("me.place"), t("dossier.score"), t("dossier.weights")],
            shown,
        ),
        (t("me.messages_title"), [when, t("dossier.what")], messages),
        (t("log.title"), [when, t("log.role"), t("dossier.what")], log),
    ]
    values = {"t": t, "day": lambda value: wording.short_day(language, value), "language": language, "today": today}
    named = [{"title": title, "heads": heads, "rows": rows} for title, heads, rows in tables]
    return template("dossier.html").render({**values, "known": known, "tables": named})
