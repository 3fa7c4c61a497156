"""The server process itself: where it listens, what it prints, how it ends, and a crowd at its door."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.web.rehearsal import free_port

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served(folder: Path, *words: str, port: int | None = None) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A real server; its process, its port, and what it printed first."""
    port = port or free_port()
    told = {**os.environ, "FORMCHECK_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "formcheck.cli", "web", "--no-open", "--port", str(port), *words],
        cwd=ROOT,
        env=told,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        for _ in range(200):
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process, port, first
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def answer_of(port: int, path: str = "/", **sent: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent on Windows")
def test_it_says_where_it_is_serves_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (process, port, first):
        assert f"http://localhost:{port}/" in first
        status, page = answer_of(port)
        assert status == 200 and b"formcheck" in page
        assert answer_of(port, Host="evil.example")[0] == 403
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode in (0, 130) and "Traceback" not in err + out
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_a_crowd_is_told_to_come_back_and_the_server_stays(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (_, port, _):
        held = []
        try:
            for _ in range(160):
                one = socket.create_connection(("127.0.0.1", port), timeout=5)
                one.sendall(b"POST /api/jobs?name=a HTTP/1.1\r\nHost: localhost\r\n")
                held.append(one)
            status, text = answer_of(port)
            assert status == 503 and text
        finally:
            for one in held:
                one.close()
        time.sleep(0.5)
        assert answer_of(port)[0] == 200


@pytest.mark.slow
def test_nonsense_on_the_line_ends_that_connection_only(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (process, port, _):

        def shout(data: bytes) -> None:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as line:
                line.sendall(data)
                line.settimeout(2)
                try:
                    line.recv(4096)
                except OSError:
                    return

        threads = [
            threading.Thread(target=shout, args=(data,))
            for data in (
                b"\x00" * 70_000,
                b"GET / HTTP/9.9\r\n\r\n",
                b"GET /" + b"a" * 200_000,
                b"\x16\x03\x01\x02\x00",
                b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert process.poll() is None and answer_of(port)[0] == 200


@pytest.mark.slow
def test_for_others_in_the_network_there_is_a_key_and_a_warning(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--host", "0.0.0.0") as (process, port, first):
        key = first.strip().rsplit("?key=", 1)[1]
        assert answer_of(port)[0] == 403
        assert answer_of(port, f"/?key={key}")[0] == 303
        assert answer_of(port, "/", Cookie=f"formcheck-key={key}")[0] == 200
        process.kill()
        _, err = process.communicate()
    assert "others in this network" in err


def test_a_port_that_is_taken_and_a_host_that_is_not_ours_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["web", "--no-open", "--port", str(port)]) == 3
        assert f"--port {port}" in capsys.readouterr().err
    assert main(["web", "--no-open", "--host", "300.1.1.1"]) == 2
    assert "300.1.1.1" in capsys.readouterr().err
    assert main(["web", "--no-open", "--port", "0"]) == 2
