"""A server of the web app within a test: its app, its client, and sessions in its history."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from formcheck.drawing import write_results
from formcheck.history.entry import entry_of
from formcheck.history.store import History
from formcheck.profiles.store import ProfileStore
from formcheck.web.app import make_app
from formcheck.web.jobs import JobQueue
from formcheck.web.services import Services
from tests.builders import example_recording, example_report

PORT = 8765
HOST = f"127.0.0.1:{PORT}"
BASE = f"http://{HOST}"
START = datetime(2026, 5, 4, 18, tzinfo=UTC)


def services_of(folder: Path, **given: Any) -> Services:
    """Services on a data folder, answered as on this computer alone."""
    hosts = frozenset({HOST, f"localhost:{PORT}"})
    return Services(hosts=hosts, history=History(folder), profiles=ProfileStore(folder), **given)


@contextmanager
def client_of(services: Services, queue: JobQueue | None = None, base: str = BASE) -> Iterator[TestClient]:
    """A client that does not follow redirects; what goes wrong in the app is answered, not raised."""
    with TestClient(make_app(services, queue), base_url=base, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def headers(services: Services, **more: str) -> dict[str, str]:
    """What a page of ours sends with a change."""
    return {"X-Formcheck-Token": services.token, "Origin": BASE} | more


def keep_session(services: Services, number: int = 0, **changes: Any) -> str:
    """Put a session into the history with its files; return its id."""
    recording = example_recording()
    report = replace(example_report(recording), **changes)
    folder = services.folder.parent / f"made-{number}"
    folder.mkdir(parents=True)
    write_results(folder, recording, report, {})
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    session_id = f"20260504T1800{number:02d}-abcdef"
    entry = entry_of(report, session_id, START + timedelta(days=number), source="live", person="Anna", files=files)
    services.history.add(entry)
    return session_id


def until(done: Callable[[], object], at_most_s: float = 60.0) -> None:
    """Wait for something."""
    end = time.monotonic() + at_most_s
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.05)
