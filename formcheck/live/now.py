"""The angle, speed and phase of this very frame, carried on from the last analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.exercise.session import Phase
from formcheck.live.reading import Anchor

__all__ = ["LegNow", "Moving"]

#: Smoothing of what is shown: lags by about two frames, which nobody sees, and hides the jitter of the landmarks.
SMOOTH_S = 0.06
SPEED_S = 0.12
#: A shown angle is not carried on further than this from its last analysis.
MAX_AGE_S = 1.5
#: Speed over which a leg moves, and under which it stands: twice the noise of a resting leg at 30 frames a second (judgement).
MOVES_DEG_S, STANDS_DEG_S = 5.0, 3.0
#: Nearer to rest than this it rests.
REST_DEG = 4.0
_BREAK_S = 0.5


@dataclass(frozen=True, slots=True)
class LegNow:
    """One leg at this frame: shown angle and its half width in degrees, speed in degrees a second, NaN unknown; and what it does."""

    angle_deg: float = float("nan")
    pm_deg: float = float("nan")
    speed_deg_s: float = float("nan")
    phase: Phase = Phase.UNSEEN


class Moving:
    """Follows one leg from frame to frame."""

    def __init__(self) -> None:
        self._time_s = -math.inf
        self._angle = self._speed = float("nan")
        self._phase = Phase.UNSEEN

    def update(self, time_s: float, proxy_deg: float, anchor: Anchor | None) -> LegNow:
        """Tell the leg's state in a frame.

        Parameters
        ----------
        proxy_deg
            The leg's line in the picture now, NaN unseen.
        anchor
            Where the last analysis saw it; None when it did not.
        """
        if anchor is None or not math.isfinite(proxy_deg) or time_s - anchor.time_s > MAX_AGE_S:
            self._time_s, self._angle, self._speed, self._phase = time_s, float("nan"), float("nan"), Phase.UNSEEN
            return LegNow()
        target = anchor.shown_deg + anchor.slope * (proxy_deg - anchor.proxy_deg)
        step_s = time_s - self._time_s
        before = self._angle
        if not math.isfinite(before) or step_s <= 0 or step_s > _BREAK_S:
            self._angle, self._speed = target, 0.0
        else:
            self._angle += (target - before) * (1 - math.exp(-step_s / SMOOTH_S))
            speed = (self._angle - before) / step_s
            self._speed += (speed - self._speed) * (1 - math.exp(-step_s / SPEED_S))
        self._time_s = time_s
        self._phase = self._next_phase()
        return LegNow(self._angle, anchor.pm_deg, self._speed, self._phase)

    def _next_phase(self) -> Phase:
        outwards = self._speed * math.copysign(1.0, self._angle)
        moving = self._phase in (Phase.OUT, Phase.BACK)
        if abs(outwards) < (STANDS_DEG_S if moving else MOVES_DEG_S):
            if abs(self._angle) < REST_DEG:
                return Phase.REST
            # Out there it holds; a short halt on the way is not yet a hold.
            return Phase.HOLD
        if abs(self._angle) < REST_DEG and self._phase in (Phase.REST, Phase.UNSEEN) and abs(outwards) < 2 * MOVES_DEG_S:
            return Phase.REST
        return Phase.OUT if outwards > 0 else Phase.BACK
