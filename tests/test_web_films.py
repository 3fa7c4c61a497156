"""Films sent to the web app: what is taken, refused, followed, stopped and removed."""

from __future__ import annotations

import struct
import threading
import zlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.errors import InputError
from formcheck.web.jobs import MOST_JOBS, Film, JobQueue
from formcheck.web.services import Services
from formcheck.web.uploads import NotAFilm, checked_film, shown_name
from tests.cli_support import film, use_stand_in
from tests.test_cli_profiles import turning
from tests.videos import write_sound, write_video
from tests.web_support import client_of, headers, services_of, until

ASKED = "/api/jobs?name={name}&exercise=hip-internal-rotation&model=lite"


def send(client: Any, services: Services, content: bytes, name: str = "monday.mp4", query: str = "") -> Any:
    return client.post(ASKED.format(name=name) + query, content=content, headers=headers(services))


def left(services: Services) -> list[Path]:
    """Files of uploads that are still there."""
    return [path for path in services.uploads.rglob("*") if path.is_file()] if services.uploads.exists() else []


def test_a_film_becomes_a_report_a_session_and_a_video_to_seek_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_in(monkeypatch)
    services = services_of(tmp_path / "data")
    content = film(tmp_path / "a.mp4").read_bytes()
    with client_of(services) as client:
        sent = send(client, services, content, "my <b>film.mp4", "&person=Anna")
        assert sent.status_code == 201 and sent.json()["job"]["name"] == "my <b>film.mp4"
        job_id = sent.json()["job"]["id"]
        until(lambda: client.get("/api/jobs").json()["jobs"][0]["state"] not in ("queued", "working"))
        (job,) = client.get("/api/jobs").json()["jobs"]
        assert (job["state"], job["error"], job["part"]) == ("done", None, 1.0) and "repetition" in job["verdict"]
        page = client.get(job["report"])
        assert page.status_code == 200 and page.headers["content-security-policy"].startswith("sandbox allow-scripts")
        assert "'unsafe-inline'" not in page.headers["content-security-policy"].split("style-src")[0]
        video = client.get(f"/results/{job_id}/annotated.mp4", headers={"Range": "bytes=100-199"})
        assert (video.status_code, len(video.content)) == (206, 100) and video.headers["content-type"] == "video/mp4"
        (session,) = client.get("/api/history").json()["sessions"]
        assert session["id"] == job["session"] and session["person"] == "Anna" and session["source"] == "recorded"
        assert left(services) == []
        assert client.delete(f"/api/jobs/{job_id}", headers=headers(services)).json() == {"removed": True}
        assert client.get(job["report"]).status_code == 404 and client.get("/api/jobs").json() == {"jobs": []}
        assert len(services.history.sessions()) == 1


@pytest.mark.parametrize(
    ("make", "status", "word"),
    [
        (lambda path: b"", 415, "empty"),
        (lambda path: b"<html><script>alert(1)</script>", 415, "monday.mp4"),
        (lambda path: b"#EXTM3U\nhttp://127.0.0.1/secret\n", 415, "monday.mp4"),
        (lambda path: b"ffconcat version 1.0\nfile /etc/passwd\n", 415, "monday.mp4"),
        (lambda path: write_sound(path / "a.wav").read_bytes(), 415, "monday.mp4"),
        (lambda path: film(path / "a.mp4", 2).read_bytes()[:900], 415, "monday.mp4"),
        (lambda path: b"PK\x03\x04" + bytes(400), 415, "monday.mp4"),
    ],
    ids=["empty", "page", "playlist", "list of files", "sound", "torn", "archive"],
)
def test_what_is_no_film_is_refused_and_removed(tmp_path: Path, make: Any, status: int, word: str) -> None:
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        answer = send(client, services, make(tmp_path))
    assert answer.status_code == status and word in answer.json()["error"] and str(tmp_path) not in answer.json()["error"]
    assert left(services) == [] and not any(services.uploads.glob("*"))


