"""All data about a person as one page, to print or to send: the readable form of access under GDPR 15."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.web import wording
from api.web.render import template
from matcher.locale import Language, decimals, say


def dossier(language: Language, known: Mapping[str, Any], today: date) -> str:
    """A self-contained HTML page, from `matcher.services.privacy.known`."""

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
        (label(item["field"]), wording.field_value(language, item["field"], item["value"]), source[item["source"]])
        for item in known["record"]
    ]
    record += [(item["field"], item["value"], source[item["source"]]) for item in known["own_fields"]]
    consents = [
        (
            word("purpose", item["purpose"]),
            t("me.no") if item["withdrawn_on"] else t("me.yes"),
            day(item["withdrawn_on"] or item["given_on"]),
            source[item["source"]],
            item["text_version"] or "",
        )
        for item in known["consents"]
    ]
    if known["objects_since"]:
        consents.append((t("dossier.objection"), t("me.yes"), day(known["objects_since"]), source["person"], ""))
    ledger = [(day(item["on"]), word("event", item["event"])) for item in known["ledger"]]
    shown = [
        (
            wording.stamp(language, item["at"]),
            word("role", item["to"]),
            word("kind", item["purpose"]),
            item["rank"] or "",
            decimals(language, item["score"]),
            item["weights"],
        )
        for item in known["shown"]
    ]
    messages = [
        (wording.stamp(language, item["at"]), word("message", item["message"]), word("mail_state", state))
        for item in [*known["mail"], *known["messages"]]
        for state in [item.get("state", "sent")]
    ]
    log = [
        (
            wording.stamp(language, item["at"]),
            word("role", item["role"]),
            word("action", item["action"].replace(".", "_")),
        )
        for item in known["log"]
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
        (t("me.messages_title"), [when, t("dossier.what"), t("me.state")], messages),
        (say(language, "house.log.title"), [when, say(language, "house.log.role"), t("dossier.what")], log),
    ]
    values = {"t": t, "day": lambda value: wording.short_day(language, value), "language": language, "today": today}
    sections = [{"title": title, "heads": heads, "rows": rows} for title, heads, rows in tables]
    return template("dossier.html").render({**values, "known": known, "tables": sections})
