"""Everything that changes what comes of a film, as one key: a film that was done under the same key is not done again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from formcheck import __version__
from formcheck.batch.film import Action
from formcheck.pipeline import Job

__all__ = ["SettingsKey", "settings_of"]


@dataclass(frozen=True, slots=True)
class SettingsKey:
    """The settings as JSON with sorted keys, and their sha256."""

    key: str
    content: str


def settings_of(job: Job, action: Action, *, recording: bool, keep_for: str | None = None) -> SettingsKey:
    """The key of a job for videos, or for recorded landmarks: to these no pose model and no drawing makes a difference.

    Raises
    ------
    UsageError
        An option of the job does not fit its exercise.
    """
    options = job.options.checked(job.spec)
    content: dict[str, Any] = {
        "formcheck": __version__,
        "action": action,
        "exercise": job.spec.model_dump(mode="json"),
        "side": options.side,
        "direction": options.direction,
        "limit_deg": options.limit_deg,
        "limits_deg": sorted([*leg, limit] for leg, limit in options.limits_deg.items()),
        "mirrored": options.mirrored,
        "breath": options.breath,
        "profile": job.profile.model_dump(mode="json") if job.profile is not None else None,
        "model": job.bundle.sha256 if job.bundle is not None and not recording else None,
        "sample_fps": None if recording else job.sample_fps,
    }
    if action == "analyse":
        drawn = job.annotated and not recording
        content |= {"annotated": drawn, "pacer": job.pacer and drawn, "exports": asdict(job.exports), "history": keep_for}
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return SettingsKey(hashlib.sha256(text.encode()).hexdigest(), text)