def test_a_film_that_is_too_large_is_refused_before_and_while_it_comes(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data", most_upload_bytes=10_000)
    with client_of(services) as client:
        assert send(client, services, bytes(10_001)).status_code == 413

        def drip() -> Any:
            for _ in range(12):
                yield bytes(1000)

        assert send(client, services, drip()).status_code == 413  # type: ignore[arg-type]
        lied = client.post(ASKED.format(name="a"), content=drip(), headers=headers(services))
        assert lied.status_code == 413
    assert left(services) == []


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing: a bomb when it is unfolded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    moves = chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 25, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + moves + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(30_000, 30_000), (8193, 16), (65_000, 2)])
def test_a_picture_that_unfolds_to_gigabytes_is_refused_before_it_does(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(*size))
    with pytest.raises(NotAFilm, match=r"bomb\.mp4"):
        checked_film(path, "bomb.mp4")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("&exercise=x", "unknown exercise"),
        ("&exercise=/etc/passwd.toml", "by its id"),
        ("&exercise=../../a.toml", "by its id"),
        ("&side=up", "side"),
        ("&model=huge", "model"),
        ("&direction=sideways", "sideways"),
        ("&person=../x", "../x"),
        ("&person=nobody&profile=1", "nobody"),
    ],
)
def test_wrong_options_are_named_before_the_film_comes(tmp_path: Path, query: str, word: str) -> None:
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        answer = client.post(f"/api/jobs?name=a.mp4{query}", content=b"x", headers=headers(services))
    assert answer.status_code == 422 and word in answer.json()["error"]
    assert not services.uploads.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "C:\\Windows\\x.mp4", "a\x00b\u202e.mp4", "", "x" * 5000, "con.mp4", "/"])
