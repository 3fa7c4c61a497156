"""Writes real little videos for the tests, whole ones and broken ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Painter = Callable[[int, int, int], Image]

CODECS = {
    ".mp4": ("libx264", "yuv420p"),
    ".mov": ("libx264", "yuv420p"),
    ".mkv": ("libx264", "yuv420p"),
    ".webm": ("libvpx-vp9", "yuv420p"),
    ".avi": ("mpeg4", "yuv420p"),
    ".gif": ("gif", "rgb8"),
}

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 220)


def corners(index: int, width: int, height: int) -> Image:
    """Red top left, green top right, blue bottom left, white bottom right: tells every way of turning and mirroring apart."""
    image = np.empty((height, width, 3), np.uint8)
    half_w, half_h = width // 2, height // 2
    image[:half_h, :half_w], image[:half_h, half_w:] = RED, GREEN
    image[half_h:, :half_w], image[half_h:, half_w:] = BLUE, WHITE
    return image


def corner_colours(image: Image) -> list[tuple[int, int, int]]:
    """The clean colours nearest to the middle of each quarter: top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    colours = np.array([RED, GREEN, BLUE, WHITE])
    found = []
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            nearest = colours[np.abs(colours - image[y, x].astype(int)).sum(axis=1).argmin()]
            found.append(tuple(int(v) for v in nearest))
    return found


def numbered(index: int, width: int, height: int) -> Image:
    """A picture that says its number, below 2048, in eleven vertical stripes; `number_of` reads it back."""
    image = np.full((height, width, 3), 20, np.uint8)
    for bit in range(11):
        if index >> bit & 1:
            image[:, width * bit // 11 : width * (bit + 1) // 11] = 230
    return image


def number_of(image: Image) -> int:
    """The number in a picture of `numbered`."""
    height, width = image.shape[:2]
    return sum(1 << bit for bit in range(11) if image[height // 2, (2 * bit + 1) * width // 22].mean() > 125)


def busy(index: int, width: int, height: int) -> Image:
    """Moving noise, so that every frame takes many bytes: for files that are to be damaged."""
    rng = np.random.default_rng(index // 3)
    return rng.integers(0, 255, (height, width, 3), dtype=np.uint8)


def write_video(
    path: Path,
    frames: int = 12,
    size: tuple[int, int] = (64, 48),
    fps: int | Fraction = 30,
    *,
    paint: Painter = numbered,
    times_s: Sequence[float] | None = None,
    codec: str | None = None,
    pix_fmt: str | None = None,
    rotation_ccw_deg: float | None = None,
    mirrored: bool = False,
    aspect: Fraction | None = None,
    audio_s: float = 0.0,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write a video; the container and codec follow from the suffix.

    ``times_s`` gives each frame its own time in milliseconds' resolution; the rotation is written as the display matrix.
    """
    default_codec, default_format = CODECS[path.suffix]
    with av.open(f"file:{path.absolute()}", "w", options=container_options or {}) as container:
        stream = container.add_stream(codec or default_codec, rate=fps, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt or default_format
        if times_s is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if rotation_ccw_deg is not None or mirrored:
            stream.set_display_rotation(rotation_ccw_deg or 0.0, hflip=mirrored)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        sound = container.add_stream("aac" if path.suffix in {".mp4", ".mov", ".mkv"} else "libopus", rate=48000) if audio_s else None
        if not frames:
            container.start_encoding()
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(paint(index, *size), format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts = index if times_s is None else round(1000 * times_s[index])
            frame.time_base = stream.codec_context.time_base or 1 / Fraction(fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            _hum(container, sound, audio_s)
    return path


def write_sound(path: Path, seconds: float = 0.5) -> Path:
    """Write a file with a sound track and no picture."""
    with av.open(str(path), "w") as container:
        _hum(container, container.add_stream("aac", rate=48000), seconds)
    return path


def _hum(container: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    step = stream.codec_context.frame_size or 960
    for start in range(0, round(48000 * seconds), step):
        wave = 0.1 * np.sin(np.arange(start, start + step) * 2 * np.pi * 220 / 48000).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        for part in av.AudioResampler(stream.format, stream.layout, 48000).resample(frame):
            container.mux(stream.encode(part))
    container.mux(stream.encode())


def cut(path: Path, fraction: float) -> Path:
    """Keep only the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * fraction)])
    return path


def scratch(path: Path, start: float, end: float) -> Path:
    """Overwrite a part of a file, given as fractions of its length, with noise."""
    data = bytearray(path.read_bytes())
    first, last = round(len(data) * start), round(len(data) * end)
    data[first:last] = np.random.default_rng(7).integers(0, 255, last - first, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(data))
    return path
