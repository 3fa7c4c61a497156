"""`validate --live`: the landmarks of every clip through the live loop too, beside what the recording says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.live.agreement import CueDelay, LiveAgreement

__all__ = ["CUE_WITHIN_S", "SAME_SHARE", "ClipAgreement", "as_json", "markdown", "shortfalls"]

#: Of the clips played, live and recorded say the same on at least these; a correction is there within this long in the median.
SAME_SHARE, CUE_WITHIN_S = 0.95, 0.7


@dataclass(frozen=True, slots=True)
class ClipAgreement:
    """A clip with a model: one agreement for each leg, or why nothing was measured."""

    clip: str
    model: str
    legs: tuple[LiveAgreement, ...] = ()
    refused: str | None = None

    @property
    def same(self) -> bool:
        """Every leg counts the same and has the same faults."""
        return all(leg.same for leg in self.legs)


def markdown(clips: Sequence[ClipAgreement]) -> str:
    """Tables: each clip, live beside recorded, and how soon mistakes that last were corrected."""
    lines = ["## Live beside recorded", "", *_summary(clips), ""]
    lines += [
        "| model | clip | leg | repetitions live / recorded | mistakes live / recorded | without cause |",
        "|---|---|---|---|---|---|",
    ]
    for clip in clips:
        if clip.refused is not None:
            lines.append(f"| {clip.model} | {clip.clip} | – | – | {clip.refused} | – |")
        for leg in clip.legs:
            counts, faults = (f"{a} / {b}" for a, b in ((leg.counts), tuple(_faults(of) for of in leg.faults)))
            unfounded = ", ".join(f"{code} at {time_s:.1f} s" for time_s, code in leg.unfounded) or "none"
            lines.append(f"| {clip.model} | {clip.clip} | {leg.side} | {counts} | {faults} | {unfounded} |")
    return "\n".join([*lines, "", *_delays(clips)]) + "\n"


def as_json(clips: Sequence[ClipAgreement]) -> str:
    """The same figures as one JSON object; null where something was not said."""
    return json.dumps(
        {
            "clips": [
                {
                    "clip": clip.clip,
                    "model": clip.model,
                    "refused": clip.refused,
                    "legs": [
                        {
                            "side": leg.side,
                            "reps": {"live": leg.counts[0], "recorded": leg.counts[1]},
                            "faults": {"live": leg.faults[0], "recorded": leg.faults[1]},
                            "corrections": [
                                {"code": d.code, "onset_s": d.onset_s, "shown_s": _known(d.shown_s), "said_s": _known(d.said_s)}
                                for d in leg.delays
                            ],
                            "without_cause": [{"time_s": time_s, "code": code} for time_s, code in leg.unfounded],
                        }
                        for leg in clip.legs
                    ],
                }
                for clip in clips
            ]
        },
        allow_nan=False,
    )


def shortfalls(clips: Sequence[ClipAgreement]) -> list[str]:
    """Sentences on what live does not hold to: the same on `SAME_SHARE` of the clips, corrections within `CUE_WITHIN_S`, and with cause."""
    result = []
    for model, mine in _by_model(clips).items():
        # A movement that ends within a tenth of a degree of its limit may fall to either side.
        allowed = max(1.0, (1.0 - SAME_SHARE) * len(mine) + 1e-9)
        apart = [clip.clip for clip in mine if not clip.same]
        if len(apart) > allowed:
            result.append(f"{model}: live and recorded differ on {len(apart)} of {len(mine)} clips: {', '.join(apart)}.")
        late = _median([delay.shown_s for delay in _all_delays(mine)])
        if late > CUE_WITHIN_S:
            result.append(f"{model}: a mistake that lasts is corrected after {late:.2f} s in the median, {CUE_WITHIN_S} s is the limit.")
        without = [f"{code} in {clip.clip}" for clip in mine for leg in clip.legs for _, code in leg.unfounded]
        if len(without) > allowed:
            result.append(f"{model}: corrected without cause: {', '.join(without)}.")
    return result


def _summary(clips: Sequence[ClipAgreement]) -> list[str]:
    lines = []
    for model, mine in _by_model(clips).items():
        without = sum(len(leg.unfounded) for clip in mine for leg in clip.legs)
        lines.append(
            f"- {model}: the same repetitions and mistakes on {sum(clip.same for clip in mine)} of {len(mine)} clips; "
            f"{without or 'no'} correction{'' if without == 1 else 's'} without cause"
        )
    return lines


def _delays(clips: Sequence[ClipAgreement]) -> list[str]:
    lines = ["### From the onset of a mistake that lasts to its correction", ""]
    lines += ["| model | mistakes | shown | median s | slowest s | also said |", "|---|---|---|---|---|---|"]
    for model, mine in _by_model(clips).items():
        delays = _all_delays(mine)
        shown = [delay.shown_s for delay in delays if delay.shown_s == delay.shown_s]
        said = sum(delay.said_s == delay.said_s for delay in delays)
        slowest = f"{max(shown):.2f}" if shown else "–"
        median = f"{_median(shown):.2f}" if shown else "–"
        lines.append(f"| {model} | {len(delays)} | {len(shown)} | {median} | {slowest} | {said} |")
    return lines


def _all_delays(clips: Sequence[ClipAgreement]) -> list[CueDelay]:
    return [delay for clip in clips for leg in clip.legs for delay in leg.delays]


def _by_model(clips: Sequence[ClipAgreement]) -> dict[str, list[ClipAgreement]]:
    return {model: [clip for clip in clips if clip.model == model] for model in dict.fromkeys(clip.model for clip in clips)}


def _faults(counts: dict[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in sorted(counts.items())) or "none"


def _median(values: list[float]) -> float:
    known = [value for value in values if value == value]
    return float(np.median(known)) if known else float("nan")


def _known(value: float) -> float | None:
    return round(value, 3) if value == value else None
