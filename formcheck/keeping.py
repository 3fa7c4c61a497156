"""The analysis of a film put into the history beside the live sessions, without its pictures."""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.capture.taken import taken_at
from formcheck.drawing import write_results
from formcheck.history.entry import SessionRow, entry_of
from formcheck.history.store import History
from formcheck.motion.recording import PoseRecording

if TYPE_CHECKING:
    from formcheck.pipeline import Outcome

__all__ = ["keep_recorded"]


def keep_recorded(video: Path, outcome: Outcome, person: str, history: History | None = None) -> SessionRow:
    """Put an analysed film into the history as somebody's session, once for the same landmarks and settings.

    Parameters
    ----------
    history
        Where; by default that of the user.

    Raises
    ------
    InputError
        The results or the history cannot be read.
    OutputError
        The history cannot be written.
    """
    assert outcome.folder is not None
    recording = PoseRecording.load(outcome.folder / "landmarks.npz")
    taken = taken_at(video)
    session_id = f"{taken.astimezone(UTC):%Y%m%dT%H%M%S}-{_digest(recording, outcome, person)}"
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        write_results(folder, recording, outcome.report, {})
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    entry = entry_of(outcome.report, session_id, taken, source="recorded", files=files, person=person)
    (history or History()).add(entry)
    return entry.row


def _digest(recording: PoseRecording, outcome: Outcome, person: str) -> str:
    content = hashlib.sha256(json.dumps([outcome.report.settings, outcome.report.exercise, person], sort_keys=True, default=str).encode())
    for array in (recording.time_s, recording.image_xy, recording.world_xyz):
        content.update(array.tobytes())
    return content.hexdigest()[:6]
