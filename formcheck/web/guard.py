"""Who is answered: only pages of this server, opened on an address that is its own. See ``docs/web.md``, *Safety*.

A page of another site can make a browser send requests here, and a name that first leads elsewhere and then to 127.0.0.1 makes them look
like our own (DNS rebinding). So the Host header must be one of ours, an Origin must be the same, whatever changes something must carry the
token that our pages hold, and where others can connect at all, everything needs the key.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formcheck.web.services import Services

__all__ = ["CLOSED_FORBIDDEN", "KEY_COOKIE", "TOKEN_HEADER", "Guard", "page_policy"]

TOKEN_HEADER = "x-formcheck-token"
KEY_COOKIE = "formcheck-key"
#: Close code of a WebSocket that may not be opened.
CLOSED_FORBIDDEN = 4403
_SAFE = frozenset({"GET", "HEAD"})
_MOST_HEADER_BYTES = 16_384

_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), screen-wake-lock=(self)",
    "x-frame-options": "DENY",
}


def page_policy() -> str:
    """The Content-Security-Policy of our own pages: nothing from elsewhere, nothing inline."""
    parts = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "media-src": "'self' blob:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class Guard:
    """Stands before the whole app and lets through what may pass.

    Parameters
    ----------
    app
        What is guarded.
    services
        Hosts, token and key.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or hand on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": CLOSED_FORBIDDEN, "reason": "not allowed"})
        else:
            await refused(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = _headers(scope)
        if headers is None:
            return _said(400, "the request has a header twice that may come once.")
        if not self._services.is_ours(headers.get("host", "")):
            return _said(403, "this address is not one of formcheck's; open the one that it printed when it started.")
        origin = headers.get("origin")
        if origin is not None and not self._is_ours(origin, headers["host"]):
            return _said(403, "only pages of formcheck itself may ask this.")
        if origin is None and scope["type"] == "websocket":
            return _said(403, "only pages of formcheck itself may connect.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not _is_visit(scope, headers):
            return _said(403, "only pages of formcheck itself may ask this.")
        keyless = self._without_key(scope, headers)
        if keyless is not None:
            return keyless
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            sent = headers.get(TOKEN_HEADER, "")
            if not secrets.compare_digest(sent.encode(), self._services.token.encode()):
                return _said(403, "the page is out of date; load it again.")
        return None

    def _without_key(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        key = self._services.key
        if key is None or _same(_cookie(headers.get("cookie", "")), key):
            return None
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("key", [""])[0]
        if not _same(given, key):
            return _said(403, "the key is missing or wrong; open the whole address that formcheck printed when it started.")
        if scope["type"] != "http" or scope["method"] not in _SAFE:
            return _said(403, "open the address in a browser first.")
        # The key leaves the address bar, the history of the browser and its log at once.
        answer = RedirectResponse(scope["path"] if scope["path"].startswith("/") and not scope["path"].startswith("//") else "/", 303)
        answer.set_cookie(KEY_COOKIE, key, httponly=True, samesite="strict", path="/")
        return answer

    def _is_ours(self, origin: str, host: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _headers(scope: Scope) -> dict[str, str] | None:
    found: dict[str, str] = {}
    single = {"host", "origin", TOKEN_HEADER}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in found and name in single:
            return None
        found[name] = raw_value.decode("latin-1")[:_MOST_HEADER_BYTES]
    return found


def _is_visit(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether somebody follows a link to us, which does nothing but show a page, or a report shows its own video."""
    if scope["type"] != "http" or scope["method"] not in _SAFE:
        return False
    shown = headers.get("sec-fetch-dest") == "video" and scope["path"].startswith("/results/")
    return shown or headers.get("sec-fetch-mode") == "navigate"


def _cookie(text: str) -> str:
    try:
        found = SimpleCookie(text).get(KEY_COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


def _said(status: int, error: str) -> Response:
    return JSONResponse({"error": error}, status)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            added = {**_HEADERS, "content-security-policy": page_policy(), "cache-control": "no-store"}
            message["headers"] = [
                *message["headers"],
                *((name.encode(), value.encode()) for name, value in added.items() if name.encode() not in there),
            ]
        await send(message)

    return sending
