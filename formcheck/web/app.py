"""The app: pages, interfaces and files, behind the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from formcheck.errors import FormcheckError
from formcheck.web import api, files, live_routes, pages
from formcheck.web.guard import Guard
from formcheck.web.jobs import JobQueue
from formcheck.web.live_rooms import Rooms
from formcheck.web.services import Services
from formcheck.web.texts import text_of

__all__ = ["make_app"]


def make_app(services: Services, queue: JobQueue | None = None, rooms: Rooms | None = None) -> Starlette:
    """The app of one server.

    Parameters
    ----------
    services
        The user's data, and who is answered.
    queue, rooms
        What analyses films and guides sessions; by default with the pose models.
    """
    films = queue or JobQueue(services.results, services.history, services.profiles, services.own_exercises)
    live = rooms or Rooms(services)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(live.close)
        await run_in_threadpool(films.close)

    with resources.as_file(resources.files("formcheck.web") / "static") as static:
        return Starlette(
            routes=[
                Mount("/static", StaticFiles(directory=Path(static))),
                *api.routes(services, films),
                *files.routes(services),
                *live_routes.routes(services, live),
                *pages.routes(services),
            ],
            middleware=[Middleware(Guard, services=services)],
            exception_handlers={HTTPException: _http_error, FormcheckError: _own_error, Exception: _unforeseen},
            lifespan=lifespan,
        )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # The framework's own words for it are no sentence.
    unknown = error.status_code == 404 and error.detail == "Not Found"
    return _answer(request, error.status_code, text_of("error.not_found") if unknown else error.detail)


async def _own_error(request: Request, error: Exception) -> Response:
    return _answer(request, 422, str(error))


async def _unforeseen(request: Request, error: Exception) -> Response:
    return _answer(request, 500, f"something went wrong here ({type(error).__name__}); the terminal tells more.")


def _answer(request: Request, status: int, sentence: str) -> Response:
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": sentence}, status)
    return pages.error_page(request, status, sentence)
