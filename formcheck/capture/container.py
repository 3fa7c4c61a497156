"""Opening a video file, and saying in one line why one cannot be opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["open_video"]

#: What is read. Playlists are not among it, because they may point to other files or to the network.
_VIDEO = "mov,matroska,webm,avi,gif,mpegts,mpeg,mpegvideo,flv,asf,ogg,mjpeg,h264,hevc,m4v,ivf,dv,mxf,nut,apng"
#: Opened only to be able to say that they hold sound alone.
_SOUND = "mp3,wav,flac,aac,aiff,w64,amr,caf"
_OPTIONS = {"format_whitelist": f"{_VIDEO},{_SOUND}", "protocol_whitelist": "file"}


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a video file and choose its main picture track; the caller closes the container.

    Raises
    ------
    InputError
        No such file, a folder, an empty or unreadable file, no video at all, or sound only.
    """
    import av

    _refuse_unreadable(path)
    try:
        container = av.open(f"file:{path.absolute()}", options=dict(_OPTIONS), metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InputError(_why_not(path, error)) from error
    try:
        return container, _main_stream(path, container)
    except BaseException:
        container.close()
        raise


def _refuse_unreadable(path: Path) -> None:
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; name the video files in it.")
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is not a file; copy the video to a file first.")
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise InputError(f"{path}: is empty; copy or record it again.")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the name.") from None
    except PermissionError:
        raise InputError(f"{path}: may not be read; change its permissions or copy it.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}); check the name and the disk.") from error


def _why_not(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(12)
            whole = _has_index(path) if start[4:8] == b"ftyp" else True
    except OSError as problem:
        return f"{path}: cannot be read ({problem.strerror}); check the disk."
    if not whole:
        return f"{path}: is cut short: its index is missing, as when recording or copying was interrupted; copy or record it again."
    if isinstance(error, OSError) and not isinstance(error, ValueError):
        return f"{path}: cannot be read ({(error.strerror or str(error)).lower()}); check the disk."
    return f"{path}: is not a video that can be read; use MP4, MOV, WebM, MKV, AVI or GIF."


def _has_index(path: Path) -> bool:
    """Whether an MP4 or MOV file has its `moov` box; walks over the boxes without reading what is in them."""
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        position = 0
        while position + 8 <= end:
            file.seek(position)
            header = file.read(16)
            if header[4:8] == b"moov":
                return position + int.from_bytes(header[:4], "big") <= end
            size = int.from_bytes(header[:4], "big")
            if size == 1:
                size = int.from_bytes(header[8:16], "big")
            if size < 8:
                return False
            position += size
    return False


def _main_stream(path: Path, container: InputContainer) -> VideoStream:
    from av.stream import Disposition

    films = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not films:
        if container.streams.audio:
            raise InputError(f"{path}: holds sound but no picture; choose the video file.")
        raise InputError(f"{path}: holds no video; choose another file.")
    readable = [stream for stream in films if stream.codec_context is not None]
    if not readable:
        raise InputError(f"{path}: is in a video format that cannot be decoded; export it as H.264 MP4.")
    best = container.streams.best("video")
    return next((stream for stream in readable if best is not None and stream.index == best.index), readable[0])
