"""A film's pieces measured at once, in threads, and put together; what does not fit together is measured again as one."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace

import numpy as np

from formcheck.capture.video import NotSeekableError
from formcheck.motion.recording import PoseRecorder, PoseRecording
from formcheck.tracking.pieces import Part, Piece, agree, joined
from formcheck.tracking.reel import Reel
from formcheck.tracking.tracker import Tracking, Watched, track

__all__ = ["measured"]

#: Stretches for each thread, when there are enough pieces: with more the threads end together, with fewer less is decoded twice.
_STRETCHES_PER_WORKER = 4


def measured(reel: Reel, tracking: Tracking, workers: int) -> tuple[PoseRecording, bool]:
    """All frames of a film through the pose model.

    Returns
    -------
    PoseRecording
        Without facts about the source. After a stop: up to the first frame that is missing; it may be empty.
    bool
        False when it was stopped before the end.
    """
    parts = _measured_parts(reel, tracking, workers)
    kept = _unbroken(parts, reel.pieces)
    whole = len(kept) == len(reel.pieces) and kept[-1].whole
    if not kept:
        return PoseRecorder().finish(), False
    return joined(_mended(kept, reel, tracking)), whole


def _measured_parts(reel: Reel, tracking: Tracking, workers: int) -> list[Part]:
    if workers > 1 and reel.divisible:
        try:
            return _in_threads(reel, tracking, workers)
        except NotSeekableError:
            reel.divisible = False
    with closing(reel.whole()) as frames:
        return list(track(frames, reel.pieces, tracking))


def _in_threads(reel: Reel, tracking: Tracking, workers: int) -> list[Part]:
    failed = threading.Event()
    watched = replace(tracking, stop=lambda: failed.is_set() or tracking.stop())

    def measure(pieces: Sequence[Piece]) -> list[Part]:
        with closing(reel.between(pieces[0].begin_s, pieces[-1].end_s)) as frames:
            return list(track(frames, pieces, watched))

    with ThreadPoolExecutor(workers, thread_name_prefix="piece") as pool:
        todo = [pool.submit(measure, pieces) for pieces in _stretches(reel.pieces, workers)]
        try:
            wait(todo, return_when=FIRST_EXCEPTION)
            failed_one = next((one for one in todo if one.done() and one.exception() is not None), None)
            if failed_one is not None:
                failed_one.result()
            parts = [part for one in todo for part in one.result()]
        except BaseException:
            failed.set()
            raise
    if not tracking.stop():
        reel.conclude()
    return parts


def _stretches(pieces: Sequence[Piece], workers: int) -> list[Sequence[Piece]]:
    """Successive pieces together, as many stretches as keep ``workers`` threads busy to the end."""
    count = len(pieces) if len(pieces) <= workers else workers * min(_STRETCHES_PER_WORKER, len(pieces) // (2 * workers) or 1)
    bounds = [round(len(pieces) * k / count) for k in range(count + 1)]
    return [pieces[bounds[k] : bounds[k + 1]] for k in range(count)]


def _unbroken(parts: Sequence[Part], pieces: Sequence[Piece]) -> list[Part]:
    """The parts up to the first piece that is missing or was not measured to its end."""
    kept: list[Part] = []
    for part, piece in zip(parts, pieces, strict=False):
        if part.piece != piece or not (part.own or part.whole) or (kept and not kept[-1].whole):
            break
        kept.append(part)
    return kept if any(len(part.recording) for part in kept) else []


def _mended(parts: Sequence[Part], reel: Reel, tracking: Tracking) -> list[Part]:
    """Parts that agree at every seam: where a piece lost or changed the person, the one before is carried on until they agree again."""
    done, number = [parts[0]], 1
    while number < len(parts):
        if agree(done[-1].recording, parts[number]):
            done.append(parts[number])
            number += 1
        else:
            done[-1], number = _carried_on(done[-1], parts, number, reel, tracking)
    return done


def _carried_on(part: Part, parts: Sequence[Part], number: int, reel: Reel, tracking: Tracking) -> tuple[Part, int]:
    """Measure ``part`` again and go on, until a later part agrees; also gives the number of that one."""
    last_s = max(float(one.recording.time_s[-1]) for one in parts[number:] if len(one.recording))
    begin_s, first = part.piece.begin_s, number
    number += 1
    with closing(reel.between(begin_s, math.nextafter(last_s, math.inf))) as frames, tracking.make_estimator() as estimator:
        watched = Watched(estimator, tracking.breath)
        for frame in frames:
            while number < len(parts) and frame.time_s >= parts[number].piece.start_s:
                if agree(watched.recorder.finish(), parts[number]):
                    return _with_people(part, watched.recorder, parts[first:number]), number
                number += 1
            watched.take(frame)
            tracking.tell(frame.time_s)
    return _with_people(part, watched.recorder, parts[first:]), len(parts)


def _with_people(part: Part, recorder: PoseRecorder, replaced: Sequence[Part]) -> Part:
    """What was carried on, in place of the parts it covers, with the people who were seen in them."""
    together = (part, *replaced)
    looks = [one.recording.part(one.piece.start_s, one.piece.end_s) for one in together]
    recording = replace(
        recorder.finish(),
        people_time_s=np.concatenate([look.people_time_s for look in looks]),
        people=np.concatenate([look.people for look in looks]),
    )
    piece = replace(part.piece, end_s=replaced[-1].piece.end_s)
    return Part(piece, recording, replaced[-1].whole)
