"""A live session over the web app's connection: from hello to its report, with pages that go away and servers that are killed."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from formcheck.capture.jpeg import decoded_jpeg, jpeg_size
from formcheck.coach.moment import Discomfort, Signal
from formcheck.errors import InputError, UsageError
from formcheck.exercise.library import load
from formcheck.live import engine
from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecording
from formcheck.web import browser_feed, live_rooms
from formcheck.web.app import make_app
from formcheck.web.browser_feed import BrowserFeed, FeedClosed
from formcheck.web.guard import CLOSED_FORBIDDEN
from formcheck.web.live_messages import chosen, event_of, frame_of, message_of
from formcheck.web.live_rooms import Rooms
from formcheck.web.live_routes import CLOSED_BUSY, CLOSED_MALFORMED
from formcheck.web.services import Services
from tests.live_parts import guided
from tests.web_support import BASE, HOST, headers, services_of, until


def jpeg(width: int = 64, height: int = 48) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 120, np.uint8)).save(out, "JPEG")
    return out.getvalue()


PICTURE = jpeg()


def noisy(seed: int) -> bytes:
    """A picture as a camera gives it: never twice the same."""
    out = io.BytesIO()
    noise = np.random.default_rng(seed).integers(90, 150, (480, 640, 3), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", quality=20)
    return out.getvalue()


NOISY = [noisy(seed) for seed in range(5)]
RIGHT = {"type": "choose", "exercise": "hip-internal-rotation", "legs": "right", "measure_range": False, "person": "Anna"}


class Poses:
    """A pose model that says what a recording says of the time since the first picture it is shown."""

    model, trouble = "full", ""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording
        self._first_s: float | None = None

    def __enter__(self) -> Poses:
        self._first_s = None
        return self

    def __exit__(self, *_: object) -> None: ...

    def estimate(self, frame: Any) -> PoseFrame:
        if self._first_s is None:
            self._first_s = frame.time_s
        place = min(int(np.searchsorted(self._recording.time_s, frame.time_s - self._first_s)), len(self._recording) - 1)
        return replace(self._recording[place], index=frame.index, time_s=frame.time_s)

    def note(self, time_s: float, busy_s: float) -> None: ...


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures come faster than their own times say, and the last minute is read seldom."""
    monkeypatch.setattr(browser_feed, "MOST_DRIFT_S", float("inf"))
    monkeypatch.setattr(engine, "READ_EVERY_S", 1.0)


@contextmanager
def answering(services: Services, recording: PoseRecording) -> Iterator[TestClient]:
    rooms = Rooms(services, lambda: Poses(recording), threaded=False)
    with TestClient(make_app(services, rooms=rooms), base_url=BASE) as client:
        yield client


class Page:
    """A page with a camera: sends a picture when the last one was answered, and keeps all it is told."""

    def __init__(self, socket: Any, services: Services, resume: str | None = None) -> None:
        self.socket, self.told = socket, list[dict[str, Any]]()
        self.number = 0
        socket.send_text(json.dumps({"type": "hello", "token": services.token, "resume": resume}))

    def say(self, **message: Any) -> None:
        self.socket.send_text(json.dumps(message))

    def hear(self, kind: str) -> dict[str, Any]:
        while True:
            message = self.socket.receive_json()
            self.told.append(message)
            if message["type"] == kind:
                return dict(message)

    def picture(self) -> dict[str, Any]:
        self.socket.send_bytes(struct.pack("<4sId", b"FCJ1", self.number, 1000.0 * self.number / 30) + NOISY[self.number % 5])
        self.number += 1
        return self.hear("pose")

    def until(self, stage: str, at_most: int = 3000) -> None:
        for _ in range(at_most):
            if self.screens and self.screens[-1]["stage"] == stage:
                return
            self.picture()
        raise AssertionError(f"{stage} did not come; last was {self.screens[-1]['stage']}")

    @property
    def screens(self) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == "screen"]

    @property
    def done(self) -> int:
        return int(self.screens[-1]["counts"][0]["done"])


def connected(client: TestClient) -> Any:
    return client.websocket_connect(f"ws://{HOST}/ws/live", headers={"Origin": BASE})


