"""The annotated video as a file: what is in it when it is read back, and that it is there whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from formcheck.errors import OutputError
from formcheck.report import annotated
from formcheck.report.annotated import AnnotatedVideo, h264_encoder, still
from formcheck.report.overlay import Overlay
from tests.test_report_overlay import SIZE, fault, moment, overlay, picture
from tests.videos import corner_colours, corners, number_of, numbered, write_sound, write_video


def write(path: Path, times_s: list[float], size: tuple[int, int] = (64, 48), paint=numbered, **settings: object) -> AnnotatedVideo:
    with AnnotatedVideo(path, **settings) as video:
        for index, time_s in enumerate(times_s):
            video.write(paint(index, *size), time_s)
    return video


def read(path: Path) -> tuple[list[float], list[np.ndarray], av.VideoFrame]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(frame.time) for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames], frames[0]


def sound_of(path: Path) -> tuple[str, np.ndarray, np.ndarray] | None:
    """Codec, (N,) seconds and (N,) loudness of the frames of sound; None without a sound track."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        frames = list(container.decode(audio=0))
        loudness = [float(np.sqrt(np.mean(frame.to_ndarray().astype(float) ** 2))) for frame in frames]
        return container.streams.audio[0].codec_context.name, np.array([float(frame.time) for frame in frames]), np.array(loudness)


def even_times(count: int, fps: float = 30.0) -> list[float]:
    return [index / fps for index in range(count)]


class TestTheFile:
    def test_it_is_what_browsers_play_and_holds_every_picture_in_order(self, tmp_path):
        path = tmp_path / "annotated.mp4"
        video = write(path, even_times(40))
        times, images, first = read(path)
        assert [number_of(image) for image in images] == list(range(40)) and video.frames == 40
        assert times == pytest.approx(even_times(40), abs=0.002)
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
            assert not container.streams.audio
        assert (first.width, first.height) == (64, 48)
        data = path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")

    @pytest.mark.parametrize(
        "times_s",
        [
            [0.0],
            [0.0, 0.2, 0.4, 0.6],
            even_times(60, 240.0),
            even_times(30, 5.0),
            even_times(30, 29.97),
            [0.0, 0.0333, 0.05, 0.5, 0.5011, 1.75, 9.0, 9.001],
            [0.4, 0.5, 0.65],
        ],
    )
    def test_every_picture_keeps_its_time(self, tmp_path, times_s):
        write(tmp_path / "a.mp4", times_s, fps=len(times_s) / (times_s[-1] + 0.1))
        times, _, _ = read(tmp_path / "a.mp4")
        assert times == pytest.approx(times_s, abs=0.002)

    def test_the_last_picture_lasts_as_long_as_the_one_before(self, tmp_path):
        write(tmp_path / "a.mp4", [0.0, 0.5, 1.0])
        with av.open(str(tmp_path / "a.mp4")) as container:
            stream = container.streams.video[0]
            assert float(stream.duration * stream.time_base) == pytest.approx(1.5, abs=0.002)

    @pytest.mark.parametrize("size", [(16, 16), (63, 47), (64, 47), (64, 50), (1, 1), (2, 300), (720, 1280)])
    def test_odd_sizes_become_even_by_a_pixel_at_most(self, tmp_path, size):
        write(tmp_path / "a.mp4", even_times(3), size, paint=lambda index, w, h: np.full((h, w, 3), 90, np.uint8))
        _, images, _ = read(tmp_path / "a.mp4")
        height, width = images[0].shape[:2]
        assert width % 2 == height % 2 == 0 and 0 <= width - size[0] <= 1 and 0 <= height - size[1] <= 1
        assert np.abs(images[-1].astype(int) - 90).max() <= 6

    def test_colours_and_corners_come_back_as_they_were(self, tmp_path):
        write(tmp_path / "a.mp4", even_times(5), (128, 96), paint=corners)
        _, images, first = read(tmp_path / "a.mp4")
        original = corners(0, 128, 96)
        assert corner_colours(images[-1]) == corner_colours(original)
        for y, x in ((24, 32), (24, 96), (72, 32), (72, 96)):
            assert np.abs(images[-1][y, x].astype(int) - original[y, x]).max() <= 14
        assert first.color_range == 1 and first.colorspace in (5, 6)

    @pytest.mark.slow
    def test_very_large_pictures_are_made_smaller(self, tmp_path):
        write(tmp_path / "a.mp4", even_times(2), (7680, 4320), paint=corners)
        _, images, _ = read(tmp_path / "a.mp4")
        assert images[0].shape == (1080, 1920, 3) and corner_colours(images[0]) == corner_colours(corners(0, 64, 48))

    def test_an_older_file_is_replaced(self, tmp_path):
        path = tmp_path / "a.mp4"
        path.write_text("old")
        write(path, even_times(3))
        assert len(read(path)[0]) == 3 and [item.name for item in tmp_path.iterdir()] == ["a.mp4"]

    @pytest.mark.parametrize("name", ["-a b.mp4", "視频 ü%03d.mp4", "a:b?.mp4" if sys.platform != "win32" else "a'b.mp4"])
    def test_any_name_will_do(self, tmp_path, name):
        write(tmp_path / name, even_times(3))
        assert [item.name for item in tmp_path.iterdir()] == [name]


