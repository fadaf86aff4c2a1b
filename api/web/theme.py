"""The sheet and the logo of an installation that has its own."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from api.http.state import state_of
from api.login import access
from api.web.render import KEPT

router = APIRouter(include_in_schema=False)


@router.get("/thema/{name}", dependencies=[Depends(access.open_to_all)])
def themed(request: Request, name: str) -> Response:
    """The sheet or the logo of this installation, by the address of what it is now. 404 for another."""
    theme = state_of(request).theme
    address = f"/thema/{name}"
    if address == theme.style:
        return Response(theme.css, media_type="text/css", headers=KEPT)
    if address == theme.image:
        return Response(theme.logo, media_type="image/png", headers=KEPT)
    raise HTTPException(404)
