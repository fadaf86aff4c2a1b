"""The routes of an app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute


def every_route(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """All routes, those of included routers too."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is None:
            yield route
        else:
            yield from every_route(router.routes)


def pages(app: FastAPI) -> list[str]:
    """The addresses of all pages that a browser may ask for, with `{name}` for what stands in them."""
    return sorted(
        route.path
        for route in every_route(app.routes)
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.include_in_schema
    )
