"""The menu of each role: a few nouns in the bar, and every other page in groups in the menu of the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.domain.kinds import Purpose
from matcher.policy import Action, Asker, Role
from matcher.services.work import Counts

PAGES: Mapping[str, tuple[str, Action]] = {
    "today": ("/", Action.SESSION),
    "search": ("/zoeken", Action.MATCH_UNSAVED),
    "requests": ("/aanvragen", Action.REQUESTS_CLOSE),
    "offers": ("/aanbod", Action.OFFERINGS_SAVE),
    "ask": ("/aanvraag-maken", Action.REQUESTS_SAVE),
    "people": ("/alumni", Action.ALUMNI_REGISTER),
    "adviser": ("/advies", Action.ALUMNI_LIST),
    "why": ("/waarom", Action.ALUMNI_REGISTER),
    "courses": ("/cursussen", Action.OFFERINGS_LIST),
    "grades": ("/beoordelen", Action.GRADE),
    "plan": ("/plan", Action.PLAN_APPROVE),
    "trial": ("/proefvlucht", Action.TRIAL),
    "balance": ("/balans", Action.LEDGER_WRITE),
    "figures": ("/cijfers", Action.FIGURES_READ),
    "aftercare": ("/nazorg", Action.AFTERCARE_READ),
    "import": ("/inlezen", Action.IMPORT),
    "duplicates": ("/dubbelen", Action.PERSON_MERGE),
    "fields": ("/velden", Action.FIELDS_MANAGE),
    "sources": ("/bronnen", Action.SOURCES_MANAGE),
    "skills": ("/vaardigheden", Action.SKILLS),
    "first": ("/toestemming", Action.CAMPAIGN),
    "segments": ("/segmenten", Action.SEGMENT),
    "feedback": ("/terugkoppeling", Action.FEEDBACK),
    "replies": ("/antwoorden", Action.REPLIES_READ),
    "disputes": ("/vragen-over-lijsten", Action.DISPUTE_READ),
    "setup": ("/inrichten", Action.SETUP),
    "help": ("/hulp", Action.SESSION),
    "log": ("/log", Action.AUDIT_READ),
    "mail": ("/post", Action.MAIL_MANAGE),
    "health": ("/toestand", Action.HEALTH_READ),
    "report": ("/rapport", Action.REPORT_READ),
    "users": ("/toegang", Action.USERS_MANAGE),
    "copies": ("/back-ups", Action.BACKUP_MAKE),
    "settings": ("/instellingen", Action.SETTINGS_READ),
    "me": ("/mij", Action.REPLY),
    "advice": ("/mij/advies", Action.REPLY),
    "agenda": ("/mij/agenda", Action.CALENDAR_WRITE),
}
"""Address of each page that a menu may name, and the action that it requires."""
OF_AREA: Mapping[str, Purpose] = {
    "adviser": Purpose.LLO_ADVICE,
    "courses": Purpose.LLO_ADVICE,
    "aftercare": Purpose.AFTERCARE,
    "feedback": Purpose.FEEDBACK,
}
"""Pages that a school without their area does not see in its menus, by the purpose of that area."""
INSTEAD: Mapping[str, str] = {"/toestemming": "report", "/cijfers": "report", "/nazorg": "report"}
"""The page with counts alone of what a page shows of people."""
NOUNS: Mapping[Role, tuple[str, ...]] = {
    Role.TEACHER: ("search", "requests", "courses"),
    Role.ADVISER: ("adviser", "aftercare", "courses"),
    Role.COORDINATOR: ("today", "people", "plan", "figures"),
    Role.PLACEMENT: ("requests", "ask"),
    Role.PARTNER: ("requests", "ask", "offers", "courses"),
    Role.ALUMNUS: ("me", "advice", "agenda", "courses"),
    Role.PRIVACY_OFFICER: ("log", "report"),
    Role.ADMINISTRATOR: ("health", "users", "mail", "copies"),
}
"""At most four in the bar."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "asking": ("search", "ask", "requests", "adviser", "courses", "offers", "why"),
    "people": ("first", "segments", "replies", "balance", "aftercare", "feedback", "disputes"),
    "lists": ("import", "duplicates", "fields", "skills", "sources"),
    "quality": ("grades", "trial"),
    "other": ("setup", "log", "report", "users", "mail", "copies", "settings", "health", "plan", "figures", "help"),
}
"""All other pages, by what they are about."""


@dataclass(frozen=True)
class Item:
    """A page in a menu; `count`: of what waits there, 0 for nothing."""

    name: str
    path: str
    count: int = 0
    here: bool = False


@dataclass(frozen=True)
class Menu:
    """What an asker may open: `nouns` in the bar, `groups` of the other pages by name."""

    nouns: tuple[Item, ...] = ()
    groups: tuple[tuple[str, tuple[Item, ...]], ...] = ()


def menu_of(asker: Asker | None, counts: Counts, here: str) -> Menu:
    """The menu of an asker who is at the address `here`; empty for a visitor."""
    if asker is None:
        return Menu()
    waits = {"requests": counts.requests, "me": counts.questions, "today": counts.jobs}
    allowed = [
        name
        for name, (_, action) in PAGES.items()
        if _may(asker, name, action) and OF_AREA.get(name) not in counts.closed
    ]
    nouns = [name for name in NOUNS.get(asker.role, ()) if name in allowed]
    near = max(
        (name for name in allowed if _leads(PAGES[name][0], here)), key=lambda name: len(PAGES[name][0]), default=""
    )

    def item(name: str) -> Item:
        return Item(name, PAGES[name][0], waits.get(name, 0), name == near)

    rest = [(group, tuple(item(name) for name in names if name in allowed and name not in nouns))
            for group, names in GROUPS.items()]  # fmt: skip
    return Menu(tuple(item(name) for name in nouns), tuple((group, items) for group, items in rest if items))


def instead_of(asker: Asker | None, here: str) -> str:
    """The page that tells an asker what they may know of a page that is not for them, by name; empty for none."""
    found = (name for path, name in INSTEAD.items() if _leads(path, here))
    return next((name for name in found if asker is not None and _may(asker, name, PAGES[name][1])), "")


def is_closed(counts: Counts, here: str) -> bool:
    """Whether the page at `here` is about an area that the school does not work on."""
    return any(_leads(PAGES[name][0], here) and purpose in counts.closed for name, purpose in OF_AREA.items())


def _may(asker: Asker, name: str, action: Action) -> bool:
    """Whether the page is for this asker; what is about oneself is for alumni alone."""
    own = name not in {"me", "advice", "agenda"} or asker.alumnus_key is not None
    return own and asker.may(action)


def _leads(path: str, here: str) -> bool:
    """Whether the page at `here` is this one or below it."""
    return here == path or (path != "/" and here.startswith(f"{path}/"))