def test_a_session_goes_from_hello_to_its_report(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(2)) as client, connected(client) as socket:
        page = Page(socket, services)
        page.say(**RIGHT, target=2, discomfort=1)
        session = page.hear("begun")["session"]
        page.until("rest")
        page.until("set")
        page.until("summary")
        assert page.done == 2
        counts = [screen["counts"][0]["done"] for screen in page.screens if screen["counts"]]
        assert counts == sorted(counts)
        assert any(message["type"] == "cue" and message["code"].startswith("leg_done") for message in page.told)
        poses = [message for message in page.told if message["type"] == "pose" and message["points"]]
        assert [message["number"] for message in poses] == sorted({message["number"] for message in poses})
        assert all(0 < poses[-1]["points"]["right_knee"][axis] < 1 for axis in (0, 1))
        page.say(type="discomfort", level=2)
        page.say(type="press", action="finish")
        saved = page.hear("saved")
        assert saved["session"] == session and saved["summary"] and client.get(saved["report"]).status_code == 200
    (row,) = services.history.sessions()
    assert (row.id, row.reps["right"], row.person, row.discomfort_before, row.discomfort_after) == (session, 2, "Anna", 1, 2)
    assert row.ended == "completed" and not list(services.history.journals.glob("*"))


def test_pain_is_heard_at_once_also_without_pictures(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(3)) as client, connected(client) as socket:
        page = Page(socket, services)
        page.say(**RIGHT, target=3)
        page.until("set")
        page.say(type="press", action="pain")
        while page.hear("screen")["stage"] != "stopped":
            pass
        assert page.screens[-1]["advice"]
        page.say(type="press", action="finish")
        page.hear("saved")


def test_a_page_that_comes_back_finds_its_session_where_it_was(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(3)) as client:
        with connected(client) as socket:
            page = Page(socket, services)
            page.say(**RIGHT, target=3)
            session = page.hear("begun")["session"]
            page.until("set")
            while page.done < 1:
                page.picture()
            number = page.number
        with connected(client) as socket:
            page = Page(socket, services, resume=session)
            assert page.hear("begun")["session"] == session
            assert page.hear("screen")["counts"][0]["done"] == 1
            page.number = number
            page.until("summary")
            assert page.done == 3


def test_a_server_that_was_killed_goes_on_with_the_set_and_loses_nothing(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(3)) as client, connected(client) as socket:
        page = Page(socket, services)
        page.say(**RIGHT, target=4)
        session = page.hear("begun")["session"]
        page.until("set")
        while page.done < 2:
            page.picture()
    assert services.history.sessions() == [] and len(list(services.history.journals.glob("*"))) == 1
    again = services_of(tmp_path / "data")
    with answering(again, guided(2)) as client:
        (left,) = client.get("/api/live").json()["unfinished"]
        assert (left["id"], left["reps"]) == (session, {"right": 2})
        with connected(client) as socket:
            page = Page(socket, again, resume=session)
            assert page.hear("begun")["session"] == session
            page.until("set")
            assert page.done == 2
            page.until("summary")
            assert page.done == 4
            page.say(type="press", action="finish")
            assert page.hear("saved")["session"] == session
    (row,) = again.history.sessions()
    assert (row.reps["right"], row.ended) == (4, "completed")


def test_a_page_that_stays_away_too_long_still_goes_on_with_its_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_rooms, "_PATIENCE_S", 0.3)
    services = services_of(tmp_path / "data")
    with answering(services, guided(6)) as client:
        with connected(client) as socket:
            page = Page(socket, services)
            page.say(**RIGHT, target=3)
            session = page.hear("begun")["session"]
            page.until("set")
            while page.done < 1:
                page.picture()
        assert client.get("/api/live").json()["waiting"] == {
            "id": session,
            "title": "Hip internal rotation",
            "started_at": None,
            "reps": {"right": 1},
        }
        until(lambda: [one["id"] for one in client.get("/api/live").json()["unfinished"]] == [session])
        assert client.get("/api/live").json()["waiting"] is None
        with connected(client) as socket:
            page = Page(socket, services, resume=session)
            assert page.hear("begun")["session"] == session
            page.until("set")
            assert page.done == 1
            page.until("summary")
            page.say(type="press", action="finish")
            assert page.hear("saved")["session"] == session


