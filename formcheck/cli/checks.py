"""`doctor` and `benchmark`: what is there, and how fast it is."""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.cli.console import say
from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.motion.recording import PoseRecording

__all__ = ["run_benchmark", "run_doctor", "run_live_benchmark", "run_report_benchmark", "run_web_benchmark"]

_MARKS = {"good": "ok  ", "note": "note", "slow": "slow", "broken": "FIX "}


def run_doctor(*, as_json: bool = False) -> int:
    """Print what was found, line by line. Returns 3 when something is broken, else 0."""
    from formcheck.doctor import examine

    broken = 0
    for finding in examine():
        broken += finding.level == "broken"
        if as_json:
            say(json.dumps(asdict(finding)))
            continue
        say(f"{_MARKS[finding.level]}  {finding.what}: {finding.text}")
        if finding.advice:
            say(f"      -> {finding.advice}")
    if not as_json:
        say("Everything formcheck needs is there." if not broken else f"{broken} to fix, marked FIX.")
    return InputError.exit_code if broken else 0


def run_live_benchmark(video: Path | None, models: list[str], *, memory: bool, as_json: bool) -> int:
    """Play a video as a camera through the live loop with each model and print what each frame takes."""
    # Before PyAV, see formcheck.cli.live.
    import cv2  # noqa: F401

    from formcheck.live.benchmark import live_times
    from formcheck.resources import sample_path

    path = video or sample_path()
    for model in models:
        times = live_times(path, model)
        if as_json:
            say(json.dumps({"path": str(path), "cores": os.cpu_count(), **asdict(times)}))
            continue
        where = "in a window" if times.windowed else "without a screen"
        say(f"{model}: {times.fps:.0f} frames a second, {times.dropped} passed over, {where}, 1280 x 720")
        say(
            f"  the model {times.model_ms:.1f} ms; formcheck {times.own_median_ms:.1f} ms in the median, "
            f"{times.own_p99_ms:.1f} ms at the 99th percentile"
        )
    if memory:
        _live_memory(path, models[0], as_json)
    return 0


def _landmarks(path: Path, model: str) -> PoseRecording:
    from formcheck.capture.bundles import bundle
    from formcheck.poses import measure_poses
    from formcheck.progress import Stage, StageClock

    return measure_poses(path, bundle(model), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event()).recording


def _live_memory(path: Path, model: str, as_json: bool) -> None:
    from formcheck.exercise import library
    from formcheck.live.endurance import endure
    from formcheck.motion.landmarks import Side

    # Nobody turns the left knee in the bundled sample, so a set of it goes on.
    found = endure(_landmarks(path, model), library.load("hip-internal-rotation"), Side.LEFT)
    if as_json:
        say(json.dumps({name: value if value == value else None for name, value in asdict(found).items()}))
        return
    say(
        f"an hour of a session, {found.frames} frames: at most {found.early_mb:.0f} MB in the first ten minutes, "
        f"{found.end_mb:.0f} MB in all; the journal {found.journal_mb:.0f} MB"
    )


def run_report_benchmark(video: Path | None, models: list[str], *, as_json: bool) -> int:
    """Print how long the report of one video takes beside the video's own length, and how large it is."""
    from formcheck.benchmark import report_times
    from formcheck.poses import is_recording
    from formcheck.resources import sample_path

    path = video or sample_path()
    # Landmarks know their model already.
    for model in models[:1] if is_recording(path) else models:
        times = report_times(path, model)
        if as_json:
            say(json.dumps({"path": str(path), "cores": os.cpu_count(), **asdict(times)}))
            continue
        who = "" if is_recording(path) else f"{model}: "
        say(
            f"{who}{times.duration_s:.0f} s of video, {times.reps} movements: the page {times.page_s:.2f} s and {times.page_mb:.1f} MB "
            f"without the video; page, tables and landmarks {times.all_s:.2f} s"
        )
    return 0


def run_web_benchmark(video: Path | None, models: list[str], *, memory: bool, as_json: bool) -> int:
    """Print how fast a guided session is in a page of Chromium with each model."""
    # Before PyAV, see formcheck.cli.live.
    import cv2  # noqa: F401

    from formcheck.resources import sample_path
    from formcheck.web.benchmark import page_times

    path = video or sample_path()
    for model in models:
        times = page_times(path, model)
        if as_json:
            say(json.dumps({"path": str(path), "cores": os.cpu_count(), **asdict(times), "ratio": round(times.ratio, 3)}))
            continue
        beside = f"camera ({times.camera_fps:.1f}) and bare model ({times.bare_fps:.1f})"
        say(f"{model}: the page draws {times.page_fps:.1f} bodies a second, {times.ratio:.2f} of the lower of {beside}")
        say(f"  from the camera to the overlay {times.median_ms:.0f} ms in the median, {times.p95_ms:.0f} ms at the 95th percentile")
    if memory:
        _web_memory(path, models[0], as_json)
    return 0


def _web_memory(path: Path, model: str, as_json: bool) -> None:
    from formcheck.web.endurance import endure_page

    found = endure_page(_landmarks(path, model))
    if as_json:
        say(json.dumps({name: value if value == value else None for name, value in asdict(found).items()}))
        return
    say(f"an hour of a session in the page, {found.frames} pictures, the first ten minutes and the rest:")
    for who, early, late in (
        ("the server", found.server_early_mb, found.server_late_mb),
        ("the page", found.page_early_mb, found.page_late_mb),
        ("of it, its scripts", found.heap_early_mb, found.heap_late_mb),
    ):
        say(f"  {who}: at most {early:.1f} MB, then at most {late:.1f} MB")


def run_benchmark(video: Path | None, models: list[str], *, memory: bool, quiet: bool, as_json: bool) -> int:
    """Measure and print the times of each model on one video."""
    from formcheck.benchmark import decode_fps, memory_growth_mb, model_times
    from formcheck.resources import sample_path

    path = video or sample_path()

    def tell(what: str) -> None:
        if not quiet and sys.stderr.isatty():
            sys.stderr.write(f"\r{what:<40}")
            sys.stderr.flush()

    decoding = decode_fps(path)
    times = [model_times(path, model, tell) for model in models]
    growth = None
    if memory:
        tell("memory of 30 s and of 30 min")
        growth = memory_growth_mb(path, models[0])
    tell("")
    if as_json:
        models_json = [one.as_json() for one in times]
        facts = {
            "path": str(path),
            "cores": os.cpu_count(),
            "decode_fps": round(decoding, 1),
            "models": models_json,
            "memory_growth_mb": growth,
        }
        say(json.dumps(facts))
        return 0
    say(f"{path.name}: {times[0].frames} frames, {os.cpu_count()} cores, decodes at {decoding:.0f} frames a second")
    say(f"{'model':<8}{'model fps':>10}{'count':>10}{'analyse':>10}")
    for one in times:
        say(f"{one.model:<8}{one.bare_fps:>10.1f}{one.count_ratio:>9.2f}x{one.analyse_ratio:>9.2f}x")
    say("count and analyse: their time over that of the bare model.")
    if growth is not None:
        say(f"30 minutes take {growth:.0f} MB more than 30 seconds.")
    return 0