class TestWholeOrNotAtAll:
    def test_it_is_not_there_before_it_is_whole(self, tmp_path):
        path = tmp_path / "a.mp4"
        with AnnotatedVideo(path) as video:
            for index in range(20):
                video.write(numbered(index, 64, 48), index / 30)
                assert not path.exists()
        assert path.exists()

    @pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
    def test_an_exception_leaves_nothing_behind(self, tmp_path, error):
        with pytest.raises(type(error)), AnnotatedVideo(tmp_path / "a.mp4") as video:
            for index in range(20):
                video.write(numbered(index, 64, 48), index / 30)
            raise error
        assert not list(tmp_path.iterdir())

    def test_an_exception_keeps_the_file_of_before(self, tmp_path):
        (tmp_path / "a.mp4").write_text("old")
        with pytest.raises(RuntimeError), AnnotatedVideo(tmp_path / "a.mp4") as video:
            video.write(picture(), 0.0)
            raise RuntimeError
        assert (tmp_path / "a.mp4").read_text() == "old" and len(list(tmp_path.iterdir())) == 1

    def test_a_video_that_is_abandoned_leaves_nothing_behind(self, tmp_path):
        with AnnotatedVideo(tmp_path / "a.mp4") as video:
            video.write(picture(), 0.0)
            video.abandon()
        assert not list(tmp_path.iterdir())

    def test_without_a_picture_there_is_no_file_and_a_reason(self, tmp_path):
        with pytest.raises(OutputError, match="no picture"), AnnotatedVideo(tmp_path / "a.mp4"):
            pass
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("where", ["missing/a.mp4", "file/a.mp4"])
    def test_a_folder_that_cannot_be_written_is_told_before_the_work(self, tmp_path, where):
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match="could not be written"), AnnotatedVideo(tmp_path / where):
            raise AssertionError("entered")

    def test_a_folder_in_the_way_is_an_error_and_nothing_else_stays(self, tmp_path):
        (tmp_path / "a.mp4").mkdir()
        with pytest.raises(OutputError, match=r"a\.mp4"):
            write(tmp_path / "a.mp4", even_times(2))
        assert [item.name for item in tmp_path.iterdir()] == ["a.mp4"]

    @pytest.mark.skipif(sys.platform == "win32", reason="no limits on file size there")
    @pytest.mark.parametrize("room", [0, 20_000, 400_000])
    @pytest.mark.parametrize("beside", [True, False])
    def test_a_full_disk_is_an_error_and_leaves_nothing_behind(self, tmp_path, room, root, beside):
        code = f"""
import resource, sys
from pathlib import Path
import numpy as np
from formcheck.errors import OutputError
from formcheck.report.annotated import AnnotatedVideo
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
noise = np.random.default_rng(1)
try:
    with AnnotatedVideo(Path({str(tmp_path / "a.mp4")!r}), beside={beside}) as video:
        for k in range(60):
            video.write(noise.integers(0, 255, (240, 320, 3), np.uint8), k / 30)
except OutputError as error:
    print(error)
    sys.exit(3)
"""
        done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 3, done.stderr
        assert "could not be written" in done.stdout and len(done.stdout.splitlines()) == 1
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("beside", [True, False])
    def test_trouble_of_the_encoder_reaches_the_caller_and_never_blocks(self, tmp_path, monkeypatch, beside):
        def broken(self: object, image: object, time_s: float) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(annotated._Encoder, "add", broken)
        with pytest.raises(OutputError, match="no space left"):
            write(tmp_path / "a.mp4", even_times(100), beside=beside)
        assert not list(tmp_path.iterdir())

    def test_a_picture_that_does_not_fit_the_others_is_refused(self, tmp_path):
        bad = [
            (picture((64, 50)), 1.0),
            (picture((64, 48)).astype(float), 1.0),
            (picture((64, 48)), 0.0),
            (picture((64, 48)), float("nan")),
        ]
        for image, time_s in bad:
            with pytest.raises(ValueError, match="must be"), AnnotatedVideo(tmp_path / "a.mp4") as video:
                video.write(picture((64, 48)), 0.0)
                video.write(image, time_s)
            assert not list(tmp_path.iterdir())


