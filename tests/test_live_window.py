"""A real window: opened, drawn into and typed into on a virtual screen, and a whole session in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from formcheck.live.window import NoWindow, no_screen

ROOT = Path(__file__).resolve().parent.parent


def on_screen(words: list[str], env: dict[str, str], timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Run a command on a virtual screen of its own."""
    command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *words]
    everything = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    everything.pop("WAYLAND_DISPLAY", None)
    return subprocess.run(command, cwd=ROOT, env=everything, capture_output=True, text=True, timeout=timeout_s)


_TYPED = """
import subprocess, sys, time
import numpy as np
from formcheck.live.window import Window
window = Window((800, 500))
image = np.zeros((500, 800, 3), np.uint8)
image[:, :, 0] = 200
keys = []
for number in range(120):
    keys += window.show(image)
    if number in (30, 50, 70):
        subprocess.run(["xdotool", "search", "--name", "formcheck", "key", "--window", "%@", {30: "p", 50: "Escape", 70: "Left"}[number]])
    time.sleep(0.01)
print(keys, window.size, window.is_closed)
window.close()
"""


@pytest.mark.window
def test_keys_and_pictures_go_through_a_real_window() -> None:
    done = on_screen([sys.executable, "-c", _TYPED], {}, 60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['p', 'esc', 'left'] (800, 500) False"


@pytest.mark.window
@pytest.mark.slow
@pytest.mark.model
def test_a_whole_session_in_a_real_window(tmp_path: Path) -> None:
    words = ["live", "--camera", "samples/live-session.mp4", "--target", "8", "--rest-s", "3", "--no-range", "--start", "--model", "heavy"]
    # Every picture, so that a busy machine sees what an idle one does.
    quiet = ["--no-voice", "--no-sounds", "--no-open", "--every-picture"]
    done = on_screen([sys.executable, "run.py", *words, *quiet], {"FORMCHECK_DATA_DIR": str(tmp_path)}, 900)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Right leg: 8 of 8" in done.stdout and "Left leg: 8 of 8" in done.stdout
    (folder,) = (tmp_path / "sessions").iterdir()
    session = json.loads((folder / "session.json").read_text("utf-8"))
    assert session["summary"]["reps"] == {"left": 8, "right": 8, "both": 0, "total": 16}
    assert [(fault["code"], fault["rep"]) for fault in session["faults"]] == [("over_rotation", 6), ("foot_lifted", 14)]
    assert (folder / "report.html").exists() and (tmp_path / "history.sqlite3").exists() and not list((tmp_path / "journal").iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
def test_where_there_is_no_screen_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "there is no screen here" in (no_screen() or "")
    for wrong in (":987", "nonsense", "localhost:98.0"):
        monkeypatch.setenv("DISPLAY", wrong)
        assert "cannot be opened" in (no_screen() or "")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert no_screen() is None


def test_no_window_shows_nothing_and_presses_nothing() -> None:
    import numpy as np

    display = NoWindow()
    assert display.show(np.zeros((2, 2, 3), np.uint8)) == [] and not display.is_closed
    display.close()
