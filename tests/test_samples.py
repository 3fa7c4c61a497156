"""A few bundled clips from video to verdict, with the model people get: counts and mistakes as they truly were."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from formcheck.capture.bundles import bundle
from formcheck.poses import measure_poses
from formcheck.progress import Stage, StageClock
from formcheck.validation.suite import validate
from formcheck.validation.truth import Truth

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

#: Largest error of the change from rest, degrees RMSE, on the worse leg: what docs/accuracy.md reports, with half a degree of room.
CLIPS = {
    "hip-internal-rotation-too-far": 2.0,
    "standing-hip-abduction-lean-hike": 2.4,
}


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("name", CLIPS)
def test_a_bundled_clip_is_counted_and_judged_as_it_was(name: str) -> None:
    def poses(video: Path, model: str, condition: str):
        return measure_poses(video, bundle(model), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event()).recording

    (found,) = validate([Truth.load(SAMPLES / f"{name}.truth.json")], ["heavy"], poses, lambda _: None)
    assert found.refused is None and found.counts_exact
    assert not found.confusions
    assert max(result.change.rmse_deg for result in found.counted.values()) <= CLIPS[name]
    assert max(abs(rep.start_error_s) for rep in found.reps) < 0.4
