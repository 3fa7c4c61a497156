"""The newest picture only, whatever the camera does: faults, back-off, going on, stopping."""

from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera_faults import CameraFault, FaultCode, backoff_s
from formcheck.capture.camera_thread import CameraThread
from formcheck.capture.clock import SimulatedClock, SystemClock
from formcheck.capture.feed import CameraFormat, CameraState, EndOfVideo, Look, Shot
from tests.cameras import WEBCAM, World, codes, first_s
from tests.videos import number_of, numbered


class Numbered:
    """A source whose pictures say their number; it may block, fail, or end."""

    name, is_bgr = "numbered", False
    format = CameraFormat(220, 16, 30.0, "", "FAKE")

    def __init__(self, clock, interval_s=0.002, last=10**9, fail_at=-1, block_at=-1):
        self.clock, self.interval_s, self.last, self.fail_at, self.block_at = clock, interval_s, last, fail_at, block_at
        self.made = 0
        self.released = threading.Event()
        self.let_go = threading.Event()

    def read(self):
        if self.made == self.fail_at:
            raise ZeroDivisionError("a bug of ours")
        if self.made == self.block_at:
            self.let_go.wait(30)
        if self.made >= self.last:
            raise EndOfVideo
        time.sleep(self.interval_s)
        shot = Shot(numbered(self.made % 2048, 220, 16), self.clock.now_s())
        self.made += 1
        return shot

    def interrupt(self):
        pass

    def release(self):
        self.released.set()


class Once:
    """Opens the same source each time."""

    name = "numbered"

    def __init__(self, source):
        self.source = source
        self.threads = []

    def open(self):
        self.threads.append(threading.current_thread())
        return self.source

    def is_gone(self):
        return False

    def lost(self, had_pictures):
        return faults.no_pictures(self.name)


def feed_of(**options):
    clock = SystemClock()
    source = Numbered(clock, **options)
    return CameraThread(Once(source), clock), source


def test_a_slow_consumer_always_gets_the_newest_picture():
    feed, source = feed_of()
    with feed:
        numbers, indices, times, dropped = [], [], [], 0
        for _ in range(25):
            time.sleep(0.011)
            before = source.made
            look = feed.newest(1.0)
            assert look.state is CameraState.LIVE and look.frame is not None
            number = number_of(look.frame.video.image)
            assert number == look.frame.number
            assert number >= before - 1, "an older picture than the newest was handed over"
            numbers.append(number)
            indices.append(look.frame.video.index)
            times.append(look.frame.video.time_s)
            dropped += look.frame.dropped
    assert numbers == sorted(set(numbers)) and numbers[-1] > 60
    assert indices == list(range(25))
    assert np.all(np.diff(times) > 0)
    assert dropped == feed.counter.dropped == numbers[-1] + 1 - 25
    assert feed.counter.handed_over == 25


def test_a_picture_is_handed_over_once():
    feed, _ = feed_of(last=1)
    with feed:
        first = feed.newest(2.0)
        again = feed.newest(0.0)
    assert first.frame is not None and again.frame is None


def test_waiting_ends_with_the_timeout_and_tells_that_it_is_opening():
    feed, source = feed_of(block_at=0)
    with feed:
        start = time.perf_counter()
        look = feed.newest(0.05)
        assert 0.04 < time.perf_counter() - start < 0.5
        assert look.frame is None and look.sentence == "Opening the camera …"
        source.let_go.set()


def test_the_last_picture_of_a_file_comes_before_its_end():
    feed, source = feed_of(last=5)
    with feed:
        assert source.released.wait(2.0)
        last = feed.newest(0.0)
        assert last.frame is not None and last.frame.number == 4
        assert feed.newest(0.0).state is CameraState.ENDED
        assert feed.newest(5.0).state is CameraState.ENDED
    assert feed.newest(0.0).state is CameraState.ENDED


def test_a_bug_in_the_thread_reaches_the_consumer_and_the_camera_is_closed():
    feed, source = feed_of(fail_at=3)
    with feed:
        assert source.released.wait(2.0)
        feed.newest(0.1)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError, match="a bug of ours"):
                feed.newest(1.0)


def test_stopping_ends_the_thread_and_closes_the_camera():
    before = threading.active_count()
    feed, source = feed_of()
    feed.start()
    assert feed.newest(2.0).frame is not None
    start = time.perf_counter()
    assert feed.stop()
    assert time.perf_counter() - start < 1.0
    assert source.released.is_set() and threading.active_count() == before
    assert feed.newest(1.0).state is CameraState.STOPPED
    assert feed.stop(), "stopping twice is as good as once"


