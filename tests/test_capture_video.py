"""Video files: what comes out is what went in, in every container, at its true time, upright."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.capture.container import open_video
from formcheck.capture.decoder import Decoder
from formcheck.capture.frame import VideoFrame
from formcheck.capture.prefetch import prefetched
from formcheck.capture.video import LONGEST_SIDE_PX, VideoFile
from formcheck.errors import InputError
from tests.videos import BLUE, CODECS, GREEN, RED, WHITE, busy, corner_colours, corners, cut, number_of, scratch, write_sound, write_video

BUSY = {"paint": busy, "size": (160, 120), "frames": 90}


def frames_of(path: Path) -> list[VideoFrame]:
    with VideoFile(path) as video:
        return list(video)


@pytest.mark.parametrize("suffix", CODECS)
def test_every_container_gives_every_frame_in_order(tmp_path, suffix):
    path = write_video(tmp_path / f"film{suffix}")
    with VideoFile(path) as video:
        frames = list(video)
        info = video.info
    assert [number_of(frame.image) for frame in frames] == list(range(12))
    assert [frame.index for frame in frames] == list(range(12))
    assert frames[0].time_s == 0.0
    # GIF counts hundredths of a second, Matroska thousandths.
    assert np.allclose([frame.time_s for frame in frames], np.arange(12) / 30, atol=0.0051)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}
    assert (info.width, info.height, info.rotation_deg, info.has_audio, info.scale, info.frames_estimate) == (64, 48, 0, False, 1.0, 12)
    assert info.fps == pytest.approx(30, rel=0.02)
    assert info.duration_s == pytest.approx(0.4, abs=0.01)
    assert not video.cut_short
    assert (video.damaged_frames, video.dropped_frames, video.retimed_frames) == (0, 0, 0)


def test_h264_in_avi_keeps_the_order_of_presentation(tmp_path):
    frames = frames_of(write_video(tmp_path / "film.avi", codec="libx264", frames=40))
    assert [number_of(frame.image) for frame in frames] == list(range(40))
    assert np.allclose([frame.time_s for frame in frames], np.arange(40) / 30)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".mov"])
def test_a_variable_frame_rate_keeps_its_true_times(tmp_path, suffix):
    times = [0.0, 0.01, 0.05, 0.2, 0.21, 0.5, 0.9, 0.95, 1.5, 1.6, 1.7, 3.0]
    path = write_video(tmp_path / f"film{suffix}", times_s=times)
    with VideoFile(path) as video:
        frames = list(video)
    assert np.allclose([frame.time_s for frame in frames], times, atol=1e-6)
    assert [number_of(frame.image) for frame in frames] == list(range(12))
    assert video.info.fps == pytest.approx(11 / 3.0)


def test_time_starts_at_the_first_picture(tmp_path):
    frames = frames_of(write_video(tmp_path / "late.mkv", times_s=[5 + k / 30 for k in range(12)]))
    assert frames[0].time_s == 0.0
    assert frames[-1].time_s == pytest.approx(11 / 30, abs=1e-3)


@pytest.mark.parametrize(("fps", "frames"), [(5, 12), (240, 250), (Fraction(30000, 1001), 30)])
def test_slow_and_fast_frame_rates(tmp_path, fps, frames):
    path = write_video(tmp_path / "film.mp4", fps=fps, frames=frames)
    with VideoFile(path) as video:
        got = list(video)
    assert [number_of(frame.image) for frame in got] == list(range(frames))
    assert video.info.fps == pytest.approx(float(fps))
    assert np.diff([frame.time_s for frame in got]).min() > 0.9 / float(fps)


@pytest.mark.parametrize(
    ("ccw_deg", "mirrored", "rotation_deg", "size", "colours"),
    [
        (None, False, 0, (64, 48), [RED, GREEN, BLUE, WHITE]),
        (-90, False, 90, (48, 64), [BLUE, RED, WHITE, GREEN]),
        (90, False, 270, (48, 64), [GREEN, WHITE, RED, BLUE]),
        (180, False, 180, (64, 48), [WHITE, BLUE, GREEN, RED]),
        (0, True, 180, (64, 48), [GREEN, RED, WHITE, BLUE]),
    ],
)
def test_pictures_stand_upright(tmp_path, ccw_deg, mirrored, rotation_deg, size, colours):
    path = write_video(tmp_path / "phone.mov", paint=corners, frames=3, rotation_ccw_deg=ccw_deg, mirrored=mirrored)
    with VideoFile(path) as video:
        frames = list(video)
    assert (video.info.width, video.info.height) == size == frames[0].image_size
    assert video.info.rotation_deg == rotation_deg
    assert all(corner_colours(frame.image) == colours for frame in frames)
    assert all(frame.image.flags.c_contiguous for frame in frames)


@pytest.mark.parametrize(
    ("name", "size", "kind"),
    [
        ("odd.mp4", (65, 47), {"pix_fmt": "yuv444p"}),
        ("odd.gif", (33, 17), {}),
        ("tiny.mp4", (16, 16), {}),
        ("wide.mp4", (320, 16), {}),
        ("deep.mkv", (64, 48), {"codec": "ffv1", "pix_fmt": "yuv420p10le"}),
        ("grey.mkv", (64, 48), {"codec": "ffv1", "pix_fmt": "gray"}),
    ],
)
def test_odd_sizes_and_pixel_formats(tmp_path, name, size, kind):
    frames = frames_of(write_video(tmp_path / name, size=size, frames=4, **kind))
    assert [frame.image.shape for frame in frames] == [(size[1], size[0], 3)] * 4
    if size[0] > 20:
        assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 3]


def test_pixels_become_square(tmp_path):
    with VideoFile(write_video(tmp_path / "tv.mp4", aspect=Fraction(4, 3), frames=3)) as video:
        frames = list(video)
    assert (video.info.width, video.info.height) == (85, 48) == frames[0].image_size
    assert frames[0].image.shape == (48, 85, 3)


def test_huge_pictures_are_made_smaller_and_remember_their_size(tmp_path):
    path = write_video(
        tmp_path / "8k.mkv", size=(7680, 4320), frames=2, codec="mjpeg", pix_fmt="yuvj420p", paint=corners, rotation_ccw_deg=None
    )
    with VideoFile(path) as video:
        frames = list(video)
    assert (video.info.width, video.info.height) == (7680, 4320) == frames[0].image_size
    assert frames[0].image.shape == (1080, LONGEST_SIDE_PX, 3)
    assert video.info.scale == frames[0].scale == 0.25
    assert corner_colours(frames[0].image) == [RED, GREEN, BLUE, WHITE]


def test_a_huge_portrait_picture(tmp_path):
    path = write_video(tmp_path / "tall.mp4", size=(2560, 1440), frames=2, paint=corners, rotation_ccw_deg=-90)
    with VideoFile(path) as video:
        frames = list(video)
    assert frames[0].image_size == (1440, 2560)
    assert frames[0].image.shape == (1920, 1080, 3)
    assert frames[0].scale == 0.75
    assert corner_colours(frames[0].image) == [BLUE, RED, WHITE, GREEN]


@pytest.mark.parametrize("name", ["-x.mp4", "-", "a:b.mp4", "with space é 髋 🏋.mp4", "100%d.mp4", "file:x.mp4", "what?#.mp4"])
def test_any_name_works(tmp_path, monkeypatch, name):
    write_video(tmp_path / "plain.mp4", frames=2).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(frames_of(Path(name))) == 2


def test_a_name_that_is_not_text(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    try:
        write_video(tmp_path / "plain.mp4", frames=2).rename(path)
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    assert len(frames_of(path)) == 2


def test_sound_is_noticed_and_ignored(tmp_path):
    with VideoFile(write_video(tmp_path / "film.mp4", audio_s=2.0)) as video:
        assert len(list(video)) == 12
    assert video.info.has_audio
    assert video.info.duration_s == pytest.approx(0.4)
    assert not video.cut_short


def test_one_picture_is_a_video(tmp_path):
    with VideoFile(write_video(tmp_path / "one.mp4", frames=1)) as video:
        assert [frame.time_s for frame in video] == [0.0]
    assert video.info.frames_estimate == 1


def test_iterating_again_starts_again(tmp_path):
    with VideoFile(write_video(tmp_path / "film.mp4")) as video:
        first = next(iter(video))
        again = list(video)
        assert (again[0].image == first.image).all()
        assert len(again) == len(list(video)) == 12


def test_it_can_be_stopped_at_any_frame_and_from_another_thread(tmp_path):
    path = write_video(tmp_path / "film.mp4", frames=60)
    with VideoFile(path) as video:
        for stop in (0, 1, 59):
            stream = prefetched(video, 4)
            for frame in stream:
                if frame.index == stop:
                    break
            stream.close()
            assert frame.index == stop
        assert video.info.frames_estimate == 60
    path.unlink()


def test_it_must_be_opened_first(tmp_path):
    video = VideoFile(write_video(tmp_path / "film.mp4", frames=1))
    with pytest.raises(RuntimeError, match="with statement"):
        iter(video)
    with pytest.raises(RuntimeError, match="with statement"):
        _ = video.info


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error, VideoFile(path):
        pass
    message = str(error.value)
    assert message.startswith(str(path)), message
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_what_cannot_be_read_is_said_in_one_line(tmp_path):
    assert "no such file" in refused(tmp_path / "none.mp4")
    assert "is a folder" in refused(tmp_path)
    assert "is not a file" in refused(Path(os.devnull))
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in refused(tmp_path / "empty.mp4")
    for name in ("notes.mp4", "notes.txt", "notes"):
        (tmp_path / name).write_text("Not a film, but a text.\n" * 50, encoding="utf-8")
        assert "is not a video" in refused(tmp_path / name)
    (tmp_path / "zeros.mp4").write_bytes(bytes(5000))
    assert "is not a video" in refused(tmp_path / "zeros.mp4")
    assert "sound but no picture" in refused(write_sound(tmp_path / "sound.mp4"))
    assert "cannot be read" in refused(tmp_path / "zeros.mp4" / "film.mp4")


def test_a_picture_is_not_a_video(tmp_path):
    from PIL import Image

    for suffix in ("png", "jpg", "bmp"):
        Image.new("RGB", (64, 48)).save(tmp_path / f"still.{suffix}")
        assert "is not a video" in refused(tmp_path / f"still.{suffix}")


def test_a_playlist_is_never_followed(tmp_path):
    film = write_video(tmp_path / "film.mkv")
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n", encoding="utf-8")
    (tmp_path / "list.ffconcat").write_text(f"ffconcat version 1.0\nfile '{film.name}'\n", encoding="utf-8")
    assert "is not a video" in refused(tmp_path / "list.m3u8")
    assert "is not a video" in refused(tmp_path / "list.ffconcat")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = write_video(tmp_path / "film.mp4")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read" in refused(path)


@pytest.mark.parametrize(
    ("suffix", "words"),
    [(".avi", "no picture"), (".mp4", "no video"), (".mov", "no video"), (".mkv", "not a video"), (".webm", "not a video")],
)
def test_a_film_without_a_frame(tmp_path, suffix, words):
    assert words in refused(write_video(tmp_path / f"none{suffix}", frames=0))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi"])
def test_a_film_of_which_no_frame_can_be_decoded(tmp_path, suffix):
    path = write_video(tmp_path / f"noise{suffix}", frames=1, paint=busy, size=(160, 120))
    assert "no picture that can be decoded" in refused(scratch(path, 0.05, 0.9))


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.99])
def test_an_mp4_without_its_index_says_so(tmp_path, fraction):
    assert "is cut short" in refused(cut(write_video(tmp_path / "film.mp4", **BUSY), fraction))


@pytest.mark.parametrize(
    ("name", "container_options"),
    [
        ("film.mkv", {}),
        ("film.webm", {}),
        ("film.avi", {}),
        ("film.mp4", {"movflags": "faststart"}),
        ("film.mp4", {"movflags": "frag_keyframe+empty_moov"}),
    ],
)
def test_a_film_that_was_cut_short_gives_what_there_is(tmp_path, name, container_options):
    path = write_video(tmp_path / name, options={"g": "10"}, container_options=container_options, **BUSY)
    with VideoFile(path) as whole:
        assert len(list(whole)) == 90
    assert not whole.cut_short
    with VideoFile(cut(path, 0.6)) as video:
        frames = list(video)
    assert 25 < len(frames) < 65
    assert video.cut_short
    assert video.info.duration_s < 2.4
    assert np.diff([frame.time_s for frame in frames]).min() > 0


def test_damage_in_the_middle_is_left_out_and_told(tmp_path):
    path = scratch(write_video(tmp_path / "film.mp4", options={"g": "10", "bf": "0"}, **BUSY), 0.5, 0.56)
    with VideoFile(path) as video:
        frames = list(video)
    assert 0 < video.damaged_frames < 20
    assert len(frames) + video.damaged_frames + video.dropped_frames == 90
    assert frames[-1].time_s == pytest.approx(89 / 30)
    assert not video.cut_short
    (start, end), *more = video.damaged_ranges_s
    assert 1.2 < start < 1.7
    assert end - start == pytest.approx(video.damaged_frames / 30) or more
    times = np.array([frame.time_s for frame in frames])
    assert not ((times > start + 0.01) & (times < end - 0.01)).any()
    assert [frame.index for frame in frames] == list(range(len(frames)))


class Stuttering:
    """A container whose reading fails before the packets of these numbers, once each or for ever."""

    def __init__(self, container, fail_at, for_ever):
        self.container, self.fail_at, self.for_ever, self.done = container, set(fail_at), for_ever, 0
        self.format, self.packets = container.format, None

    def demux(self, stream):
        self.packets = self.packets or self.container.demux(stream)
        while True:
            if self.done in self.fail_at:
                if not self.for_ever:
                    self.fail_at.remove(self.done)
                raise av.error.InvalidDataError(1, "broken")
            self.done += 1
            try:
                yield next(self.packets)
            except StopIteration:
                return


@pytest.mark.parametrize(
    ("fail_at", "for_ever", "frames", "broke_off"), [([5], False, 12, False), ([5], True, 5, True), ([12], False, 12, True)]
)
def test_reading_goes_on_after_an_error_and_gives_up_in_the_end(tmp_path, fail_at, for_ever, frames, broke_off):
    container, stream = open_video(write_video(tmp_path / "film.avi"))
    with container:
        decoder = Decoder(Stuttering(container, fail_at, for_ever), stream, 1 / 30)
        assert len(list(decoder.frames())) == frames
    assert decoder.broke_off is broke_off


def test_a_name_longer_than_the_system_takes(tmp_path):
    assert "cannot be read" in refused(tmp_path / f"{'x' * 300}.mp4")


def test_damaged_files_write_nothing_on_the_terminal(tmp_path, capfd):
    for suffix in (".mp4", ".mkv", ".avi", ".webm", ".gif"):
        path = scratch(write_video(tmp_path / f"film{suffix}", paint=busy, size=(64, 48), frames=60), 0.4, 0.45)
        frames_of(path)
    capfd.readouterr()
    for suffix in (".mp4", ".mkv", ".avi", ".webm", ".gif"):
        frames_of(tmp_path / f"film{suffix}")
    assert capfd.readouterr() == ("", "")


def test_a_frame_must_be_a_picture():
    with pytest.raises(ValueError, match="image must be"):
        VideoFrame(0, 0.0, np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="image must be"):
        VideoFrame(0, 0.0, np.zeros((4, 6, 3), np.uint8)[:, ::2])
    assert VideoFrame(0, 0.0, np.zeros((4, 6, 3), np.uint8)).scale == 1.0
