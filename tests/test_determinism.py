"""The same landmarks and settings give the same bytes: in any process, time zone, language, and order of hashing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.people import alternating, film, length_s, seated

WRITER = """
import hashlib, json, locale, sys
from pathlib import Path
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
from formcheck.cli import main
out = Path(sys.argv[2])
exports = ["--parquet", "--opensim", "--picture", "svg"]
assert main(["analyse", sys.argv[1], "--out", str(out), "--quiet", "--no-annotated", "--limit-deg", "18", *exports]) == 0
(folder,) = out.iterdir()
print(json.dumps({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}))
"""
#: Everything but the page, which holds the same as these.
NAMES = {"session.json", "reps.csv", "frames.csv", "landmarks.npz", "reps.parquet", "frames.parquet", "markers.trc", "angles.mot"}
NAMES |= {"angle.svg", "card.svg", "report.html"}


@pytest.fixture(scope="module")
def landmarks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reps = alternating(4, height_deg=24.0)
    recording = film(seated(reps, duration_s=length_s(reps), jitter=0.3), noise_px=0.4)
    path = tmp_path_factory.mktemp("landmarks") / "knee.npz"
    replace(recording, source={**recording.source, "path": "knee.mp4"}).save(path)
    return path


def written(landmarks: Path, out: Path, root: Path, **surroundings: str) -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(root), "FORMCHECK_DATA_DIR": str(out / "data")} | surroundings
    command = [sys.executable, "-c", WRITER, str(landmarks), str(out / "results")]
    done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_file_is_the_same_whatever_the_surroundings(landmarks: Path, tmp_path: Path, root: Path) -> None:
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "LANG": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONUTF8": "0"},
    ]
    seen = []
    for number, one in enumerate(surroundings):
        (tmp_path / str(number)).mkdir()
        seen.append(written(landmarks, tmp_path / str(number), root, **one))
    assert set(seen[0]) == NAMES
    assert seen[0] == seen[1]


def test_other_landmarks_give_other_bytes(landmarks: Path, tmp_path: Path, root: Path) -> None:
    """The comparison above would notice."""
    from formcheck.motion.recording import PoseRecording

    recording = PoseRecording.load(landmarks)
    moved = recording.image_xy.copy()
    moved[100, :, 0] += 3.0
    other = tmp_path / "knee.npz"
    replace(recording, image_xy=moved).save(other)
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (landmarks, other))
    assert first != second
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = written(landmarks, tmp_path / "a", root), written(other, tmp_path / "b", root)
    assert (
        one["frames.csv"] != two["frames.csv"] and one["frames.parquet"] != two["frames.parquet"] and one["angles.mot"] != two["angles.mot"]
    )


ENCODER = """
import hashlib, os, sys
from pathlib import Path
cores = int(sys.argv[2])
os.cpu_count = lambda: cores
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
from formcheck.report.annotated import AnnotatedVideo, h264_encoder
from tests.videos import busy
with AnnotatedVideo(Path(sys.argv[1])) as video:
    for index in range(12):
        video.write(busy(index, 320, 480), index / 30)
print(h264_encoder(), hashlib.sha256(Path(sys.argv[1]).read_bytes()).hexdigest())
"""


def test_the_annotated_video_does_not_depend_on_the_number_of_cores(tmp_path: Path, root: Path) -> None:
    said = []
    for cores in (1, 2, 64):
        command = [sys.executable, "-c", ENCODER, str(tmp_path / f"{cores}.mp4"), str(cores)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.split())
    if said[0][0] == "libx264":
        assert said[0] == said[1] == said[2]