def test_a_session_that_broke_off_is_kept_or_forgotten_as_it_is(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    for what in ("keep", "forget"):
        with answering(services, guided(3)) as client, connected(client) as socket:
            page = Page(socket, services)
            page.say(**RIGHT, target=5)
            session = page.hear("begun")["session"]
            page.until("set")
            while page.done < 2:
                page.picture()
        with answering(services, guided(3)) as client:
            if what == "keep":
                kept = client.post(f"/api/live/{session}/keep", headers=headers(services)).json()
                assert kept["session"] == session and services.history.sessions()[0].reps["right"] == 2
                assert client.post(f"/api/live/{session}/keep", headers=headers(services)).status_code == 404
            else:
                assert client.delete(f"/api/live/{session}", headers=headers(services)).json() == {"deleted": 1}
                assert client.delete(f"/api/live/{session}", headers=headers(services)).status_code == 404
            assert client.get("/api/live").json()["unfinished"] == []
    assert len(services.history.sessions()) == 1


def test_a_second_session_is_refused_and_cannot_see_the_first(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(3)) as client, connected(client) as socket:
        page = Page(socket, services)
        page.say(**RIGHT, target=3)
        page.until("rest")
        assert client.get("/api/live").json()["busy"] is True
        with connected(client) as other:
            second = Page(other, services)
            second.say(**RIGHT, target=3)
            assert "another live session" in second.hear("error")["error"]
            with pytest.raises(WebSocketDisconnect) as closed:
                second.hear("pose")
            assert closed.value.code == CLOSED_BUSY
            assert all(message["type"] == "error" for message in second.told)
        page.until("set")


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"type": "hello", "token": "wrong", "resume": None}, CLOSED_FORBIDDEN),
        ({"type": "hello", "resume": None}, CLOSED_MALFORMED),
        ({"type": "choose"}, CLOSED_MALFORMED),
        (["hello"], CLOSED_MALFORMED),
    ],
)
def test_who_does_not_say_hello_properly_is_shown_out(tmp_path: Path, first: Any, code: int) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(1)) as client, connected(client) as socket:
        socket.send_text(json.dumps(first))
        assert socket.receive_json()["type"] == "error"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == code


@pytest.mark.parametrize(
    "odd",
    ["", "{", "[]", "null", '{"type": 5}', '{"type": "press"}', '{"type": "press", "action": "fly"}', '{"type": "discomfort", "level": 11}',
     "[" * 5000, '{"type": "' + "x" * 30_000 + '"}', b"", b"x", b"FCJ1", struct.pack("<4sId", b"FCJ1", 1, float("nan")) + PICTURE],
)  # fmt: skip
def test_an_odd_message_closes_its_connection_only(tmp_path: Path, odd: str | bytes) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(2)) as client:
        with connected(client) as socket:
            page = Page(socket, services)
            page.say(**RIGHT, target=2)
            session = page.hear("begun")["session"]
            if isinstance(odd, str):
                socket.send_text(odd)
            else:
                socket.send_bytes(odd)
            page.hear("error")
            with pytest.raises(WebSocketDisconnect) as closed:
                while True:
                    socket.receive_json()
            assert closed.value.code == CLOSED_MALFORMED
        with connected(client) as socket:
            assert Page(socket, services, resume=session).hear("begun")["session"] == session


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"exercise": "x"}, "unknown exercise"),
        ({"exercise": "../a.toml"}, "by its id"),
        ({"exercise": 5}, "by its id"),
        ({"legs": "three"}, "legs"),
        ({"target": 99}, "99"),
        ({"target": "many"}, "target"),
        ({"discomfort": 11}, "11"),
        ({"person": "../x"}, "../x"),
        ({"person": 5}, "text"),
        ({"out_s": 0.1}, "out_s"),
    ],
)
def test_settings_that_do_not_fit_are_named_and_may_be_sent_again(tmp_path: Path, wrong: dict[str, Any], word: str) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(1)) as client, connected(client) as socket:
        page = Page(socket, services)
        page.say(**RIGHT | wrong)
        assert word in page.hear("error")["error"]
        page.say(**RIGHT, target=1)
        page.hear("begun")


