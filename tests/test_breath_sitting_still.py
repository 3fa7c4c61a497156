"""Half a minute of sitting still with an ordinary breath, as a real film: the breath is read, and no hold is invented in it."""

from __future__ import annotations

import csv
import threading
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.capture.bundles import bundle
from formcheck.capture.video import VideoFile
from formcheck.motion.breath import BreathMeter, measure_breath
from formcheck.motion.recording import PoseRecording
from formcheck.poses import measure_poses
from formcheck.progress import Stage, StageClock

SAMPLE, STILL_FROM_S, STILL_TO_S = "live-session", 42.7, 52.6
LENGTH_S, FPS = 40.0, 30


@pytest.fixture(scope="module")
def recording(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[PoseRecording, float]:
    """The landmarks of somebody who only sits and breathes, and the breaths a minute."""
    film = tmp_path_factory.mktemp("still") / "still.mp4"
    rate_per_min = sitting_still(root / "samples", film)
    measured = measure_poses(film, bundle("lite"), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event(), workers=2)
    return measured.recording, rate_per_min


def sitting_still(samples: Path, film: Path) -> float:
    """Play the still seconds of a sample forwards and backwards, from a turn of the breath to another; return breaths a minute."""
    with (samples / f"{SAMPLE}.truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    time, breath = (np.array([float(row[name]) for row in rows]) for name in ("time_s", "breath"))
    rises = np.diff(breath) > 0
    turns = [k + 1 for k in np.flatnonzero(rises[1:] != rises[:-1]) if STILL_FROM_S <= time[k + 1] <= STILL_TO_S]
    with VideoFile(samples / f"{SAMPLE}.mp4") as video:
        pictures = [frame.image for frame in islice(video, int(turns[0]), int(turns[-1]) + 1)]
    order = [*range(len(pictures)), *range(len(pictures) - 2, 0, -1)]
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "18", "preset": "veryfast"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for k in range(round(LENGTH_S * FPS)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pictures[order[k % len(order)]], format="rgb24")))
        container.mux(stream.encode())
    return 60.0 * (len(turns) - 1) / 2 / float(time[turns[-1]] - time[turns[0]])


@pytest.mark.slow
@pytest.mark.model
def test_the_breath_of_somebody_who_sits_still_is_read_without_a_hold(recording):
    poses, rate_per_min = recording
    breath = measure_breath(poses.breath)
    assert breath.rate_per_min == pytest.approx(rate_per_min, abs=1.5)
    assert breath.measured_fraction > 0.8
    assert breath.holds == ()


@pytest.mark.slow
@pytest.mark.model
def test_live_no_hold_is_asked_about_and_the_rate_is_right_whenever_it_is_told(recording):
    poses, rate_per_min = recording
    meter, told = BreathMeter(), []
    for k, (time_s, flow_px) in enumerate(zip(poses.breath.time_s, poses.breath.flow_px, strict=True)):
        meter.add(float(time_s), flow_px)
        if k % 10 == 9:
            now = meter.now()
            assert now.held_s == 0.0
            told.append(now.rate_per_min)
    known = np.array(told)[np.isfinite(told)]
    assert len(known) > 15
    assert np.abs(known - rate_per_min).max() < 1.5
