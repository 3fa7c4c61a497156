"""A minute of nonsense on the live connection of a real server, while a session goes on that must not notice."""

from __future__ import annotations

import http.client
import json
import random
import signal
import struct
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from formcheck.web.endurance import resident_mb
from tests.test_web_live import NOISY
from tests.test_web_server import answer_of, served

pytestmark = [pytest.mark.slow, pytest.mark.model]

MINUTE_S = 60.0
TALKERS = 4
KINDS = ["hello", "choose", "press", "discomfort", "resume", "screen", "", "\x00"]
PLACES = [None, "../../etc/passwd", "x" * 300, "20260101T000000-abcdef"]
CHOICE = {"type": "choose", "exercise": "hip-internal-rotation", "legs": "right", "measure_range": False, "person": "Anna"}


def line(port: int) -> ClientConnection:
    address = f"127.0.0.1:{port}"
    return connect(f"ws://{address}/ws/live", origin=f"http://{address}", proxy=None, max_size=None, open_timeout=20)  # type: ignore[arg-type]


def token_of(port: int) -> str:
    return str(json.loads(answer_of(port, "/api/live")[1])["token"])


def nonsense(dice: random.Random, token: str) -> str | bytes:
    """Something that is nearly right, or nothing of the kind."""
    value = dice.choice([None, True, -1, 1e308, "x", "x" * 5000, [], {}, [[]] * 50, token])
    near: dict[str, Any] = {"type": dice.choice(KINDS), dice.choice(["token", "resume", "action", "level", "target", "legs"]): value}
    picture = struct.pack("<4sId", dice.choice([b"FCJ1", b"FCJ2"]), dice.getrandbits(32), dice.choice([0.0, -1e300, float("inf"), 33.0]))
    torn = bytearray(dice.choice(NOISY))
    for _ in range(dice.randrange(40)):
        torn[dice.randrange(len(torn))] = dice.getrandbits(8)
    return dice.choice(
        [
            json.dumps(near),
            json.dumps(
                {"type": "hello", "token": token, "resume": dice.choice([None, "../../etc/passwd", "x" * 300, "20260101T000000-abcdef"])}
            ),
            json.dumps(CHOICE | {dice.choice(list(CHOICE)): value}),
            json.dumps(near)[: dice.randrange(30)],
            "[" * dice.randrange(20_000),
            dice.randbytes(dice.randrange(3000)),
            picture + bytes(torn),
            picture + dice.choice(NOISY)[: dice.randrange(400)],
            b"FCJ1" + bytes(5_000_000) if dice.random() < 0.02 else b"",
        ]
    )


class Talker(threading.Thread):
    """Connects, talks nonsense, and keeps what it is told."""

    def __init__(self, port: int, token: str, seed: int, until_s: float) -> None:
        super().__init__(daemon=True)
        self._port, self._token, self._dice, self._until_s = port, token, random.Random(seed), until_s
        self.heard: list[str] = []
        self.said = self.calls = 0

    def run(self) -> None:
        while time.monotonic() < self._until_s:
            try:
                with line(self._port) as mine:
                    self.calls += 1
                    self._talk(mine)
            except (WebSocketException, OSError):
                continue

    def _talk(self, mine: ClientConnection) -> None:
        if self._dice.random() < 0.7:
            mine.send(json.dumps({"type": "hello", "token": self._token, "resume": None}))
        try:
            for _ in range(self._dice.randrange(1, 30)):
                mine.send(nonsense(self._dice, self._token))
                self.said += 1
            while True:
                self.heard.append(str(mine.recv(timeout=0.05)))
        except (ConnectionClosed, TimeoutError):
            return


class Session:
    """A page that behaves, with a camera in front of which nobody is."""

    def __init__(self, line: ClientConnection, token: str) -> None:
        self.line = line
        self.number = 0
        self.line.send(json.dumps({"type": "hello", "token": token, "resume": None}))
        self.line.send(json.dumps(CHOICE))
        self.id = str(self._until("begun")["session"])

    def _until(self, kind: str) -> dict[str, Any]:
        while True:
            message = json.loads(self.line.recv(timeout=60))
            assert message["type"] != "error", message
            if message["type"] == kind:
                return dict(message)

    def picture(self) -> None:
        self.line.send(struct.pack("<4sId", b"FCJ1", self.number, 1000 * time.monotonic()) + NOISY[self.number % 5])
        self.number += 1
        assert self._until("pose")["number"] < self.number


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent on Windows")
def test_a_minute_of_nonsense_ends_nothing_and_learns_nothing(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (process, port, _), line(port) as mine:
        token = token_of(port)
        session = Session(mine, token)
        session.picture()
        before_mb = resident_mb(process.pid)
        end_s = time.monotonic() + MINUTE_S
        talkers = [Talker(port, token, seed, end_s) for seed in range(TALKERS)]
        for talker in talkers:
            talker.start()
        while time.monotonic() < end_s:
            session.picture()
            time.sleep(0.1)
            assert process.poll() is None
        for talker in talkers:
            talker.join(60)
        session.picture()
        assert answer_of(port, "/live")[0] == 200
        assert resident_mb(process.pid) < before_mb + 150
        session.line.close()
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
    assert sum(talker.said for talker in talkers) > 300 and sum(talker.calls for talker in talkers) > 50
    heard = [json.loads(one) for talker in talkers for one in talker.heard]
    assert heard and {one["type"] for one in heard} <= {"error", "gone"}, "nobody else is told anything of the session"
    assert not any(session.id in json.dumps(one) for one in heard)


def test_a_message_that_is_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (process, port, _):
        with line(port) as mine, pytest.raises(ConnectionClosed):
            mine.send(json.dumps({"type": "hello", "token": token_of(port), "resume": None}))
            mine.send(bytes(5_000_000))
            mine.recv(timeout=20)
        assert answer_of(port, "/live")[0] == 200 and process.poll() is None


@pytest.mark.parametrize(
    ("origin", "host"), [("http://evil.example", None), (None, None), ("http://evil.example:{port}", "evil.example:{port}")]
)
def test_the_handshake_of_another_site_is_refused(tmp_path: Path, origin: str | None, host: str | None) -> None:
    with served(tmp_path / "data") as (_, port, _), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as asking:
        asking.putrequest("GET", "/ws/live", skip_host=True)
        asking.putheader("Host", (host or f"127.0.0.1:{port}").format(port=port))
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")):
            asking.putheader(name, value)
        asking.putheader("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        if origin is not None:
            asking.putheader("Origin", origin.format(port=port))
        asking.endheaders()
        assert asking.getresponse().status == 403
