"""What the window shows: at every size, with every screen, nothing cut off and nothing that fails."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.coach.guidance import Breath, BreathMoment, BreathSeen, ChestMove, Correction, Count, Gauge, Hint, Screen, Stage
from formcheck.coach.moment import Discomfort, Signal
from formcheck.exercise import library
from formcheck.exercise.session import FrameResult, Phase
from formcheck.live.chooser import Chooser, Wishes
from formcheck.live.keys import event_of, key_name
from formcheck.live.view import LiveView
from formcheck.live.view_cards import Style, chooser_card, correction_card, hint_bar, text_card, title_card
from formcheck.motion.landmarks import Side
from formcheck.report.palette import COMFORT
from tests.live_parts import GREY, guided

SIZES = [(640, 480), (1280, 720), (1920, 1080), (3840, 2160), (480, 800), (320, 240)]
WAVE = tuple(1.1 * math.sin(place / 4) if not 18 <= place < 24 else math.nan for place in range(50))
HINTS = tuple(Hint(name, (key,), name) for name, key in (("pain", "P"), ("pause", "Space"), ("finish", "F"), ("mute", "M"), ("skip", "S")))
LONG = "A very long sentence that says what to do, in many words, and a Donaudampfschifffahrtsgesellschaftskapitän of a word besides. " * 2


def result() -> FrameResult:
    pose = guided(1)[0]
    return FrameResult(pose, {Side.RIGHT: 12.0, Side.LEFT: math.nan}, dict.fromkeys(Side, Phase.OUT), {"total": 0}, (), None)


def screens() -> dict[str, Screen]:
    gauge = Gauge(21.0, 25.0, 35.0, Phase.HOLD)
    counts = (Count(Side.RIGHT, 5, 12), Count(Side.LEFT, 0, 12))
    full = Screen(
        Stage.SET,
        title="Right leg: 5 of 12",
        instruction="Slow and even.",
        count=counts[0],
        counts=counts,
        gauge=gauge,
        breath=BreathMoment(Breath.IN, 0.4, 0.6),
        hints=HINTS,
    )
    return {
        "choose": Screen(Stage.CHOOSE, title="Choose your session", detail=(LONG, "Short.")),
        "framing": Screen(Stage.FRAMING, title="Place", instruction=LONG, detail=(LONG,), progress=0.4, hints=HINTS),
        "rest": Screen(Stage.REST, title="Keep still", instruction="Keep still.", progress=0.0, hints=HINTS),
        "set": full,
        "correction": replace(full, correction=Correction("foot_lifted", "Keep the foot flat.", LONG, 0.0), notice="Not counted."),
        "unknown": replace(full, gauge=Gauge(math.nan, math.nan, math.nan, Phase.UNSEEN, LONG), breath=None),
        "breath": replace(full, breath_seen=BreathSeen(ChestMove.IN, "breath: in", WAVE)),
        "breath unseen": replace(full, breath_seen=BreathSeen(ChestMove.UNSEEN, "breath not seen", (math.nan,) * 50)),
        "switch": Screen(
            Stage.SWITCH, title="Rest", instruction="Next", counts=counts, remaining_s=29.2, asks_discomfort=True, hints=HINTS
        ),
        "summary": Screen(Stage.SUMMARY, title="How it went", detail=("To work on:", LONG, LONG), asks_discomfort=True, hints=HINTS),
        "stopped": Screen(Stage.STOPPED, title="Stopped", detail=("Right leg: 3 of 12.",), advice=LONG, hints=HINTS),
        "done": Screen(Stage.DONE, title="Done", instruction="You can close the window."),
    }


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", screens())
def test_every_screen_at_every_size(name: str, size: tuple[int, int]) -> None:
    view = LiveView(size)
    rows = Chooser([library.load(one) for one in library.ids()], Wishes()).rows
    image = view.draw(GREY, result(), screens()[name], rows=rows, status="30 fps, full")
    assert image.shape == (size[1], size[0], 3) and image.dtype == np.uint8
    assert len(np.unique(image.reshape(-1, 3)[::7], axis=0)) > 5
    again = view.draw(GREY, result(), screens()[name], rows=rows, status="30 fps, full")
    np.testing.assert_array_equal(image, again)


@pytest.mark.parametrize("size", SIZES[:4], ids=str)
def test_cards_stay_within_what_they_are_given(size: tuple[int, int]) -> None:
    em = max(10.0, min(size[0] / 50, size[1] / 29))
    style = Style(em, 0.6 * size[0])
    for card in (title_card(style, LONG, LONG, (LONG,), 0.5), correction_card(style, LONG, LONG)):
        assert card.width <= style.most + 1
    assert text_card(style, "Title", (LONG, LONG), 0.8 * size[1]).height <= 0.8 * size[1]
    assert hint_bar(style, HINTS * 3, size[0], "status").width == size[0]
    rows = Chooser([library.load(one) for one in library.ids()], Wishes()).rows
    assert chooser_card(style, "Choose", rows, (LONG,)).width <= style.most + 1


def test_the_picture_is_mirrored_to_the_eye_and_the_words_are_not() -> None:
    half = GREY.copy()
    half[:, :320] = (200, 40, 40)
    view = LiveView((640, 480))
    screen = Screen(Stage.FRAMING, title="Place", instruction="Here")
    mirrored = view.draw(half, None, screen, mirrored=True)
    straight = view.draw(half, None, screen, mirrored=False)
    assert mirrored[300, 500, 0] == 200 and straight[300, 500, 0] == 120
    bright = [np.argwhere(image[10:60, 10:200].min(axis=2) > 230) for image in (mirrored, straight)]
    np.testing.assert_array_equal(*bright)
    assert len(bright[0]) > 50


def test_without_a_picture_there_is_still_a_window() -> None:
    image = LiveView((640, 480)).draw(None, None, Screen(Stage.FRAMING, title="Place", instruction="No camera."))
    assert image.shape == (480, 640, 3)


def test_the_breath_is_a_line_where_it_was_measured_and_words_where_it_was_not() -> None:
    def green(name: str) -> np.ndarray:
        image = LiveView((1280, 720)).draw(
            None, None, replace(screens()[name], gauge=Gauge(math.nan, math.nan, math.nan, Phase.UNSEEN, " "))
        )
        strip = image[560:690, 250:560]
        return (strip == COMFORT).all(axis=2)

    line, unseen = green("breath"), green("breath unseen")
    rows, columns = np.nonzero(line)
    assert np.ptp(rows) > 20 and np.ptp(columns) > 180 and not unseen.any()
    gap = line.any(axis=0)[columns.min() : columns.max()]
    assert 15 < (~gap).sum() < 60, "what was not measured is no line"


def test_feet_are_never_covered_during_a_set() -> None:
    tall = np.zeros((480, 640, 3), np.uint8)
    tall[470:] = (255, 0, 255)
    image = LiveView((1280, 720)).draw(tall, None, screens()["set"])
    assert (image == (255, 0, 255)).all(axis=2).sum(axis=1).max() > 300


@pytest.mark.parametrize(
    ("code", "name"),
    [(ord("p"), "p"), (ord("P"), "p"), (27, "esc"), (32, "space"), (13, "enter"), (65361, "left"), (2490368, "up"), (63233, "down"),
     (65456, "0"), (0x100000 | ord("7"), "7"), (-1, None), (0, None), (ord("-"), None), (65505, None)],
)  # fmt: skip
def test_keys_of_every_toolkit(code: int, name: str | None) -> None:
    assert key_name(code) == name


def test_what_keys_mean() -> None:
    plain, asks = Screen(Stage.SET), Screen(Stage.SWITCH, asks_discomfort=True)
    assert event_of("p", plain) is Signal.PAIN and event_of("esc", plain) is Signal.PAIN and event_of("space", plain) is Signal.PAUSE
    assert event_of("7", plain) is None and event_of("7", asks) == Discomfort(7) and event_of("t", asks) == Discomfort(10)
    assert event_of("esc", Screen(Stage.STOPPED)) is Signal.FINISH and event_of("q", plain) is None


def test_the_chooser_offers_what_an_exercise_allows() -> None:
    specs = [library.load(one) for one in library.ids()]
    chooser = Chooser(specs, Wishes(target=11))
    for _ in specs:
        choice = chooser.choice()
        assert choice.spec is chooser.spec and choice.target == 11
        for _ in range(6):
            chooser.press("down")
            chooser.press("right")
            chooser.choice()
        assert [row.active for row in chooser.rows] == [True] + [False] * 5
        chooser.press("right")
    chooser.press("4")
    assert chooser.choice().discomfort_before == 4


def test_repetitions_stay_within_what_is_advised() -> None:
    chooser = Chooser([library.load("hip-internal-rotation")], Wishes())
    for _ in range(3):
        chooser.press("down")
    for _ in range(20):
        chooser.press("right")
    assert chooser.choice().target == 15
    for _ in range(20):
        chooser.press("left")
    assert chooser.choice().target == 10
