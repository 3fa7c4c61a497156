"""How long counting and analysing take beside the bare pose model, measured in one run.

The bare time of a model is what it takes on the frames of the video once they are decoded: the frames are decoded piece by piece, and only
the model is timed. It is measured before and after the work it is compared with, and the mean is taken, so that a machine that gets
slower or faster on the way favours neither.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from formcheck.capture.bundles import ModelBundle, bundle
from formcheck.capture.estimator import MediaPipeEstimator
from formcheck.capture.video import VideoFile
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.outputs import ResultFolder
from formcheck.pipeline import Job, analyse_video, count_video
from formcheck.poses import is_recording, measure_poses, replay
from formcheck.progress import Stage, StageClock

__all__ = ["ModelTimes", "ReportTimes", "decode_fps", "memory_growth_mb", "model_times", "repeat_video", "report_times"]

_PIECE = 60


@dataclass(frozen=True, slots=True)
class ModelTimes:
    """What one model took on one video, in seconds of wall clock.

    ``bare_s`` is the model alone on decoded frames, ``count_s`` and ``analyse_s`` the whole of `count` and `analyse`.
    """

    model: str
    frames: int
    bare_s: float
    count_s: float
    analyse_s: float

    @property
    def bare_fps(self) -> float:
        """Frames a second of the model alone."""
        return self.frames / self.bare_s

    @property
    def count_ratio(self) -> float:
        """Time of `count` over that of the bare model."""
        return self.count_s / self.bare_s

    @property
    def analyse_ratio(self) -> float:
        """Time of `analyse`, annotated video and report included, over that of the bare model."""
        return self.analyse_s / self.bare_s

    def as_json(self) -> dict[str, Any]:
        """Give the times and ratios as JSON values."""
        ratios = {"bare_fps": self.bare_fps, "count_ratio": self.count_ratio, "analyse_ratio": self.analyse_ratio}
        return asdict(self) | {name: round(value, 3) for name, value in ratios.items()}


@dataclass(frozen=True, slots=True)
class ReportTimes:
    """What the report of one video took once its landmarks were there, in seconds of wall clock.

    ``page_s`` is the page alone, ``all_s`` page, tables, JSON and landmarks; neither has the annotated video or stills in it. ``page_mb``
    is the size of that page, 10^6 bytes.
    """

    duration_s: float
    reps: int
    page_s: float
    all_s: float
    page_mb: float


def report_times(path: Path, model: str) -> ReportTimes:
    """Time the report of one video, or of landmarks in its place.

    Raises
    ------
    FormcheckError
        It cannot be read, or nothing can be measured in it.
    """
    from formcheck.drawing import write_results
    from formcheck.report.html import write_html

    if is_recording(path):
        measured = replay(path)
    else:
        measured = measure_poses(path, bundle(model), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event())
    recording = measured.recording
    report = analyse(recording, library.load("hip-internal-rotation"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "report.html"
        page_s = _timed(lambda: write_html(report, page, {}, None))
        all_s = _timed(lambda: write_results(folder, recording, report, {}))
        time_s = recording.time_s
        return ReportTimes(float(time_s[-1] - time_s[0]), len(report.reps), page_s, all_s, page.stat().st_size / 1e6)


def decode_fps(path: Path) -> float:
    """Frames a second that the video decodes at, alone."""
    start = time.perf_counter()
    with VideoFile(path) as video:
        frames = sum(1 for _ in video)
    return frames / (time.perf_counter() - start)


def model_times(path: Path, model: str, say: Callable[[str], None] = lambda _: None) -> ModelTimes:
    """Time the bare model, `count` and `analyse` on one video.

    Parameters
    ----------
    path
        The video.
    model
        "lite", "full" or "heavy".
    say
        Told what comes next.

    Raises
    ------
    FormcheckError
        The video or the model cannot be read, or nothing can be measured in the video.
    """
    ready = bundle(model)
    job = Job(library.load("hip-internal-rotation"), AnalysisOptions(), ready)
    say(f"{model}: the bare model")
    frames, before_s = _bare_s(path, ready)
    say(f"{model}: count")
    count_s = _timed(lambda: count_video(path, job))
    say(f"{model}: analyse")
    with tempfile.TemporaryDirectory() as folder:
        analyse_s = _timed(lambda: analyse_video(path, ResultFolder(Path(folder) / "benchmark"), job))
    say(f"{model}: the bare model again")
    _, after_s = _bare_s(path, ready)
    return ModelTimes(model, frames, (before_s + after_s) / 2, count_s, analyse_s)


def _bare_s(path: Path, ready: ModelBundle) -> tuple[int, float]:
    spent, frames = 0.0, 0
    with VideoFile(path) as video, MediaPipeEstimator(ready) as estimator:
        stream = iter(video)
        while piece := list(islice(stream, _PIECE)):
            start = time.perf_counter()
            for frame in piece:
                estimator.estimate(frame)
            spent += time.perf_counter() - start
            frames += len(piece)
    return frames, spent


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory_growth_mb(path: Path, model: str, *, short_s: float = 30.0, long_s: float = 1800.0) -> float:
    """By how many megabytes the peak memory of `analyse` grows from a short video to a long one, both made by repeating ``path``.

    Each is analysed in a process of its own.
    """
    peaks = []
    with tempfile.TemporaryDirectory() as name:
        for seconds in (short_s, long_s):
            folder = Path(name)
            clip = folder / f"{seconds:.0f}.mp4"
            repeat_video(path, clip, seconds)
            peaks.append(_peak_mb(clip, folder / "results", model))
    return peaks[1] - peaks[0]


def repeat_video(source: Path, target: Path, duration_s: float) -> None:
    """Write a video that shows another one again and again, as often as comes nearest to ``duration_s``; nothing is encoded anew."""
    import av

    with av.open(str(source)) as first:
        video = first.streams.video[0]
        length = video.duration or 0
        step_s = float(length * (video.time_base or 0))
    if step_s <= 0:
        raise ValueError(f"{source}: its length is not known")
    with av.open(str(target), "w") as out:
        stream = None
        for turn in range(max(1, round(duration_s / step_s))):
            with av.open(str(source)) as again:
                video = again.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                for packet in again.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + turn * length, packet.dts + turn * length
                    packet.stream = stream
                    out.mux(packet)


_PEAK = """
import sys
from formcheck.cli import main
code = main(sys.argv[2:])
import resource
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))
sys.exit(code)
"""


def _peak_mb(clip: Path, out: Path, model: str) -> float:
    words = ["analyse", str(clip), "--out", str(out), "--model", model, "--quiet"]
    done = subprocess.run([sys.executable, "-c", _PEAK, "--", *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 4):
        raise RuntimeError(f"analyse ended with {done.returncode}: {done.stderr.strip()}")
    return float(done.stdout.split()[-1])