class TestTheEncoder:
    def test_a_thread_of_its_own_changes_nothing_in_the_file(self, tmp_path):
        source = write_video(tmp_path / "s.mp4", frames=60, audio_s=1.5)
        for name, beside in (("a.mp4", True), ("b.mp4", False)):
            write(tmp_path / name, even_times(60), sound_from=source, beside=beside)
        assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()

    def test_without_a_thread_what_goes_wrong_outside_leaves_nothing(self, tmp_path):
        with pytest.raises(KeyError), AnnotatedVideo(tmp_path / "a.mp4", beside=False) as video:
            video.write(picture((64, 48)), 0.0)
            raise KeyError
        with AnnotatedVideo(tmp_path / "a.mp4", beside=False) as video:
            video.write(picture((64, 48)), 0.0)
            video.abandon()
        assert not list(tmp_path.iterdir())

    def test_a_software_encoder_comes_with_pyav(self):
        assert h264_encoder() in ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf")

    def test_what_is_compiled_in_but_does_not_open_is_passed_over(self, monkeypatch):
        monkeypatch.setattr(annotated, "_ENCODERS", ("h264_nvenc_of_another_machine", "h264_v4l2m2m", "libx264"))
        assert h264_encoder() == "libx264"

    def test_none_at_all_is_told_with_what_to_do(self, monkeypatch, tmp_path):
        monkeypatch.setattr(annotated, "_ENCODERS", ("not_there",))
        with pytest.raises(OutputError, match=r"no H\.264 encoder .* --no-annotated"):
            write(tmp_path / "a.mp4", even_times(3))
        assert not list(tmp_path.iterdir())


