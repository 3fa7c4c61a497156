"""A film on its way in: streamed to the disk, measured as it comes, and looked at before anything is done with it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from formcheck.capture.container import open_video
from formcheck.capture.video import VideoFile
from formcheck.errors import FormcheckError, InputError, OutputError
from formcheck.history.places import private_folder
from formcheck.outputs import safe_name

__all__ = [
    "NotAFilm",
    "TooLarge",
    "checked_film",
    "dated",
    "discard",
    "received",
    "shown_name",
]

#: A picture of more pixels than 8K, or a film longer than four hours, is none of an exercise.
MOST_SIDE_PX = 8192
MOST_PIXELS = 40_000_000
MOST_LENGTH_S = 4 * 3600.0
_LONGEST_NAME = 120


class TooLarge(FormcheckError):
    """More bytes than are taken."""


class NotAFilm(FormcheckError):
    """What came is no film, or one that is refused."""


def shown_name(name: str) -> str:
    """The name of an upload as it may be shown: its last part, without what cannot be seen."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip()
    return clean[:_LONGEST_NAME] or "film"


async def received(chunks: AsyncIterator[bytes], folder: Path, name: str, claimed_bytes: int | None, most_bytes: int) -> Path:
    """Write what comes into a folder of its own; nothing is left of what breaks off.

    Raises
    ------
    TooLarge
        More comes, or is claimed to come, than ``most_bytes``.
    NotAFilm
        Nothing comes.
    OutputError
        It cannot be written.
    """
    if claimed_bytes is not None and claimed_bytes > most_bytes:
        raise TooLarge(_too_large(most_bytes))
    path = folder / secrets.token_hex(16) / safe_name(name)
    size = 0
    try:
        private_folder(folder)
        path.parent.mkdir(mode=0o700)
        with path.open("xb") as file:
            path.chmod(0o600)
            async for chunk in chunks:
                size += len(chunk)
                if size > most_bytes:
                    raise TooLarge(_too_large(most_bytes))
                file.write(chunk)
        if not size:
            raise NotAFilm("the file is empty.")
    except OSError as error:
        discard(path)
        raise OutputError(f"the film could not be kept ({(error.strerror or str(error)).lower()}); make room and try again.") from error
    except BaseException:
        discard(path)
        raise
    return path


def dated(path: Path, modified_ms: str) -> None:
    """Give an upload the date that its file had where it came from, milliseconds since 1970; what is no such date is passed over."""
    try:
        modified_s = float(modified_ms) / 1000.0
    except ValueError:
        return
    if 0.0 < modified_s <= time.time():
        os.utime(path, (modified_s, modified_s))


def discard(path: Path) -> None:
    """Remove a film that was received, with the folder that was made for it."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.parent.rmdir()


def checked_film(path: Path, name: str) -> None:
    """Look at the first picture of a film, whatever it is called.

    Raises
    ------
    NotAFilm
        It cannot be read as a film, or is larger or longer than any film of an exercise.
    """
    try:
        container, stream = open_video(path)
        with container:
            # Before the first picture is decoded: a small file may unfold to gigabytes.
            width, height = stream.codec_context.width, stream.codec_context.height
            if max(width, height) > MOST_SIDE_PX or width * height > MOST_PIXELS:
                raise NotAFilm(f"{name}: pictures of {width} x {height} are too large; 1920 x 1080 is enough.")
        with VideoFile(path) as video:
            info = video.info
            if info.duration_s > MOST_LENGTH_S:
                raise NotAFilm(f"{name}: a film of {info.duration_s / 3600:.1f} hours is too long; cut out the exercise.")
            if next(iter(video), None) is None:
                raise NotAFilm(f"{name}: holds no picture.")
    except InputError as error:
        raise NotAFilm(str(error).replace(str(path), name)) from error


def _too_large(most_bytes: int) -> str:
    return f"the film is larger than {most_bytes / 1e9:.1f} GB; cut out the exercise, or save it with less resolution."
