"""Films, history, profiles, exercises and what is stored, as JSON. Who may ask is decided before, see `formcheck.web.guard`."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck.errors import FormcheckError, InputError, OutputError, UsageError
from formcheck.history.table import session_values, write_table
from formcheck.profiles.names import checked_name
from formcheck.profiles.store import parsed, profile_text
from formcheck.web.jobs import Film, JobQueue, TooManyJobs, work_of
from formcheck.web.services import Services
from formcheck.web.storage import delete_everything, stored
from formcheck.web.uploads import NotAFilm, TooLarge, checked_film, dated, discard, received, shown_name

__all__ = ["routes"]

#: A profile or an exercise of a person's own is far smaller.
_MOST_TEXT_BYTES = 1_000_000
_MODELS = ("heavy", "full", "lite")
_PURPOSES = ("report", "range")
_SIDES = ("auto", "left", "right", "both")


def routes(services: Services, queue: JobQueue) -> list[BaseRoute]:
    """Everything under ``/api``."""
    films, kept = _Films(services, queue), _Kept(services, queue)
    table: list[tuple[str, str, Callable[..., Any]]] = [
        ("GET", "/api/jobs", films.all),
        ("POST", "/api/jobs", films.add),
        ("POST", "/api/jobs/{id}/cancel", films.cancel),
        ("DELETE", "/api/jobs/{id}", films.remove),
        ("GET", "/api/history", kept.sessions),
        ("GET", "/api/history/export.csv", kept.export),
        ("DELETE", "/api/history", kept.delete_all),
        ("DELETE", "/api/history/{id}", kept.delete),
        ("GET", "/api/profiles", kept.people),
        ("POST", "/api/profiles/import", kept.import_profile),
        ("GET", "/api/profiles/{name}/export", kept.export_profile),
        ("DELETE", "/api/profiles/{name}", kept.delete_profile),
        ("POST", "/api/exercises", kept.add_exercise),
        ("DELETE", "/api/exercises/{id}", kept.delete_exercise),
        ("GET", "/api/storage", kept.storage),
        ("DELETE", "/api/storage", kept.delete_everything),
    ]
    described = Route("/api/openapi.json", _described, methods=["GET"])
    return [*(Route(path, told(work), methods=[method]) for method, path, work in table), described]


def _described(request: Request) -> Response:
    """What can be asked, as OpenAPI."""
    text = resources.files("formcheck.web").joinpath("openapi.json").read_text("utf-8")
    return Response(text, media_type="application/json")


def told(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same handler, with errors that a person is meant to read as JSON: 4xx where the request was wrong, 507 where the disk failed."""
    if inspect.iscoroutinefunction(work):

        async def waited(request: Request) -> Response:
            try:
                answer: Response = await work(request)
                return answer
            except FormcheckError as error:
                return _error(error)

        return waited

    def handled(request: Request) -> Response:
        try:
            answer: Response = work(request)
            return answer
        except FormcheckError as error:
            return _error(error)

    return handled


def _error(error: FormcheckError) -> Response:
    kinds: list[tuple[type[FormcheckError], int]] = [(TooLarge, 413), (NotAFilm, 415), (TooManyJobs, 429), (OutputError, 507)]
    status = next((status for kind, status in kinds if isinstance(error, kind)), 422)
    return JSONResponse({"error": str(error)}, status)


class _Films:
    def __init__(self, services: Services, queue: JobQueue) -> None:
        self._services, self._queue = services, queue

    def all(self, request: Request) -> Response:
        return JSONResponse({"jobs": [job.as_json for job in self._queue.jobs]})

    async def add(self, request: Request) -> Response:
        film = _film_of(request)
        # Before the long way of the bytes: what would make it vain.
        await run_in_threadpool(work_of, film, self._services.profiles, self._services.own_exercises)
        length = request.headers.get("content-length", "")
        claimed = int(length) if length.isascii() and length.isdigit() else None
        try:
            path = await received(request.stream(), self._services.uploads, film.name, claimed, self._services.most_upload_bytes)
        except ClientDisconnect:
            return JSONResponse({"error": "the upload broke off."}, 400)
        try:
            dated(path, request.query_params.get("taken", ""))
            await run_in_threadpool(checked_film, path, film.name)
            job = self._queue.add(replace(film, path=path))
        except BaseException:
            discard(path)
            raise
        return JSONResponse({"job": job.as_json}, 201)

    def cancel(self, request: Request) -> Response:
        job = self._queue.cancel(request.path_params["id"])
        if job is None:
            raise HTTPException(404, "there is no such film in the list.")
        return JSONResponse({"job": job.as_json})

    def remove(self, request: Request) -> Response:
        if not self._queue.remove(request.path_params["id"]):
            raise HTTPException(404, "there is no such film in the list.")
        return JSONResponse({"removed": True})


