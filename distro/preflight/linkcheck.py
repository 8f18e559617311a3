"""Asks whether a release's links answer. The only part of preflight that leaves the office, and only when somebody asked.

HEAD first, GET where a server does not take that; no cookies, no credentials, nothing of the release but the address itself,
several at once, each with a limit of time.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from distro.editorial.content import ReleaseContent
from distro.preflight.linktargets import targets

SECONDS = 8.0
AT_ONCE = 8
_NOT_TAKEN = (400, 403, 405, 406, 429, 500, 501, 503)
"""What servers say to a HEAD that they would answer as a GET."""
_ALIVE = (401, 402, 403, 407, 429, 451)
"""It is there, though not for us."""
_AGENT = "Mozilla/5.0 (compatible; press office link check)"


def answers(content: ReleaseContent, *, seconds: float = SECONDS) -> Mapping[str, str]:
    """By link why it is dead, "" for one that answers."""
    return ask({url for _, url in targets(content)}, seconds=seconds)


def ask(urls: Iterable[str], *, seconds: float = SECONDS) -> dict[str, str]:
    asked = sorted(urls)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="links") as pool:
        return dict(zip(asked, pool.map(lambda url: _dead(url, seconds), asked), strict=True))


def _dead(url: str, seconds: float) -> str:
    opener = build_opener(ProxyHandler(), HTTPSHandler(context=ssl.create_default_context()))
    said = _try(opener, "HEAD", url, seconds)
    if isinstance(said, int):
        said = _try(opener, "GET", url, seconds)
    if isinstance(said, int):
        return "" if said in _ALIVE else _status(said)
    return said


def _try(opener: OpenerDirector, method: str, url: str, seconds: float) -> str | int:
    """Why it is dead, "" where it is not, or the status that says nothing yet."""
    request = Request(url.partition("#")[0], method=method, headers={"User-Agent": _AGENT, "Accept": "*/*"})  # noqa: S310
    try:
        with opener.open(request, timeout=seconds):
            return ""
    except HTTPError as refused:
        code = refused.code
        refused.close()
        return code if method == "GET" or code in _NOT_TAKEN or code in _ALIVE else _status(code)
    except TimeoutError:
        return f"it does not answer within {seconds:g} seconds"
    except URLError as wrong:
        return _reason(wrong.reason, seconds)
    except (OSError, http.client.HTTPException, ValueError) as wrong:
        return _reason(wrong, seconds)


def _status(code: int) -> str:
    name = http.client.responses.get(code, "")
    return f"the server says {code} {name}".rstrip()


def _reason(wrong: object, seconds: float) -> str:
    if isinstance(wrong, TimeoutError):
        return f"it does not answer within {seconds:g} seconds"
    if isinstance(wrong, ssl.SSLError):
        return "its certificate is not good"
    if isinstance(wrong, socket.gaierror):
        return "there is no such host"
    return f"the connection fails ({wrong})"
