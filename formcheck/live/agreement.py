"""The same landmarks live and as a recording: the counts, the mistakes, and how soon they are said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from formcheck.coach.choice import choice
from formcheck.coach.framing import PictureStats, framing_verdict
from formcheck.coach.guidance import Correction, CueKind, Stage, Want
from formcheck.coach.machine import Coach
from formcheck.coach.moment import Choose, Event, Moment, Signal
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.session import Fault, FaultCode, SessionReport
from formcheck.exercise.spec import ExerciseSpec
from formcheck.live.engine import LiveAnalyzer
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording

__all__ = ["LASTING", "CueDelay", "LiveAgreement", "live_agreement"]

#: Mistakes that last, so that they can be corrected while they do; the others are known only when the movement is over.
LASTING = frozenset(
    {
        FaultCode.OVER_ROTATION,
        FaultCode.FOOT_LIFTED,
        FaultCode.TRUNK_LEAN,
        FaultCode.PELVIS_HIKE,
        FaultCode.KNEE_DRIFT,
        FaultCode.POSTURE_CHANGED,
    }
)
_BEFORE = frozenset({Stage.FRAMING, Stage.REST, Stage.RANGE})
#: A correction this long after a mistake ended is still about it.
_AFTER_S = 1.5


@dataclass(frozen=True, slots=True)
class CueDelay:
    """How long after its onset a mistake was corrected.

    Attributes
    ----------
    code, onset_s
        The mistake, and when it began.
    shown_s, said_s
        Seconds from then to the text in the window and to the voice. NaN: not at all; a more important correction stood there, or the same
        one had been said within its cool-down.
    """

    code: str
    onset_s: float
    shown_s: float
    said_s: float


@dataclass(frozen=True, slots=True)
class LiveAgreement:
    """One leg of one recording, live and recorded.

    Attributes
    ----------
    side
        ``left``, ``right`` or ``both``.
    counts
        Repetitions, live and recorded.
    faults
        Counted repetitions with a fault by its code, live and recorded.
    delays
        Of every mistake that lasts and was found in the recording, on any leg.
    unfounded
        Seconds and code of every correction shown for a mistake that the recording does not have.
    """

    side: str
    counts: tuple[int, int]
    faults: tuple[dict[str, int], dict[str, int]]
    delays: tuple[CueDelay, ...]
    unfounded: tuple[tuple[float, str], ...]

    @property
    def same(self) -> bool:
        """Whether live and recorded say the same."""
        return self.counts[0] == self.counts[1] and self.faults[0] == self.faults[1]


def live_agreement(recording: PoseRecording, spec: ExerciseSpec, direction: str) -> list[LiveAgreement]:
    """Play a recording to a set of each leg that is counted in it, frame by frame, without place, rest and comfortable range.

    The readings are made where they fall due by the times of the frames, so that the same recording always gives the same answer.

    Raises
    ------
    NotMeasurableError
        Nothing can be measured in the recording.
    """
    report = analyse(recording, spec, AnalysisOptions(direction=direction))
    sides = sorted({rep.side_name for rep in report.reps if rep.counted}) or ["right"]
    return [_one(recording, spec, direction, report, side) for side in sides]


def _one(recording: PoseRecording, spec: ExerciseSpec, direction: str, report: SessionReport, side: str) -> LiveAgreement:
    played = _played(recording, spec, direction, side)
    recorded = Counter(code.value for rep in report.reps if rep.counted and rep.side_name == side for code in rep.faults)
    return LiveAgreement(
        side,
        (played.count, report.counts[side]),
        (played.faults, dict(recorded)),
        tuple(_delay(fault, played) for fault in report.faults if fault.code in LASTING and fault.side in (side, "both")),
        tuple((time_s, code) for time_s, code in played.shown if not any(_about(fault, time_s, code) for fault in report.faults)),
    )


@dataclass
class _Played:
    count: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    shown: list[tuple[float, str]] = field(default_factory=list)
    said: list[tuple[float, str]] = field(default_factory=list)


def _played(recording: PoseRecording, spec: ExerciseSpec, direction: str, side: str) -> _Played:
    """One set that lasts as long as the recording."""
    coach, want, played = Coach(), Want(), _Played()
    leg = None if side == "both" else Side(side)
    events: list[Event] = [Choose(choice(spec, sides=(leg,), target=spec.target.max_reps, measure_range=False, direction=direction))]
    before: Correction | None = None
    with LiveAnalyzer(spec, str(recording.source.get("model_name") or "heavy"), threaded=False) as analyzer:
        for pose in recording:
            result, state = analyzer.update(pose, want)
            framing = framing_verdict(pose, PictureStats(), spec, want.side)
            guidance = coach.advance(Moment(pose.time_s, result, framing, state), events)
            want, now = guidance.want, guidance.screen.correction
            events = [Signal.SKIP] if guidance.screen.stage in _BEFORE else []
            played.said += [(pose.time_s, cue.code) for cue in guidance.cues if cue.kind is CueKind.CORRECTION]
            if now is not None and (before is None or (now.code, now.since_s) != (before.code, before.since_s)):
                played.shown.append((pose.time_s, now.code))
            before = now
        state = analyzer.settle(pose)[1]
        coach.advance(Moment(pose.time_s, result, framing, state), [Signal.FINISH])
    values = coach.summary.values
    played.count = int(values.get("legs", {}).get(side, {}).get("count", 0))
    played.faults = {str(code): int(count) for code, count in values.get("faults", {}).items()}
    return played


def _delay(fault: Fault, played: _Played) -> CueDelay:
    def first(times: list[tuple[float, str]]) -> float:
        return next((time_s - fault.start_s for time_s, code in times if _about(fault, time_s, code)), float("nan"))

    return CueDelay(fault.code.value, fault.start_s, first(played.shown), first(played.said))


def _about(fault: Fault, time_s: float, code: str) -> bool:
    return code == fault.code.value and fault.start_s <= time_s <= fault.end_s + _AFTER_S
