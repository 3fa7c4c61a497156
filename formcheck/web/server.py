"""The server process: where it listens, what it prints, and its orderly end."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass

from formcheck.errors import InputError, UsageError
from formcheck.web.services import MOST_UPLOAD_BYTES, Services

__all__ = ["PORT", "WebSettings", "addresses_of", "run_web"]

PORT = 8765
_TRIES = 20
#: Polite to a crowd: more connections at once are told to come back.
_MOST_CONNECTIONS = 100
_MOST_MESSAGE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the command line asks for; see its help."""

    host: str = "127.0.0.1"
    port: int | None = None
    opens: bool = True
    most_upload_mb: int = MOST_UPLOAD_BYTES // 1_000_000


def run_web(settings: WebSettings, say: Callable[[str], None], warn: Callable[[str], None]) -> int:
    """Serve until Ctrl-C; return the exit code.

    Raises
    ------
    UsageError
        The host is none of this computer's.
    InputError
        The port is taken.
    """
    import uvicorn

    from formcheck.web.app import make_app

    listening = _listening(settings)
    port = listening.getsockname()[1]
    alone = _is_loopback(settings.host)
    key = None if alone else secrets.token_urlsafe(24)
    services = Services(
        hosts=addresses_of(settings.host, port),
        every_address_at=port if settings.host in ("0.0.0.0", "::") else None,
        key=key,
        most_upload_bytes=settings.most_upload_mb * 1_000_000,
    )
    named = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()} | dict.fromkeys(("127.0.0.1", "::1"), "localhost")
    shown = named.get(settings.host, _shown_host(settings.host))
    address = f"http://{shown}:{port}/" + (f"?key={key}" if key else "")
    if key is not None:
        warn("others in this network can reach formcheck now. Whoever has the whole address below, with its key, can see your sessions")
        warn("and delete them, and it goes over the network unencrypted.")
    say(f"formcheck is at {address}")
    say("Nothing leaves this computer. Ctrl-C ends it.")
    config = uvicorn.Config(
        make_app(services),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        ws_max_size=_MOST_MESSAGE_BYTES,
        ws_max_queue=8,
        h11_max_incomplete_event_size=65_536,
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    if settings.opens:
        webbrowser.open(address)
    with listening:
        server.run(sockets=[listening])
    return 0


def addresses_of(host: str, port: int) -> frozenset[str]:
    """Values of the Host header that mean this server."""
    names = {"127.0.0.1", "localhost", "[::1]"} if _is_loopback(host) else {_shown_host(host)}
    if host in ("0.0.0.0", "::"):
        names = {"127.0.0.1", "localhost", "[::1]", socket.gethostname().lower()}
    return frozenset(f"{name.lower()}:{port}" for name in names)


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(settings: WebSettings) -> socket.socket:
    wanted = settings.port
    ports = [wanted] if wanted is not None else [*range(PORT, PORT + _TRIES), 0]
    try:
        family = socket.getaddrinfo(settings.host, None, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise UsageError(f"--host {settings.host}: is no address of this computer; leave it out, or give one of its own.") from error
    reason: OSError | None = None
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((settings.host, port))
            listening.listen(128)
            return listening
        except OSError as error:
            listening.close()
            reason = error
    if wanted is None or reason is None:
        raise UsageError(f"--host {settings.host}: cannot be listened on ({reason.strerror if reason else ''}).")
    raise InputError(f"--port {wanted}: cannot be used ({(reason.strerror or str(reason)).lower()}); leave it out, or name another.")