def test_a_film_lies_where_we_put_it_whatever_it_is_called(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    services = services_of(tmp_path / "data")
    seen: list[Path] = []
    monkeypatch.setattr("formcheck.web.api.checked_film", lambda path, shown: seen.append(path.resolve()))
    hold = threading.Event()

    def analyse(film: Film, *_: Any) -> Any:
        hold.wait(20)
        raise InputError("not this one.")

    queue = JobQueue(services.results, services.history, services.profiles, services.own_exercises, analyse)
    with client_of(services, queue) as client:
        sent = client.post("/api/jobs", params={"name": name}, content=b"x", headers=headers(services))
        hold.set()
    assert sent.status_code == 201
    (path,) = seen
    assert path.is_relative_to(services.uploads.resolve()) and len(path.relative_to(services.uploads.resolve()).parts) == 2


@given(st.text(max_size=300))
def test_a_shown_name_is_short_and_can_be_shown(name: str) -> None:
    shown = shown_name(name)
    assert 0 < len(shown) <= 120 and shown.isprintable() and "/" not in shown and "\\" not in shown


class Held:
    """An analysis that waits to be let go, or stopped."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, film: Film, folder: Path, progress: Any, stop: threading.Event) -> Any:
        self.begun.set()
        while not self.go.is_set() and not stop.is_set():
            self.go.wait(0.01)
        raise InputError(f"{film.path}: is no good.")


def queue_of(services: Services, analyse: Any) -> JobQueue:
    return JobQueue(services.results, services.history, services.profiles, services.own_exercises, analyse)


def waiting_film(services: Services, number: int) -> Film:
    path = services.uploads / str(number) / "a.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    return Film(f"{number}.mp4", path)


def test_films_wait_for_one_another_and_can_be_stopped_at_any_time(tmp_path: Path) -> None:
    services, held = services_of(tmp_path / "data"), Held()
    queue = queue_of(services, held)
    first, second, third = (queue.add(waiting_film(services, number)) for number in range(3))
    assert held.begun.wait(10)
    assert [job.state.value for job in queue.jobs] == ["queued", "queued", "working"]
    assert queue.cancel(second.id).state.value == "cancelled"  # type: ignore[union-attr]
    queue.cancel(first.id)
    until(lambda: queue.find(first.id).state.value == "cancelled")  # type: ignore[union-attr]
    held.go.set()
    until(lambda: queue.find(third.id).state.value == "failed")  # type: ignore[union-attr]
    assert queue.find(third.id).error == "2.mp4: is no good."  # type: ignore[union-attr]
    assert left(services) == [] and queue.cancel("nothing") is None and not queue.remove("nothing")
    assert queue.cancel(third.id).state.value == "failed"  # type: ignore[union-attr]
    queue.close()


def test_a_full_list_is_said_and_an_odd_failure_ends_nothing(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")

    def analyse(film: Film, *_: Any) -> Any:
        raise ZeroDivisionError("odd")

    queue = queue_of(services, analyse)
    jobs = [queue.add(waiting_film(services, number)) for number in range(MOST_JOBS)]
    until(lambda: all(job.state.value == "failed" for job in queue.jobs))
    assert "ZeroDivisionError" in (queue.find(jobs[0].id).error or "")  # type: ignore[union-attr]
    path = write_video(tmp_path / "a.mp4", 30)
    with client_of(services, queue) as client:
        assert send(client, services, path.read_bytes()).status_code == 429
    assert left(services) == []


def test_closing_stops_the_work_and_removes_what_waits(tmp_path: Path) -> None:
    services, held = services_of(tmp_path / "data"), Held()
    queue = queue_of(services, held)
    for number in range(3):
        queue.add(waiting_film(services, number))
    assert held.begun.wait(10)
    queue.close()
    assert left(services) == []
    queue_of(services, held).close()


def test_a_working_film_is_stopped_before_it_is_removed(tmp_path: Path) -> None:
    services, held = services_of(tmp_path / "data"), Held()
    queue = queue_of(services, held)
    job = queue.add(replace(waiting_film(services, 1), in_history=False))
    assert held.begun.wait(10) and queue.remove(job.id) and queue.jobs == [] and left(services) == []
    queue.close()


def test_a_film_can_be_measured_for_what_is_comfortable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_in(monkeypatch, turning(0, 20))
    services = services_of(tmp_path / "data")
    content = film(tmp_path / "a.mp4", 18.0, size=(320, 240)).read_bytes()
    with client_of(services) as client:
        assert send(client, services, content, query="&person=Anna&purpose=range").status_code == 201
        until(lambda: client.get("/api/jobs").json()["jobs"][0]["state"] not in ("queued", "working"))
        (job,) = client.get("/api/jobs").json()["jobs"]
        assert (job["state"], job["error"], job["measures_range"], job["session"]) == ("done", None, True, None)
        profile = services.profiles.load("Anna")
        (kept,) = profile.measurements
        assert kept.comfortable_deg == pytest.approx(20.0, abs=3.0) and f"{kept.comfortable_deg:.0f}°" in job["verdict"]
        assert services.history.sessions() == []
        assert "Anna" in client.get("/profiles").text


def test_a_film_in_which_nothing_is_comfortable_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_in(monkeypatch, turning(0, 20, count=1))
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        send(client, services, film(tmp_path / "a.mp4", 9.0, size=(320, 240)).read_bytes(), query="&person=Anna&purpose=range")
        until(lambda: client.get("/api/jobs").json()["jobs"][0]["state"] not in ("queued", "working"))
        (job,) = client.get("/api/jobs").json()["jobs"]
    assert job["state"] == "failed" and job["error"] and not services.profiles.is_there("Anna")


@pytest.mark.parametrize(
    ("taken", "year"), [("1577880000000", 2020), ("", None), ("soon", None), ("-5", None), ("9e300", None), ("nan", None), ("inf", None)]
)
def test_a_film_without_a_date_has_that_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str, year: int | None) -> None:
    use_stand_in(monkeypatch)
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        assert send(client, services, film(tmp_path / "a.mp4").read_bytes(), query=f"&taken={taken}").status_code == 201
        until(lambda: client.get("/api/jobs").json()["jobs"][0]["state"] == "done")
    (row,) = services.history.sessions()
    assert row.started_at.year == (year or datetime.now().year)
