"""Made-up people and sessions whose every number is known."""

from __future__ import annotations

import math

import numpy as np

from formcheck.exercise.session import Fault, FaultCode, NotMeasured, Phase, Rejection, Rep, SessionReport, Smoothness, Timeline
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording

FPS = 30.0


def seated_points(shin_tilt_deg: float = 0.0, side: Side = Side.RIGHT) -> np.ndarray:
    """A seated person facing the camera, (33, 2) px in a 640 by 480 picture; one knee swings inwards by the given shin tilt."""
    xy = np.full((33, 2), 320.0)
    for part, dx, y in (
        ("shoulder", 40, 170),
        ("hip", 25, 270),
        ("knee", 45, 285),
        ("ankle", 45, 385),
        ("heel", 45, 392),
        ("foot_index", 52, 415),
    ):
        for leg in Side:
            xy[Landmark.of(leg, part)] = (320 - leg.sign * dx, y)
    knee, ankle = Landmark.of(side, "knee"), Landmark.of(side, "ankle")
    shank = float(np.linalg.norm(xy[knee] - xy[ankle]))
    angle = math.radians(shin_tilt_deg)
    xy[knee] = xy[ankle] + shank * np.array([side.sign * math.sin(angle), -math.cos(angle)])
    xy[: Landmark.LEFT_SHOULDER] = (320, 120)
    return xy


def example_recording(duration_s: float = 20.0, reps: int = 3, side: Side = Side.RIGHT, peak_deg: float = 20.0) -> PoseRecording:
    """Slow cosine repetitions of one leg, evenly spread, resting at both ends."""
    time = np.arange(round(duration_s * FPS)) / FPS
    tilt = np.zeros(len(time))
    for start, end in rep_spans(duration_s, reps):
        inside = (time >= start) & (time <= end)
        tilt[inside] = peak_deg * 0.5 * (1 - np.cos(2 * np.pi * (time[inside] - start) / (end - start)))
    xy = np.stack([seated_points(value, side) for value in tilt]).astype(np.float32)
    world = np.zeros((len(time), 33, 3), np.float32)
    source = {"path": "example.mp4", "duration_s": duration_s, "fps": FPS, "rotation_deg": 0, "frames": len(time)}
    return PoseRecording(time, xy, world, np.ones((len(time), 33), np.float32), (640, 480), source=source)


def rep_spans(duration_s: float, reps: int) -> list[tuple[float, float]]:
    """Start and end of each repetition of `example_recording`: 4 s long at most, with a rest before, between and after."""
    pitch = (duration_s - 1) / max(reps, 1)
    length = min(4.0, 0.8 * pitch)
    return [(1 + k * pitch, 1 + k * pitch + length) for k in range(reps)]


def example_report(
    recording: PoseRecording, reps: int = 3, side: Side = Side.RIGHT, peak_deg: float = 20.0, name: str = "example.mp4"
) -> SessionReport:
    """A report of `example_recording`: the second movement turned too far, the last one is partial."""
    found = _example_reps(float(recording.time_s[-1]), reps, side, peak_deg)
    last_s = float(recording.time_s[-1])
    source = {"path": name, "duration_s": last_s, "frames": len(recording), "fps": FPS, "width": 640, "height": 480, "rotation_deg": 0}
    return SessionReport(
        exercise="hip-internal-rotation",
        title="Hip internal rotation",
        source=source,
        model={"name": "full", "sha256": "0" * 64},
        settings={"side": "auto", "direction": "inward", "limit_deg": 35.0},
        reps=found,
        faults=tuple(_too_far(rep) for rep in found if rep.faults),
        timeline=_example_timeline(recording.time_s, found, side),
        measured_fraction=1.0,
        view={"yaw_deg": 3.0, "facing": "front"},
        not_measured=(NotMeasured("pelvis_hike", "not_measurable_seated", "Seated, the hip landmarks hardly show a hike.", 0.0, last_s),),
        limit_deg=35.0,
        target_reps=(10, 15),
        shown_angle="hip rotation",
        sides=(side.value,),
        checked=("over_rotation", "too_fast", "jerky", "trunk_lean"),
        directions=("inward", "outward"),
    )


def _example_reps(duration_s: float, reps: int, side: Side, peak_deg: float) -> tuple[Rep, ...]:
    return tuple(
        Rep(
            number=number,
            side=side,
            direction="inward",
            start_s=start,
            peak_s=(start + end) / 2,
            end_s=end,
            peak_deg=peak_deg,
            peak_pm_deg=2.5,
            range_deg=peak_deg,
            out_s=(start + end) / 2 - start,
            hold_s=0.0,
            back_s=end - (start + end) / 2,
            peak_speed_deg_s=31.0,
            smoothness=Smoothness(1.4, 0.5, -2.0, 0.05) if number > 1 else Smoothness(reason="too noisy to say"),
            rejected=Rejection.PARTIAL if number == reps else None,
            faults=(FaultCode.OVER_ROTATION,) if number == 2 else (),
        )
        for number, (start, end) in enumerate(rep_spans(duration_s, reps), 1)
    )


def _too_far(rep: Rep) -> Fault:
    message = "You turned further than your limit. Stop a little earlier."
    return Fault(FaultCode.OVER_ROTATION, "fault", rep.side_name, rep.number, rep.start_s, rep.end_s, 41.2, 35.0, "deg", message)


def _example_timeline(time: np.ndarray, reps: tuple[Rep, ...], side: Side) -> Timeline:
    angle = np.zeros(len(time))
    phase = {leg: np.zeros(len(time), np.int8) for leg in Side}
    order = list(Phase)
    for rep in reps:
        inside = (time >= rep.start_s) & (time <= rep.end_s)
        angle[inside] = rep.peak_deg * 0.5 * (1 - np.cos(2 * np.pi * (time[inside] - rep.start_s) / (rep.end_s - rep.start_s)))
        phase[side][inside & (time < rep.peak_s)] = order.index(Phase.OUT)
        phase[side][inside & (time >= rep.peak_s)] = order.index(Phase.BACK)
    values = {f"hip_rotation_{leg.value}_deg": angle.copy() if leg is side else np.zeros(len(time)) for leg in Side}
    values |= {f"foot_lift_{leg.value}_frac": np.zeros(len(time)) for leg in Side}
    values |= {"trunk_lean_deg": np.zeros(len(time)), "pelvis_obliquity_deg": np.full(len(time), np.nan)}
    shown = {leg: values[f"hip_rotation_{leg.value}_deg"] for leg in Side}
    return Timeline(time, values, shown, phase, np.ones(len(time), bool))
