"""The pages, and what stands on them. They are made here and sent whole; scripts only add what happens while one looks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from formcheck import __version__
from formcheck.comparison import compared
from formcheck.errors import FormcheckError
from formcheck.exercise import library
from formcheck.exercise.spec import ExerciseSpec
from formcheck.report.compare_page import write_compare_page
from formcheck.report.page import json_in_script
from formcheck.report.summary import NOT_MEDICAL, SAFETY
from formcheck.sources import remade, session_source
from formcheck.web.files import page_response
from formcheck.web.page_rows import exercise_card, live_facts, profile_card, session_page, session_rows, storage_rows
from formcheck.web.services import Services
from formcheck.web.texts import text_of, texts
from formcheck.weeks import write_weeks

__all__ = ["error_page", "routes"]

#: The pages of the navigation: address, key of the name.
_PLACES = (
    ("/", "nav.home"),
    ("/live", "nav.live"),
    ("/recorded", "nav.recorded"),
    ("/history", "nav.history"),
    ("/exercises", "nav.exercises"),
    ("/profiles", "nav.profiles"),
    ("/data", "nav.data"),
)


@cache
def _environment() -> Environment:
    loader = PackageLoader("formcheck.web")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"t": text_of, "safety": SAFETY, "not_medical": NOT_MEDICAL, "version": __version__}
    return made


def _page(request: Request, services: Services, name: str, **values: Any) -> Response:
    script_texts = {key: text for key, text in texts().items() if key.startswith(("js.", "state."))}
    shared = {
        "token": services.token,
        "places": _places(request.url.path),
        "texts": json_in_script(script_texts),
    }
    return HTMLResponse(_environment().get_template(name).render(shared | values))


def _places(here: str) -> list[dict[str, Any]]:
    """The navigation, with the place that one is in."""
    return [
        {"path": path, "name": text_of(key), "here": here == path or (path != "/" and here.startswith(path + "/"))} for path, key in _PLACES
    ]


def routes(services: Services) -> list[BaseRoute]:
    """All pages."""
    made = _Pages(services)
    table: list[tuple[str, Callable[[Request], Response]]] = [
        ("/", made.home),
        ("/live", made.live),
        ("/recorded", made.recorded),
        ("/history", made.history),
        ("/history/{id}", made.session),
        ("/weeks", made.weeks),
        ("/compare", made.compare),
        ("/exercises", made.exercises),
        ("/exercises/{id}", made.exercise),
        ("/profiles", made.profiles),
        ("/data", made.data),
    ]
    return [Route(path, page, methods=["GET"]) for path, page in table]


def error_page(request: Request, status: int, sentence: str) -> Response:
    """A page that says what is wrong. It needs no services: nothing can be changed from it."""
    page = _environment().get_template("error.html.j2")
    return HTMLResponse(page.render(sentence=sentence, places=_places(request.url.path), token="", texts=json_in_script({})), status)


class _Pages:
    def __init__(self, services: Services) -> None:
        self._services = services

    def home(self, request: Request) -> Response:
        rows = self._services.history.sessions()
        return _page(request, self._services, "home.html.j2", recent=session_rows(rows[:3]))

    def recorded(self, request: Request) -> Response:
        specs = self._specs()
        profiles, _ = self._services.profiles.all()
        facts = {spec.id: {"camera": spec.view.camera, "directions": list(spec.directions)} for spec in specs}
        return _page(
            request,
            self._services,
            "recorded.html.j2",
            specs=specs,
            facts=json_in_script(facts),
            profiles=[one.name for one in profiles],
            most_gb=f"{self._services.most_upload_bytes / 1e9:.1f}",
        )

    def live(self, request: Request) -> Response:
        specs = self._specs()
        profiles, _ = self._services.profiles.all()
        return _page(
            request,
            self._services,
            "live.html.j2",
            specs=specs,
            facts=json_in_script({spec.id: live_facts(spec) for spec in specs}),
            profiles=[one.name for one in profiles],
        )

    def history(self, request: Request) -> Response:
        person, exercise = request.query_params.get("person", ""), request.query_params.get("exercise", "")
        every = self._services.history.sessions()
        rows = self._services.history.sessions(exercise or None, person or None)
        people = list(dict.fromkeys(row.person or "" for row in every))
        kinds = {row.exercise: row.title for row in every}
        return _page(
            request,
            self._services,
            "history.html.j2",
            rows=session_rows(rows),
            people=people,
            kinds=kinds,
            person=person,
            exercise=exercise,
        )

    def session(self, request: Request) -> Response:
        row = next((row for row in self._services.history.sessions() if row.id == request.path_params["id"]), None)
        if row is None:
            raise HTTPException(404, text_of("error.no_session"))
        return _page(request, self._services, "session.html.j2", **session_page(self._services.history, row))

    def weeks(self, request: Request) -> Response:
        person, exercise = request.query_params.get("person") or None, request.query_params.get("exercise") or None
        rows = self._services.history.sessions(exercise, person)
        if not rows:
            raise HTTPException(404, text_of("error.no_weeks"))
        return _made_page(lambda path: write_weeks(self._services.history, rows, path))

    def compare(self, request: Request) -> Response:
        wanted = [request.query_params.get(name, "") for name in ("a", "b")]
        known = {row.id for row in self._services.history.sessions()}
        if not all(one in known for one in wanted):
            raise HTTPException(404, text_of("error.no_session"))
        try:
            first, second = (remade(session_source(self._services.history, one)) for one in wanted)
            comparison = compared(first, second)
        except FormcheckError as error:
            raise HTTPException(422, str(error)) from error
        return _made_page(lambda path: write_compare_page(comparison, path))

    def exercises(self, request: Request) -> Response:
        own, wrong = self._services.own_exercises.all()
        shipped = [library.load(name) for name in library.ids()]
        return _page(request, self._services, "exercises.html.j2", shipped=shipped, own=own, wrong=wrong)

    def exercise(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        spec = next((spec for spec in self._specs() if spec.id == wanted), None)
        if spec is None:
            raise HTTPException(404, text_of("error.no_exercise"))
        return _page(request, self._services, "exercise.html.j2", **exercise_card(spec, own=wanted not in library.ids()))

    def profiles(self, request: Request) -> Response:
        profiles, wrong = self._services.profiles.all()
        return _page(
            request,
            self._services,
            "profiles.html.j2",
            people=[profile_card(one) for one in profiles],
            wrong=[str(error) for error in wrong],
        )

    def data(self, request: Request) -> Response:
        return _page(request, self._services, "data.html.j2", **storage_rows(self._services))

    def _specs(self) -> list[ExerciseSpec]:
        own, _ = self._services.own_exercises.all()
        return [*(library.load(name) for name in library.ids()), *own]


def _made_page(write: Callable[[Path], None]) -> Response:
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        path = Path(name) / "page.html"
        write(path)
        return page_response(path.read_text("utf-8"))