def test_a_session_that_is_not_there_is_gone(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with answering(services, guided(1)) as client, connected(client) as socket:
        assert Page(socket, services, resume="../../x").hear("gone")["error"] == ""


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_message_upsets_those_who_read_it(data: bytes | str) -> None:
    for read in (
        lambda: frame_of(data) if isinstance(data, bytes) else event_of(message_of(data)),
        lambda: jpeg_size(bytes(data)) if isinstance(data, bytes) else None,
    ):
        try:
            read()
        except InputError:
            continue


@given(
    st.dictionaries(
        st.sampled_from(["legs", "target", "direction", "rest_s", "out_s", "discomfort", "limit_deg"]),
        st.none() | st.booleans() | st.integers(-5, 99) | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
    )
)
def test_settings_are_taken_or_refused_in_words(message: dict[str, Any]) -> None:
    try:
        assert 1 <= chosen(message, load("hip-internal-rotation")).target <= 15
    except UsageError as error:
        assert str(error)


def test_presses_mean_what_they_mean_in_the_window() -> None:
    assert event_of({"type": "press", "action": "pain"}) is Signal.PAIN
    assert event_of({"type": "discomfort", "level": 10}) == Discomfort(10)
    with pytest.raises(InputError):
        event_of({"type": "press", "action": "camera_changed"})


def test_a_picture_is_as_large_as_it_says_and_no_larger_than_it_may_be() -> None:
    assert jpeg_size(PICTURE) == (64, 48) and decoded_jpeg(PICTURE, 64 * 48).shape == (48, 64, 3)
    with pytest.raises(InputError, match="too large"):
        decoded_jpeg(PICTURE, 64 * 48 - 1)
    bomb = PICTURE.replace(struct.pack(">HH", 48, 64), struct.pack(">HH", 60_000, 60_000))
    with pytest.raises(InputError, match="too large"):
        decoded_jpeg(bomb, 1920 * 1088)
    for torn in (b"", b"\xff\xd8", PICTURE[:30], b"x" * 100, PICTURE[:2] + b"\xff\xe0\x00\x00"):
        with pytest.raises(InputError):
            decoded_jpeg(torn, 10_000)


class TestFeed:
    def test_only_the_newest_picture_is_looked_at(self) -> None:
        feed = BrowserFeed(now_s=lambda: 5.0)
        for number in range(5):
            feed.offer(number, 33.0 * number, PICTURE)
        look = feed.newest(0.0)
        assert look.frame is not None and feed.handed_over == 4 and look.frame.video.image.shape == (48, 64, 3)
        assert feed.newest(0.0).frame is None

    def test_times_are_those_of_capture_and_a_new_page_is_laid_on_our_clock(self) -> None:
        now = 100.0
        feed = BrowserFeed(first_s=50.0, now_s=lambda: now)
        times = []
        for page_ms, passed_s in ((7000.0, 0.0), (7040.0, 0.2), (7080.0, 0.0)):
            now += passed_s
            feed.offer(0, page_ms, PICTURE)
            frame = feed.newest(0.0).frame
            assert frame is not None
            times.append(frame.video.time_s)
        assert times == [pytest.approx(50.0), pytest.approx(50.04), pytest.approx(50.08)]
        now += 10.0
        feed.attached()
        feed.offer(1, 12.0, PICTURE)
        later = feed.newest(0.0).frame
        assert later is not None and later.video.time_s == pytest.approx(60.2)

    def test_silence_a_page_that_is_gone_and_what_is_no_picture_are_named(self) -> None:
        now = 0.0
        feed = BrowserFeed(now_s=lambda: now)
        assert feed.newest(0.0).fault is None
        now = 2.0
        assert "No pictures" in feed.newest(0.0).sentence
        feed.detached()
        assert "not connected" in feed.newest(0.0).sentence
        feed.attached()
        feed.offer(3, 0.0, b"nothing")
        assert "no picture" in feed.newest(0.0).sentence and feed.handed_over == 3
        feed.wake()
        assert feed.newest(5.0).frame is None
        feed.close()
        with pytest.raises(FeedClosed):
            feed.newest(1.0)