def test_stopping_before_starting_and_starting_twice():
    feed, _ = feed_of()
    assert feed.stop()
    feed.start()
    with pytest.raises(RuntimeError, match="once"):
        feed.start()
    assert feed.stop()


def test_a_blocked_driver_is_named_and_does_not_hold_up_the_end():
    clock = SimulatedClock()
    source = Numbered(clock, block_at=2)
    feed = CameraThread(Once(source), clock)
    feed.start()
    while feed.counter.grabbed < 2:
        time.sleep(0.005)
    assert feed.newest(0.5).frame is not None
    clock.advance(2.0)
    assert feed.newest(0.0).state is CameraState.LIVE
    clock.advance(1.0)
    stuck = feed.newest(0.0)
    assert stuck.state is CameraState.WAITING and stuck.fault is not None and stuck.fault.code is FaultCode.NO_PICTURES
    assert stuck.retry_in_s is None and "unplug it" in stuck.sentence
    start = time.perf_counter()
    assert not feed.stop(0.2)
    assert time.perf_counter() - start < 0.8
    assert feed._thread is not None and feed._thread.daemon
    source.let_go.set()
    assert source.released.wait(2.0)
    feed._thread.join(2.0)
    assert not feed._thread.is_alive()


def test_a_driver_that_never_finishes_opening_is_named():
    clock = SimulatedClock()
    let_go = threading.Event()

    class Never(Once):
        def open(self):
            let_go.wait(30)
            return faults.failed("numbered")

    feed = CameraThread(Never(None), clock)
    feed.start()
    clock.advance(9.0)
    assert feed.newest(0.0).fault is None
    clock.advance(2.0)
    look = feed.newest(0.0)
    assert look.state is CameraState.OPENING and look.fault is not None and look.fault.code is FaultCode.NO_PICTURES
    assert not feed.stop(0.05)
    let_go.set()
    feed._thread.join(2.0)


def test_on_request_the_camera_is_opened_by_the_thread_that_starts_it():
    for here in (True, False):
        clock = SystemClock()
        opener = Once(Numbered(clock))
        with CameraThread(opener, clock, open_here=here) as feed:
            assert feed.newest(2.0).frame is not None
        assert (opener.threads == [threading.current_thread()]) is here


def test_the_index_goes_on_with_another_camera():
    clock = SystemClock()
    with CameraThread(Once(Numbered(clock)), clock) as first:
        seen = first.newest(2.0)
    with CameraThread(Once(Numbered(clock)), clock, first_index=first.counter.next_index) as second:
        then = second.newest(2.0)
    assert seen.frame and then.frame
    assert (seen.frame.video.index, then.frame.video.index) == (0, 1)
    assert then.frame.video.time_s > seen.frame.video.time_s


@pytest.mark.parametrize(
    ("state", "code", "word"),
    [
        ("black", "black", "cover"),
        ("dark", "dark", "light"),
        ("frozen", "frozen", "stands still"),
        ("slow", "slow", "10 pictures a second. More light usually helps"),
        ("small", "wrong_size", "320 x 240"),
        ("other size", "wrong_size", "changed from 640 x 480 to 1280 x 720"),
    ],
)
def test_what_is_wrong_with_the_picture_is_told_while_pictures_come(state, code, word):
    looks = World(lambda t: state if 5 <= t < 12 else "picture", end_s=20).run()
    assert codes(looks)[0] == "" and codes(looks)[-1] == ""
    fault = next(look.fault for _, look in looks if look.fault is not None and word in look.fault.sentence)
    assert fault.code == code and fault.code.shows_pictures
    assert 5 < first_s(looks, code) < 8.2
    frames = [look.frame for _, look in looks if look.frame]
    assert all(look.state is CameraState.LIVE for _, look in looks if look.frame)
    assert len(frames) > 400
    assert np.all(np.diff([frame.video.time_s for frame in frames]) > 0)


def test_a_camera_that_is_fine_is_never_complained_about():
    assert codes(World(lambda t: "picture", end_s=30).run()) == [""]


