"""Files of results and sessions, by names on a list and nothing else; videos in ranges, pages shut off from everything of ours."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck.web.services import Services

__all__ = ["VIDEO", "page_response", "routes"]

VIDEO = "annotated.mp4"
#: What may be fetched of a session, and how it is shown.
_TYPES = {
    "report.html": "text/html; charset=utf-8",
    VIDEO: "video/mp4",
    "session.json": "application/json",
    "reps.csv": "text/csv; charset=utf-8",
    "frames.csv": "text/csv; charset=utf-8",
    "landmarks.npz": "application/octet-stream",
    "records.json": "application/json",
}
_SAVED = frozenset({"session.json", "reps.csv", "frames.csv", "landmarks.npz", "records.json"})
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{3,80}")
_SCRIPTS = re.compile(r"script-src ((?:'sha256-[A-Za-z0-9+/=]+'\s*)+)")
_HEAD_CHARS = 4096


def routes(services: Services) -> list[BaseRoute]:
    """Where files of results and of the history are."""

    def of_result(request: Request) -> Response:
        job_id = _checked_id(request)
        return _file(services.results / job_id, request.path_params["name"])

    def of_session(request: Request) -> Response:
        session_id = _checked_id(request)
        row = next((row for row in services.history.sessions() if row.id == session_id), None)
        folder = services.history.files_of(row) if row is not None else None
        if folder is None:
            raise HTTPException(404, "there is no such session.")
        return _file(folder, request.path_params["name"])

    return [Route("/results/{id}/{name}", of_result), Route("/sessions/{id}/{name}", of_session)]


def page_response(text: str) -> Response:
    """A finished page of ours (a report, a comparison, the page of the weeks): its own scripts run, in an origin that is nobody's.

    So whatever a page held, it could neither read nor change anything here.
    """
    return Response(text, media_type="text/html", headers={"content-security-policy": _shut_off(text[:_HEAD_CHARS])})


def _checked_id(request: Request) -> str:
    wanted = str(request.path_params["id"])
    if not _ID.fullmatch(wanted):
        raise HTTPException(404, "there is no such session.")
    return wanted


def _file(folder: Path, name: str) -> Response:
    path = folder / name
    if name not in _TYPES or not path.is_file() or path.is_symlink():
        raise HTTPException(404, "there is no such file.")
    if name == "report.html":
        with path.open(encoding="utf-8") as file:
            headers = {"content-security-policy": _shut_off(file.read(_HEAD_CHARS))}
        return FileResponse(path, media_type=_TYPES[name], headers=headers)
    if name == VIDEO:
        # A report has no origin, and its video may be too large to be in it. Nobody else knows the name of the folder.
        return FileResponse(path, media_type=_TYPES[name], headers={"cross-origin-resource-policy": "cross-origin"})
    return FileResponse(path, media_type=_TYPES[name], filename=f"{folder.name}-{name}" if name in _SAVED else None)


def _shut_off(head: str) -> str:
    found = _SCRIPTS.search(head)
    scripts = found.group(1).strip() if found is not None else "'none'"
    return (
        f"sandbox allow-scripts allow-downloads allow-modals; default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "img-src data: blob:; media-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
