"""What the interface says of itself, and schemathesis, which asks all that it says and much that it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS
from starlette.routing import Route

from formcheck.web.app import make_app
from formcheck.web.jobs import JobQueue
from formcheck.web.rehearsal import free_port, served
from formcheck.web.services import Services
from tests.web_support import client_of, keep_session, services_of

SCHEMA = Path(__file__).resolve().parent.parent / "formcheck" / "web" / "openapi.json"
DESCRIBED: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
ASKED = schemathesis.openapi.from_dict(DESCRIBED)
JUDGED = [
    CHECKS.get_one(name)
    for name in ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
]


def test_every_interface_is_described_and_no_other(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    there = {
        (route.path, method.lower())
        for route in make_app(services).routes
        if isinstance(route, Route) and route.path.startswith("/api/") and route.path != "/api/openapi.json"
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert there == {(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods}
    with client_of(services) as client:
        assert client.get("/api/openapi.json").json() == DESCRIBED


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Services]]:
    """A server with a session, on which every analysis fails at once."""
    made = services_of(tmp_path_factory.mktemp("asked") / "data")
    port = free_port()
    services = Services(frozenset({f"127.0.0.1:{port}"}), None, made.history, made.profiles)
    keep_session(services)

    def fails(*_: object) -> Any:
        raise ValueError("nothing is analysed here")

    queue = JobQueue(services.results, services.history, services.profiles, services.own_exercises, analyse=fails)
    with served(make_app(services, queue), port):
        yield f"http://127.0.0.1:{port}", services


@pytest.mark.slow
@ASKED.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_all_that_is_asked_is_answered_as_described(case: schemathesis.Case, server: tuple[str, Services]) -> None:
    base, services = server
    case.call_and_validate(base_url=base, headers={"X-Formcheck-Token": services.token}, checks=JUDGED)