class TestTheSound:
    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
    def test_it_is_kept_as_aac_as_long_as_the_pictures(self, tmp_path, suffix):
        source = write_video(tmp_path / f"source{suffix}", frames=60, audio_s=3.0)
        video = write(tmp_path / "a.mp4", even_times(60), sound_from=source)
        codec, times, loudness = sound_of(tmp_path / "a.mp4")
        assert codec == "aac" and video.sound_trouble is None
        assert times[0] == pytest.approx(0.0, abs=0.03) and times[-1] == pytest.approx(2.0, abs=0.06)
        assert np.median(loudness) == pytest.approx(np.median(sound_of(source)[2]), rel=0.1)
        assert read(tmp_path / "a.mp4")[0] == pytest.approx(even_times(60), abs=0.002)

    def test_it_stays_in_step_when_the_pictures_of_the_source_begin_late(self, tmp_path):
        source = write_video(tmp_path / "s.mkv", frames=30, times_s=[1.0 + k / 30 for k in range(30)], audio_s=2.0)
        write(tmp_path / "a.mp4", even_times(30), sound_from=source)
        _, times, _ = sound_of(tmp_path / "a.mp4")
        assert times[0] == pytest.approx(0.0, abs=0.04) and times[-1] == pytest.approx(1.0, abs=0.06)

    def test_sound_that_ends_early_does_not_end_the_pictures(self, tmp_path):
        source = write_video(tmp_path / "s.mp4", frames=60, audio_s=0.5)
        write(tmp_path / "a.mp4", even_times(60), sound_from=source)
        assert len(read(tmp_path / "a.mp4")[0]) == 60
        assert sound_of(tmp_path / "a.mp4")[1][-1] < 0.7

    def test_a_silent_source_is_no_trouble(self, tmp_path):
        video = write(tmp_path / "a.mp4", even_times(3), sound_from=write_video(tmp_path / "s.mp4"))
        assert sound_of(tmp_path / "a.mp4") is None and video.sound_trouble is None

    @pytest.mark.parametrize("kind", ["missing", "text", "broken"])
    def test_sound_that_cannot_be_read_costs_only_the_sound(self, tmp_path, kind):
        source = tmp_path / "s.mp4"
        if kind == "text":
            source.write_text("no video at all")
        elif kind == "broken":
            write_sound(source, 2.0)
            data = bytearray(source.read_bytes())
            start = data.index(b"mdat") + 4
            data[start : start + 6000] = np.random.default_rng(3).integers(0, 255, 6000, dtype=np.uint8).tobytes()
            source.write_bytes(bytes(data))
        video = write(tmp_path / "a.mp4", even_times(30), sound_from=source)
        assert len(read(tmp_path / "a.mp4")[0]) == 30
        assert kind == "broken" or (video.sound_trouble and "sound" in video.sound_trouble)

    def test_sound_that_breaks_off_in_the_middle_costs_only_the_rest(self, tmp_path, monkeypatch):
        source = write_video(tmp_path / "s.webm", frames=60, audio_s=2.0)
        honest = annotated.SoundTrack._read
        calls = []

        def breaking(self: object) -> object:
            calls.append(1)
            if len(calls) == 20:
                self._packets = _breaking_off()
            return honest(self)

        monkeypatch.setattr(annotated.SoundTrack, "_read", breaking)
        video = write(tmp_path / "a.mp4", even_times(60), sound_from=source)
        assert len(read(tmp_path / "a.mp4")[0]) == 60 and "broke" in video.sound_trouble
        assert 0.2 < sound_of(tmp_path / "a.mp4")[1][-1] < 1.0


def _breaking_off():
    raise ValueError("it broke off")
    yield


class TestStills:
    @pytest.mark.parametrize(("size", "expected"), [((640, 480), (640, 480)), ((1280, 720), (640, 360)), ((16, 16), (16, 16))])
    def test_a_still_is_a_small_jpeg_with_the_drawing(self, size, expected):
        image = picture(size)
        before = image.copy()
        data = still(image, moment(faults=(fault(),)), overlay(size))
        shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert data[:2] == b"\xff\xd8" and shown.shape == (expected[1], expected[0], 3)
        assert (np.abs(shown.astype(int) - 120).max(axis=2) > 40).mean() > 0.03
        assert (image == before).all()

    def test_it_shows_the_fault_in_its_colour(self):
        data = still(picture(), moment(faults=(fault(),)), overlay())
        shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB).astype(int)
        assert ((shown[..., 0] > 220) & (shown[..., 1] < 120) & (shown[..., 2] < 100)).sum() > 1000

    def test_it_does_not_disturb_the_video(self):
        used, fresh = overlay(), overlay()
        for k in range(3):
            assert (used.draw(picture(), moment(k / 30)) == fresh.draw(picture(), moment(k / 30))).all()
            still(picture(), moment(7.0, faults=(fault(),)), used)

    def test_a_picture_of_another_size_is_refused(self):
        with pytest.raises(ValueError, match="must be"):
            still(picture((1280, 722)), moment(), overlay((1280, 720)))


@pytest.mark.slow
def test_drawing_and_encoding_keep_up_with_a_video_many_times_over(tmp_path):
    import time

    drawing: Overlay = overlay()
    start = time.perf_counter()
    with AnnotatedVideo(tmp_path / "a.mp4") as video:
        for k in range(150):
            video.write(drawing.draw(picture(), moment(k / 30, 20 * abs(np.sin(k / 30)), faults=(fault(),) if k > 75 else ())), k / 30)
    # 3.5 ms were aimed at; a busy machine may take several times as long.
    assert (time.perf_counter() - start) / 150 < 0.02
    assert read(tmp_path / "a.mp4")[1][0].shape == (SIZE[1], SIZE[0], 3)
