"""The routes: /u/TOKEN (RFC 8058), /assets/SHA256/NAME for what a Permit lets out, /checkpoint where it is published, and
/healthz. Serving is `serve`'s."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from distro.archive.anchors import Head
from distro.config import Office
from distro.dispatch.unsubscribe import Outcome, Unsubscribed
from distro.editorial.embargo import Permit
from distro.headertext import UNFIT
from distro.log import log
from distro.web.pages import House, page, preferred, speaking
from distro.web.unsubscribing import Unsubscribing

LARGEST_BODY = 65_536
"""Octets of a POST that are read; one-click needs 26."""

BODY_SECONDS = 10.0

_PAGES = {
    Outcome.ASKED: "ask",
    Outcome.DONE: "done",
    Outcome.ALREADY: "done",
    Outcome.ERASED: "done",
    Outcome.TEST: "test",
}


@dataclass(frozen=True)
class LetOut:
    """A kept asset that may be handed to anybody now."""

    path: Path
    permit: Permit


Assets = Callable[[str], LetOut | None]
"""From an asset's SHA-256 in hex to what may leave, None while the embargo holds or where there is no such asset."""


Published = Callable[[], Head | None]
"""The head of the record that anybody may see, None while there is none."""


def _nothing(_sha256: str) -> None:
    return None


def create_app(
    unsubscribing: Unsubscribing,
    office: Office,
    *,
    folder: Path | None = None,
    assets: Assets = _nothing,
    published: Published | None = None,
) -> Starlette:
    """The application. Keeps no state of its own. `folder`: the office's own pages and words, if it has any; `published`: None
    where the record's head is not shown."""
    house = House(office, folder)

    async def ask(request: Request) -> Response:
        """GET and HEAD show and change nothing: scanners follow links."""
        return _answer(request, house, await unsubscribing.look(_token(request)))

    async def click(request: Request) -> Response:
        """POST unsubscribes, whatever the body (RFC 8058, 3.2): no cookie, no second question, no redirect."""
        body = await _body(request)
        if body is None:
            return PlainTextResponse("The body is too large, or too slow.\n", 413, headers={"Connection": "close"})
        how = "page" if b"by=page" in body else "one-click POST"
        done = await unsubscribing.do(_token(request), how)
        if done is not None:
            log().info("web.unsubscribed", delivery=done.delivery, outcome=done.outcome.value, how=how)
        return _answer(request, house, done)

    async def unsubscribe(request: Request) -> Response:
        try:
            return await (click if request.method == "POST" else ask)(request)
        except ClientDisconnect:
            raise
        except Exception:  # a store that does not answer now; mail services try again after a 503
            log().exception("web.failed")
            trouble = page("trouble", 503, house, speaking(house, preferred(request, folder)))
            trouble.headers["Retry-After"] = "60"
            return trouble

    async def file(request: Request) -> Response:
        name = str(request.path_params["name"])
        found = None if UNFIT.search(name) else await asyncio.to_thread(assets, str(request.path_params["sha256"]))
        if found is None:
            return _answer(request, house, None)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return FileResponse(found.path, filename=name, headers=headers)

    async def checkpoint(request: Request) -> Response:
        try:
            head = await asyncio.to_thread(published) if published else None
        except Exception:
            log().exception("web.failed")
            return PlainTextResponse("Try again in a minute.\n", 503, headers={"Retry-After": "60"})
        if head is None:
            return _answer(request, house, None)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=300"}
        return PlainTextResponse(f"{head.key}\n" if request.url.path.endswith(".key") else head.note, headers=headers)

    async def unknown(request: Request, _wrong: Exception) -> Response:
        return _answer(request, house, None)

    app = Starlette(
        routes=[
            Route("/u/{token}", unsubscribe, methods=["GET", "POST"]),
            Route("/assets/{sha256}/{name}", file),
            Route("/checkpoint", checkpoint),
            Route("/checkpoint.key", checkpoint),
            Route("/healthz", _healthy),
        ],
        exception_handlers={404: unknown},
    )
    app.router.redirect_slashes = False
    return app


def _token(request: Request) -> str:
    return str(request.path_params["token"])


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is larger or slower than any honest one."""
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    return None
    except TimeoutError:
        return None
    return body


def _answer(request: Request, house: House, found: Unsubscribed | None) -> Response:
    if found is None:
        return page("unknown", 404, house, speaking(house, preferred(request, house.folder)))
    return page(_PAGES[found.outcome], 200, house, speaking(house, found.languages or preferred(request, house.folder)))


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
