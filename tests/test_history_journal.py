"""The journal of a running session: whole chunks survive whatever happens to the end of the file, and a killed process loses little."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.errors import InputError, OutputError
from formcheck.history.chunks import MAGIC, chunks_of, packed, packed_json, packed_poses, unpacked_poses
from formcheck.history.journal import JOURNAL_SUFFIX, Journal
from formcheck.history.recovery import abandoned, read_journal
from formcheck.motion.landmarks import PoseFrame
from tests.builders import example_recording

HEADER = {"id": "a", "exercise": "hip-internal-rotation", "model_name": "full"}


def poses(count: int = 60) -> list[PoseFrame]:
    return list(example_recording(duration_s=max(4.0, count / 30)))[:count]


def written(path: Path, count: int = 60) -> Path:
    with Journal(path, HEADER) as journal:
        for place, pose in enumerate(poses(count)):
            journal.pose(pose)
            if place % 20 == 0:
                journal.record({"kind": "note", "time_s": pose.time_s})
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    found = read_journal(written(tmp_path / "a.fcj"))
    assert found.header == HEADER and [record["time_s"] for record in found.records] == [poses()[i].time_s for i in (0, 20, 40)]
    assert len(found.recording) == 60 and found.lost_bytes == 0 and not found.is_finished
    assert found.recording.source == {"model_name": "full"}
    for pose, read in zip(poses(), found.recording, strict=True):
        assert read.time_s == pose.time_s and read.image_size == pose.image_size
        np.testing.assert_array_equal(read.image_xy, pose.image_xy)
        np.testing.assert_array_equal(read.world_xyz, pose.world_xyz)
        np.testing.assert_array_equal(read.visibility, pose.visibility)


def test_poses_survive_packing_with_nan_and_all() -> None:
    missing = PoseFrame.missing(7, 1.5, (640, 480))
    (chunk,) = chunks_of(MAGIC + packed_poses([missing]))
    (read,) = unpacked_poses(chunk.data)
    assert read.index == 7 and read.time_s == 1.5 and np.isnan(read.image_xy).all() and read.is_missing


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(share=st.floats(0, 1), flip=st.booleans())
def test_a_torn_or_spoiled_end_costs_what_comes_after_it_and_no_more(tmp_path: Path, share: float, flip: bool) -> None:
    path = tmp_path / "whole.fcj"
    if not path.exists():
        written(path)
    content = path.read_bytes()
    ends = [len(MAGIC), *(chunk.end for chunk in chunks_of(content))]
    place = min(len(content) - 1, round(share * len(content)))
    spoiled = bytearray(content) if flip else bytearray(content[:place])
    if flip:
        spoiled[place] ^= 0x55
    torn = tmp_path / "torn.fcj"
    torn.write_bytes(spoiled)
    whole = max((end for end in ends if end <= place), default=0)
    if whole < ends[1]:
        with pytest.raises(InputError, match=r"torn\.fcj"):
            read_journal(torn)
        return
    found = read_journal(torn)
    assert len(spoiled) - found.lost_bytes == whole
    assert torn.read_bytes() == bytes(spoiled), "it is left as it is"


@pytest.mark.parametrize(
    "content", [b"", b"FC", b"PNG....", MAGIC, MAGIC + packed("H", b"{"), MAGIC + packed_json("H", []), MAGIC + packed("P", b"x")]
)
def test_a_file_that_is_no_journal_is_named_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.fcj"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.fcj: is no journal"):
        read_journal(path)
    assert path.read_bytes() == content


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    written(tmp_path / "a.fcj")
    with pytest.raises(OutputError, match=r"a\.fcj: the journal"), Journal(tmp_path / "a.fcj", HEADER):
        pass


def test_a_full_disk_is_told_and_ends_nothing(tmp_path: Path) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None: ...
        def fileno(self) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    with Journal(tmp_path / "a.fcj", HEADER) as journal:
        real, journal._file = journal._file, Full()  # type: ignore[assignment]
        journal.record({"kind": "note"})
        for _ in range(100):
            if journal.trouble:
                break
            time.sleep(0.02)
        assert journal.trouble is not None and "No space left" in journal.trouble
        journal.pose(poses(1)[0])
    assert real is not None
    real.close()


def test_the_journal_of_a_living_session_is_not_taken(tmp_path: Path) -> None:
    written(tmp_path / "old.fcj")
    with Journal(tmp_path / "new.fcj", HEADER):
        assert [path.name for path in abandoned(tmp_path)] == ["old.fcj"]
    assert [path.name for path in abandoned(tmp_path)] == ["new.fcj", "old.fcj"]
    assert list(abandoned(tmp_path / "none")) == []


_WRITER = """
import sys, time
from pathlib import Path
from formcheck.history.journal import Journal
from tests.builders import example_recording
poses = list(example_recording(duration_s=30.0))
with Journal(Path(sys.argv[1]), {"id": "a", "exercise": "hip-internal-rotation"}) as journal:
    start = time.monotonic()
    print("ready", flush=True)
    for pose in poses:
        while time.monotonic() - start < pose.time_s:
            time.sleep(0.001)
        journal.pose(pose)
        print(pose.time_s, flush=True)
"""


def killed(path: Path, after_s: float) -> float:
    """Run a writer at 30 frames a second, kill it at a moment, and return the time of the last frame it had handed over."""
    root = Path(__file__).resolve().parent.parent
    env = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=env, cwd=root) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == "ready"
        time.sleep(after_s)
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().split()
    return float(said[-1]) if said else 0.0


def check_kill(folder: Path, after_s: float, number: int = 0) -> None:
    path = folder / f"{number:02d}{JOURNAL_SUFFIX}"
    last_s = killed(path, after_s)
    assert path in list(abandoned(folder))
    found = read_journal(path)
    kept_s = float(found.recording.time_s[-1]) if len(found.recording) else 0.0
    assert found.header["id"] == "a" and last_s - kept_s <= 1.0
    assert len(found.recording) == 0 or np.all(np.diff(found.recording.time_s) > 0)


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed by a signal")
@pytest.mark.parametrize("after_s", [0.0, 0.4, 1.3])
def test_a_killed_session_loses_a_second_at_most(tmp_path: Path, after_s: float) -> None:
    check_kill(tmp_path, after_s)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed by a signal")
def test_killed_at_fifty_moments(tmp_path: Path) -> None:
    rng = random.Random(4)
    for number in range(50):
        check_kill(tmp_path, rng.uniform(0.0, 1.5), number)