def _film_of(request: Request) -> Film:
    asked = request.query_params
    film = Film(
        name=shown_name(asked.get("name", "")),
        path=Path(),
        exercise=asked.get("exercise", "hip-internal-rotation"),
        side=_one_of("side", asked.get("side", "auto"), _SIDES),
        direction=asked.get("direction") or None,
        model=_one_of("model", asked.get("model", "heavy"), _MODELS),
        person=_person(asked.get("person") or "me"),
        uses_profile=asked.get("profile") == "1",
        mirrored=asked.get("mirrored") == "1",
        in_history=asked.get("history", "1") == "1",
        measures_range=_one_of("purpose", asked.get("purpose", "report"), _PURPOSES) == "range",
    )
    if film.exercise.lower().endswith(".toml"):
        raise UsageError("name an exercise by its id.")
    return film


def _person(name: str) -> str:
    try:
        return checked_name(name)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UsageError(f"{name} {value!r} is none of {', '.join(known)}.")
    return value


class _Kept:
    def __init__(self, services: Services, queue: JobQueue) -> None:
        self._services, self._queue = services, queue
        self._history, self._profiles = services.history, services.profiles

    def sessions(self, request: Request) -> Response:
        rows = self._history.sessions(request.query_params.get("exercise") or None, request.query_params.get("person") or None)
        return JSONResponse({"sessions": [session_values(row) for row in rows]})

    def export(self, request: Request) -> Response:
        wanted = request.query_params.get("ids", "all")
        rows = self._history.sessions()
        if wanted != "all":
            ids = set(wanted.split(","))
            rows = [row for row in rows if row.id in ids]
        out = io.StringIO()
        write_table(out, ((row, self._history.reps(row.id)) for row in rows))
        headers = {"content-disposition": 'attachment; filename="formcheck-history.csv"'}
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    def delete(self, request: Request) -> Response:
        row = next((row for row in self._history.sessions() if row.id == request.path_params["id"]), None)
        if row is None:
            raise HTTPException(404, "there is no such session.")
        self._history.delete(row)
        return JSONResponse({"deleted": 1})

    def delete_all(self, request: Request) -> Response:
        rows = self._history.sessions(None, request.query_params.get("person") or None)
        for row in rows:
            self._history.delete(row)
        return JSONResponse({"deleted": len(rows)})

    def people(self, request: Request) -> Response:
        profiles, wrong = self._profiles.all()
        return JSONResponse(
            {
                "profiles": [{"name": one.name, "measurements": len(one.measurements)} for one in profiles],
                "errors": [str(error) for error in wrong],
            }
        )

    async def import_profile(self, request: Request) -> Response:
        profile = parsed(await _text(request), "this file")
        if self._profiles.is_there(profile.name):
            raise UsageError(f"there is a profile {profile.name!r} already; export and delete that one first, so that nothing is lost.")
        self._profiles.save(profile)
        return JSONResponse({"name": profile.name}, 201)

    def export_profile(self, request: Request) -> Response:
        profile = self._profiles.load(request.path_params["name"])
        # Names may be in any script; a header may not.
        headers = {"content-disposition": 'attachment; filename="formcheck-profile.json"'}
        return Response(profile_text(profile), media_type="application/json", headers=headers)

    def delete_profile(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not self._profiles.is_there(name):
            self._profiles.load(name)
        self._profiles.delete(name)
        return JSONResponse({"deleted": 1})

    async def add_exercise(self, request: Request) -> Response:
        spec = self._services.own_exercises.add(await _text(request))
        return JSONResponse({"id": spec.id, "title": spec.title}, 201)

    def delete_exercise(self, request: Request) -> Response:
        if not self._services.own_exercises.delete(request.path_params["id"]):
            raise HTTPException(404, "there is no such exercise of your own.")
        return JSONResponse({"deleted": 1})

    def storage(self, request: Request) -> Response:
        return JSONResponse(stored(self._services))

    def delete_everything(self, request: Request) -> Response:
        for job in self._queue.jobs:
            self._queue.remove(job.id)
        return JSONResponse({"deleted": delete_everything(self._services)})


async def _text(request: Request) -> str:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MOST_TEXT_BYTES:
            raise TooLarge("the file is far too large for what it should be.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("the file is no text (UTF-8).") from error
