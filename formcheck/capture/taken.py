"""When a video was taken: what its container says, or else when its file was last changed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import av

from formcheck.errors import InputError

__all__ = ["taken_at"]

#: Cameras whose clock was never set, and programs that know no better, write 1904, 1970 or 1980.
_FIRST_YEAR = 1990


def taken_at(path: Path) -> datetime:
    """When a video was taken, as an aware time of this computer's zone.

    Raises
    ------
    InputError
        The file is not there.
    """
    with suppress(av.error.FFmpegError, OSError, ValueError), av.open(f"file:{path.absolute()}") as container:
        said = datetime.fromisoformat(container.metadata.get("creation_time", ""))
        said = said if said.tzinfo is not None else said.replace(tzinfo=UTC)
        if said.year >= _FIRST_YEAR:
            return said.astimezone()
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
    except OSError as error:
        raise InputError(f"{path}: when it was taken cannot be told ({(error.strerror or str(error)).lower()}).") from error
