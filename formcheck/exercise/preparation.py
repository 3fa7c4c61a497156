"""A recording made ready: sides put right, somebody else taken away, a mirrored film turned back."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.motion.crossing import Swaps, unswapped
from formcheck.motion.framing import Framing, alone, framing_of
from formcheck.motion.recording import PoseRecording

__all__ = ["Prepared", "prepared"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A recording to measure and to draw.

    Attributes
    ----------
    measured
        The person as they are: what angles and sides are taken from.
    drawn
        The same person as the film shows them; differs from ``measured`` in a mirrored film only.
    swaps
        What was put right.
    framing
        How the film shows the person.
    """

    measured: PoseRecording
    drawn: PoseRecording
    swaps: Swaps
    framing: Framing


def prepared(recording: PoseRecording, mirrored: bool = False) -> Prepared:
    """Make a recording ready.

    Parameters
    ----------
    mirrored
        The film is a mirror image. The pose model then takes the right leg for the left one, and nothing in the picture of a body tells.
    """
    put_right, swaps = unswapped(recording)
    put_right, other = alone(put_right)
    framing = framing_of(put_right, other)
    if mirrored:
        return Prepared(put_right.mirrored(), put_right.sides_changed(), swaps, framing)
    return Prepared(put_right, put_right, swaps, framing)
