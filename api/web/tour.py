"""The first steps of a role, on the page that it starts on, until a browser says that it knows them."""

from __future__ import annotations

from fastapi import Request

from matcher.policy import Asker, Role

COOKIE, GONE = "rondleiding", "weg"
STEPS = 5
_STARTS = {Role.ADVISER: "/advies", Role.ALUMNUS: "/mij", Role.PRIVACY_OFFICER: "/log"}


def start_of(role: Role) -> str:
    """The page that a role starts on."""
    return _STARTS.get(role, "/")


def tour_of(request: Request, asker: Asker | None, cookie: str) -> tuple[str, ...]:
    """The keys of the first steps of the asker's role, on its start page; none elsewhere, or once they are known.

    `cookie`: the name of the cookie of this installation.
    """
    if asker is None or request.url.path != start_of(asker.role) or request.cookies.get(cookie) == GONE:
        return ()
    return tuple(f"{asker.role.value}.s{step}" for step in range(1, STEPS + 1))