def test_pulled_out_in_the_middle_it_is_looked_for_and_goes_on_when_it_is_back():
    world = World(lambda t: "absent" if 5 <= t < 25 else "picture", end_s=40)
    looks = world.run()
    assert [code for code in codes(looks) if code] == ["pulled_out", "absent"]
    said = {look.sentence for _, look in looks if look.state is CameraState.WAITING}
    assert "Desk Camera was disconnected. Plug it in again; your count is kept. Looking for the camera again …" in said
    assert any("Desk Camera is not there. No camera is connected." in sentence for sentence in said)
    frames = [look.frame.video for _, look in looks if look.frame]
    times = np.array([frame.time_s for frame in frames])
    assert np.all(np.diff(times) > 0)
    gaps = times[1:][np.diff(times) > 1.0] - times[:-1][np.diff(times) > 1.0]
    assert len(gaps) == 1 and 20 <= gaps[0] < 27, "the time without pictures is a gap, once"
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(capture.released for capture in world.captures)
    assert looks[-1][1].state is CameraState.ENDED


def test_it_tries_again_after_half_a_second_then_one_two_four_and_five_for_ever():
    world = World(lambda t: "closed" if t < 30 else "picture", end_s=35, refusal=faults.busy(WEBCAM.name, "zoom"))
    looks = world.run()
    assert np.allclose(np.diff(world.opens_s), [0.5, 1, 2, 4, 5, 5, 5, 5, 5][: len(world.opens_s) - 1])
    assert len(world.opens_s) >= 8
    assert all(capture.released for capture in world.captures)
    waits = [look for _, look in looks if look.state is CameraState.WAITING]
    assert [look.retry_in_s for look in waits][:4] == [0.5, 1.0, 2.0, 4.0]
    assert all(look.sentence.startswith("zoom is using Desk Camera.") and "again …" in look.sentence for look in waits)


def test_a_camera_that_opens_and_fails_at_once_is_not_hammered():
    world = World(lambda t: "silent" if t < 30 else "picture", end_s=40)
    looks = world.run()
    assert codes(looks) == ["", "no_pictures", ""]
    # Each try takes the 4 s that a first picture may take, and then the pause, which grows.
    assert np.all(np.diff(np.diff(world.opens_s)) > -0.1) and np.diff(world.opens_s)[0] == pytest.approx(4.5, abs=0.1)


def test_after_two_good_seconds_the_pauses_begin_anew():
    def flapping(t):
        return "picture" if t < 5 or 16 < t < 22 or t > 24 else "closed"

    world = World(flapping, end_s=30)
    world.run()
    second = [time_s for time_s in world.opens_s if time_s > 22]
    assert np.diff(second)[0] == pytest.approx(1.0) or len(second) == 2
    assert second[0] - 23.0 < 0.7


@given(st.integers(1, 10_000))
def test_pauses_never_shrink_and_never_pass_five_seconds(failures):
    assert 0.5 <= backoff_s(failures) <= backoff_s(failures + 1) <= 5.0


def test_pauses_as_documented():
    assert [backoff_s(n) for n in range(1, 8)] == [0.5, 1, 2, 4, 5, 5, 5]
    with pytest.raises(ValueError, match="at least 1"):
        backoff_s(0)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["picture", "absent", "closed", "silent", "black", "slow", "other size"]), min_size=1, max_size=4))
def test_whatever_happens_times_rise_indices_count_and_it_recovers(states):
    world = World(lambda t: states[int(t // 4)] if t < 4 * len(states) else "picture", end_s=4 * len(states) + 14)
    looks = world.run()
    frames = [look.frame.video for _, look in looks if look.frame]
    assert np.all(np.diff([frame.time_s for frame in frames]) > 0)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert frames[-1].time_s > world.end_s - 0.2, "it goes on by itself"
    assert all(capture.released for capture in world.captures)
    assert all((look.state is CameraState.WAITING) <= (look.fault is not None) for _, look in looks)


def test_every_fault_has_a_sentence_that_says_what_to_do():
    some = [
        faults.absent("camera 3", ("A", "B")),
        faults.busy("X"),
        faults.forbidden("X", "Allow it in the settings."),
        faults.failed("x"),
        faults.pulled_out("x"),
        faults.no_pictures("x"),
        faults.frozen(),
        faults.black(),
        faults.dark(),
        faults.slow(9.6),
        faults.too_small((320, 240)),
    ]
    assert {fault.code for fault in some} == set(FaultCode)
    for fault, other in itertools.combinations(some, 2):
        assert fault.sentence != other.sentence
    for fault in some:
        assert (
            fault.sentence[0].isupper() and fault.sentence.endswith(".") and fault.sentence.count(".") >= 2 and "\n" not in fault.sentence
        )


def test_what_only_annoys_does_not_stop_a_session():
    assert {code.value for code in FaultCode if not code.blinds} == {"dark", "slow", "wrong_size"}
    assert Look(CameraState.LIVE, None, CameraFault(FaultCode.DARK, "Dark.")).sentence == "Dark."
