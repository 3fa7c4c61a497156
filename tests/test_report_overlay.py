"""The drawing of a moment: what is there, that it fits, and that words stay words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.frames import frame_results
from formcheck.exercise.session import FAULT_CODES, Fault, FaultCode, FrameResult, Phase
from formcheck.motion.landmarks import Landmark, PoseFrame, Side
from formcheck.report.overlay import Overlay
from formcheck.report.overlay_banner import fault_banner, title_strip
from formcheck.report.overlay_moment import ShownFault, Unseen
from formcheck.report.overlay_place import Rect, hides, places
from formcheck.report.overlay_skeleton import RestDirections, arc_of, picture_points
from formcheck.report.overlay_sprites import Canvas, Sprite, SpriteCache
from formcheck.report.palette import most_important
from formcheck.report.text import BOLD, LINE_HEIGHT, fitted, text_mask, text_width_px, wrapped
from tests.builders import example_recording, example_report, seated_points

SIZE = (640, 480)
NO_ANGLE = {side: math.nan for side in Side}
LONG = "Your knee turned much further than the comfortable limit; stop earlier, at a gentle stretch, and keep the sole planted. " * 2


def fault(code: FaultCode = FaultCode.OVER_ROTATION, message: str = "Stop a little earlier.", severity: str = "fault") -> Fault:
    return Fault(code, severity, "right", 2, 0.0, 99.0, 41.2, 35.0, "deg", message)


def moment(
    time_s: float = 1.0,
    tilt_deg: float = 20.0,
    *,
    angle_deg: float | None = None,
    phase: Phase = Phase.OUT,
    count: int = 3,
    faults: tuple[Fault, ...] = (),
    size: tuple[int, int] = SIZE,
) -> FrameResult:
    xy = seated_points(tilt_deg)
    pose = PoseFrame(round(30 * time_s), time_s, xy, np.zeros((33, 3)), np.ones(33), size)
    angles = {Side.RIGHT: tilt_deg if angle_deg is None else angle_deg, Side.LEFT: 0.0}
    phases = {Side.RIGHT: phase, Side.LEFT: Phase.REST}
    return FrameResult(pose, angles, phases, {"left": 0, "right": count, "both": 0, "total": count}, faults, None)


def nobody(time_s: float = 1.0) -> FrameResult:
    phases = dict.fromkeys(Side, Phase.UNSEEN)
    return replace(moment(), pose=PoseFrame.missing(30, time_s, SIZE), angle_deg=NO_ANGLE, phase=phases)


def picture(size: tuple[int, int] = SIZE, value: int = 120) -> np.ndarray:
    return np.full((size[1], size[0], 3), value, np.uint8)


def overlay(size: tuple[int, int] = SIZE, sides: Iterable[str] = ("right",), **more: object) -> Overlay:
    settings = {"title": "Hip internal rotation", "target_reps": (10, 15), "limit_deg": 35.0} | more
    return Overlay(size, sides=sides, **settings)


def changed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(H, W) where two pictures differ."""
    return (a != b).any(axis=2)


class TestTheWholePicture:
    def test_the_input_stays_as_it_was_and_the_result_is_a_new_picture_of_its_shape(self):
        image = picture()
        before = image.copy()
        drawn = overlay().draw(image, moment(faults=(fault(),)))
        assert (image == before).all()
        assert drawn.shape == image.shape and drawn.dtype == np.uint8 and drawn.flags.c_contiguous
        assert not np.shares_memory(drawn, image) and changed(drawn, image).any()

    @pytest.mark.parametrize("size", [(1, 1), (2, 3), (16, 16), (64, 48), (160, 120), (720, 1280), (30, 900), (900, 30), (1921, 1079)])
    @pytest.mark.parametrize("sides", [(), ("right",), ("left", "right"), ("both",), ("both", "left", "right")])
    def test_any_size_is_drawn(self, size, sides):
        image = picture(size)
        for result in (moment(faults=(fault(message=LONG),), size=(640, 480)), nobody()):
            assert overlay(size, sides).draw(image, result).shape == image.shape

    def test_a_picture_of_another_size_or_type_is_refused(self):
        for image in (picture((640, 481)), picture().astype(np.float32), picture()[:, :, 0]):
            with pytest.raises(ValueError, match="must be"):
                overlay().draw(image, moment())

    def test_landmarks_of_a_larger_original_land_in_the_same_place(self):
        big = moment()
        points = PoseFrame(big.pose.index, big.pose.time_s, big.pose.image_xy * 4, big.pose.world_xyz, big.pose.visibility, (2560, 1920))
        assert (overlay().draw(picture(), replace(big, pose=points)) == overlay().draw(picture(), big)).all()

    def test_the_same_moments_give_the_same_pictures(self):
        first, second = overlay(), overlay()
        for k in range(4):
            result = moment(k / 30, 5.0 * k)
            assert (first.draw(picture(), result) == second.draw(picture(), result)).all()

    def test_every_moment_of_a_session_is_drawn_and_the_pictures_follow_the_movement(self):
        recording = example_recording(6.0, reps=1)
        report = example_report(recording, reps=1)
        drawing = Overlay.of(report, SIZE)
        drawn = [drawing.draw(picture(), result) for result in frame_results(recording, report)]
        assert len(drawn) == len(recording)
        assert changed(drawn[0], drawn[60]).sum() > 500


class TestThePerson:
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30])
    def test_a_landmark_that_is_nowhere_is_left_out(self, value):
        base = moment()
        xy = base.pose.image_xy.copy()
        xy[Landmark.RIGHT_KNEE] = value
        pose = PoseFrame(0, 1.0, xy, base.pose.world_xyz, base.pose.visibility, SIZE)
        drawn = overlay().draw(picture(), replace(base, pose=pose, angle_deg=NO_ANGLE))
        assert drawn.shape == (480, 640, 3)

    def test_a_landmark_that_is_hardly_visible_is_left_out(self):
        base = moment()
        seen = base.pose.visibility.copy()
        seen[Landmark.RIGHT_ANKLE] = 0.2
        pose = PoseFrame(0, 1.0, base.pose.image_xy, base.pose.world_xyz, seen, SIZE)
        points = picture_points(pose, *SIZE)
        assert np.isnan(points[Landmark.RIGHT_ANKLE]).all()
        assert np.allclose(points[Landmark.RIGHT_KNEE], base.pose.image_xy[Landmark.RIGHT_KNEE])

    def test_the_working_leg_is_drawn_stronger_than_the_other(self):
        drawn = changed(overlay().draw(picture(), moment(tilt_deg=0.0)), picture())
        row = 330
        right, left = drawn[row, 200:320].sum(), drawn[row, 321:440].sum()
        assert right > left > 0

    def test_nobody_draws_no_body_and_says_so(self):
        drawn = overlay().draw(picture(), nobody())
        silent = overlay().draw(picture(), replace(moment(), angle_deg=NO_ANGLE))
        body = np.s_[150:380, 250:400]
        assert not changed(drawn, picture())[body].any() and changed(silent, picture())[body].any()
        middle = np.s_[430:475, 230:410]
        assert changed(drawn, picture())[middle].mean() > 0.5

    def test_a_blink_of_the_pose_model_is_not_worth_a_word(self):
        unseen = Unseen()
        assert unseen.update(nobody(0.0))
        assert not unseen.update(moment(1.0))
        assert not unseen.update(nobody(1.1))
        assert unseen.update(nobody(1.5))


class TestTheAngle:
    def test_the_arc_spans_from_rest_to_now(self):
        rest = RestDirections()
        still = picture_points(moment(0.0, 0.0).pose, *SIZE)
        rest.update(still, {Side.RIGHT: Phase.REST}, "hip rotation", 0.0)
        arc = arc_of(picture_points(moment(1.0, 25.0).pose, *SIZE), Side.RIGHT, "hip rotation", rest)
        assert math.degrees(abs(arc.sweep_rad)) == pytest.approx(25.0, abs=0.01)
        assert math.degrees(arc.from_rad) == pytest.approx(90.0, abs=0.01)

    def test_the_arc_of_a_bent_joint_needs_no_rest(self):
        xy = seated_points()
        xy[Landmark.RIGHT_HIP], xy[Landmark.RIGHT_KNEE], xy[Landmark.RIGHT_ANKLE] = (100, 100), (200, 100), (200, 200)
        arc = arc_of(xy, Side.RIGHT, "knee flexion", RestDirections())
        assert math.degrees(arc.sweep_rad) == pytest.approx(90.0)

    def test_an_angle_without_a_place_on_the_body_has_no_arc(self):
        assert arc_of(seated_points(), Side.RIGHT, "trunk lean", RestDirections()) is None

    def test_the_rest_is_followed_slowly_and_only_while_the_leg_rests(self):
        rest = RestDirections()
        rest.update(seated_points(0.0), {Side.RIGHT: Phase.REST}, "hip rotation", 0.0)
        first = rest.of(Side.RIGHT)
        rest.update(seated_points(20.0), {Side.RIGHT: Phase.OUT}, "hip rotation", 0.1)
        assert rest.of(Side.RIGHT) == first and math.isnan(rest.of(Side.LEFT))
        for k in range(60):
            rest.update(seated_points(6.0), {Side.RIGHT: Phase.REST}, "hip rotation", 0.2 + k / 30)
        assert math.degrees(abs(rest.of(Side.RIGHT) - first)) == pytest.approx(6.0, abs=0.1)

    def test_an_angle_that_was_not_measured_shows_neither_number_nor_pointer(self):
        hidden = overlay().draw(picture(), replace(moment(), angle_deg=NO_ANGLE))
        shown = overlay().draw(picture(), moment())
        label = np.s_[255:320, 150:260]
        assert not changed(hidden, picture())[label].any() and changed(shown, picture())[label].any()
        gauge = np.s_[90:118, 10:200]
        assert changed(hidden, shown)[gauge].any()

    def test_the_number_is_rounded_to_whole_degrees(self):
        a, b, c = (overlay().draw(picture(), moment(angle_deg=value)) for value in (19.6, 20.4, 21.4))
        label = np.s_[250:320, 150:262]
        assert not changed(a, b)[label].any() and changed(a, c)[label].any()

    def test_the_pointer_of_the_gauge_moves_with_the_angle_and_stays_in_its_panel(self):
        frames = [overlay().draw(picture(), moment(angle_deg=value)) for value in (-500.0, 0.0, 30.0, 44.0, 500.0)]
        strip = np.s_[85:125, :]
        columns = [np.flatnonzero(changed(frame, frames[1])[strip].any(axis=0)) for frame in (frames[0], *frames[2:])]
        assert all(len(found) for found in columns)
        assert max(found.max() for found in columns) < 205
        assert columns[1].max() < columns[2].max() <= columns[3].max()

    def test_a_direction_that_counts_downwards_is_shown_upwards(self):
        up = overlay().draw(picture(), moment(angle_deg=20.0))
        assert (overlay(sign=-1).draw(picture(), moment(angle_deg=-20.0)) == up).all()
        assert (overlay(sign=0).draw(picture(), moment(angle_deg=-20.0)) == up).all()

    def test_the_sign_that_counts_is_read_from_the_report(self):
        recording = example_recording()
        report = example_report(recording)
        turned = {side: -values for side, values in report.timeline.shown_deg.items()}
        other = replace(report, timeline=replace(report.timeline, shown_deg=turned))
        results = zip(frame_results(recording, report), frame_results(recording, other), strict=True)
        mine, theirs = next(pair for pair in results if pair[0].angle_deg[Side.RIGHT] > 15)
        assert theirs.angle_deg[Side.RIGHT] < -15
        ours = Overlay.of(report, SIZE).draw(picture(), mine)
        assert (Overlay.of(other, SIZE).draw(picture(), theirs) == ours).all()


class TestThePanel:
    def test_the_count_is_drawn(self):
        two, three = (overlay().draw(picture(), moment(count=count)) for count in (2, 3))
        found = np.argwhere(changed(two, three))
        assert len(found) > 50 and found.max(axis=0)[1] < 205 and found.max(axis=0)[0] < 70

    def test_each_phase_has_its_own_shape(self):
        drawn = [overlay().draw(picture(), moment(phase=phase)) for phase in Phase]
        icon = np.s_[65:90, 15:45]
        for a in range(len(drawn)):
            for b in range(a):
                # Shape, not colour alone: somewhere one has ink where the other has none.
                light = [drawn[k][icon].max(axis=2) > 120 for k in (a, b)]
                assert (light[0] != light[1]).sum() > 8

    def test_two_legs_have_a_panel_each_and_none_overlap(self):
        drawn = changed(overlay(sides=("left", "right")).draw(picture(), nobody()), picture())
        top = drawn[15:100]
        assert top[:, 20:190].all() and top[:, 450:620].all() and not top[:, 200:440].any()

    def test_a_session_without_a_working_leg_shows_both(self):
        assert (overlay(sides=()).draw(picture(), nobody()) == overlay(sides=("left", "right")).draw(picture(), nobody())).all()

    def test_without_a_limit_there_is_no_mark_of_one(self):
        with_limit, without = (overlay(limit_deg=limit).draw(picture(), nobody()) for limit in (35.0, math.nan))
        assert changed(with_limit, without)[60:120, 100:200].any()

    def test_text_is_legible_on_the_lightest_and_darkest_picture(self):
        for value in (0, 255):
            drawn = overlay().draw(picture(value=value), nobody())
            panel = drawn[15:110, 20:190].astype(float) / 255
            linear = np.where(panel <= 0.04045, panel / 12.92, ((panel + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
            ground = np.percentile(linear, 50)
            assert (linear.max() + 0.05) / (ground + 0.05) >= 7


class TestTheBanner:
    def test_a_long_message_is_drawn_whole_and_inside_the_picture(self):
        assert len(LONG) > 200
        for size in (SIZE, (1280, 720), (720, 1280), (320, 240)):
            plain, told = (overlay(size).draw_moment(picture(size), replace(moment(), faults=f)) for f in ((), (fault(message=LONG),)))
            rows, columns = np.nonzero(changed(plain, told))
            assert len(rows) > 0.05 * size[0] * size[1]
            assert rows.min() > 0 and columns.min() > 0 and rows.max() < size[1] - 1 and columns.max() < size[0] - 1

    def test_the_last_word_of_a_long_message_is_in_the_picture(self):
        a, b = (overlay().draw_moment(picture(), moment(faults=(fault(message=f"{LONG}{word}"),))) for word in ("stop", "wait"))
        assert changed(a, b).sum() > 20

    def test_different_messages_are_different_pictures(self):
        a, b = (overlay().draw_moment(picture(), moment(faults=(fault(message=words),))) for words in ("Sit tall again.", "Slow down."))
        assert changed(a, b).any()

    @pytest.mark.parametrize("message", ["", " ", "x" * 300, "膝が限界を超えて回りました。" * 8, "a\nb\tc", "\ud800", "🦵" * 30])
    def test_any_message_can_be_drawn(self, message):
        assert overlay().draw_moment(picture(), moment(faults=(fault(message=message),))).shape == (480, 640, 3)

    def test_where_no_words_fit_the_warning_sign_stands_alone(self):
        plain, told = (overlay((40, 40)).draw(picture((40, 40)), moment(faults=f)) for f in ((), (fault(),)))
        assert changed(plain, told).sum() > 50
        assert fault_banner(fault(message=LONG), 60, 20, 20.0) is None

    def test_one_at_a_time_and_the_most_important(self):
        order = [FaultCode.FOOT_LIFTED, FaultCode.OVER_ROTATION, FaultCode.TOO_FAST, FaultCode.JERKY, FaultCode.TRUNK_LEAN]
        for k, code in enumerate(order):
            later = tuple(fault(other) for other in reversed(order[k:]))
            assert most_important(later).code is code
        assert all(most_important((fault(code),)).code is code for code in FAULT_CODES)
        assert most_important(()) is None
        both = overlay().draw_moment(picture(), moment(faults=(fault(FaultCode.JERKY, "Jerk."), fault(FaultCode.FOOT_LIFTED, "Foot."))))
        assert (both == overlay().draw_moment(picture(), moment(faults=(fault(FaultCode.FOOT_LIFTED, "Foot."),)))).all()

    def test_it_leaves_the_legs_alone_where_there_is_room(self):
        told = overlay().draw_moment(picture(), moment(faults=(fault(),)))
        plain = overlay().draw_moment(picture(), moment())
        rows = np.flatnonzero(changed(told, plain).any(axis=1))
        assert rows.max() < 240 or rows.min() > 380

    def test_it_stays_for_as_long_as_it_takes_to_read(self):
        shown = ShownFault()
        short = fault(FaultCode.TOO_FAST, "That was hurried. Take about two seconds.")
        assert shown.update((short,), 1.0) is short
        assert shown.update((), 1.2) is short and shown.update((), 2.5) is short
        assert shown.update((), 6.0) is None

    def test_a_more_important_mistake_takes_its_place_at_once_a_lesser_one_waits(self):
        shown = ShownFault()
        fast, foot, jerk = fault(FaultCode.TOO_FAST), fault(FaultCode.FOOT_LIFTED), fault(FaultCode.JERKY)
        shown.update((fast,), 0.0)
        assert shown.update((fast, foot), 0.1) is foot
        assert shown.update((jerk,), 0.3) is foot
        assert shown.update((jerk,), 1.2) is jerk

    def test_drawing_a_moment_by_itself_disturbs_nothing(self):
        undisturbed, disturbed = overlay(), overlay()
        for k in range(5):
            result = moment(k / 30, 3.0 * k, phase=Phase.REST if k < 2 else Phase.OUT)
            disturbed.draw_moment(picture(), moment(9.0, faults=(fault(),)))
            assert (disturbed.draw(picture(), result) == undisturbed.draw(picture(), result)).all()

    def test_following_without_drawing_remembers_the_same(self):
        drew, followed = overlay(), overlay()
        for k in range(4):
            result = moment(k / 30, 3.0 * k, phase=Phase.REST if k < 2 else Phase.OUT, faults=(fault(),) if k == 2 else ())
            drew.draw(picture(), result)
            followed.follow(result)
        last = moment(0.2, 25.0)
        assert (drew.draw(picture(), last) == followed.draw(picture(), last)).all()
        assert changed(followed.draw_moment(picture(), last), overlay().draw_moment(picture(), last)).any()

    def test_time_that_goes_backwards_begins_anew(self):
        used = overlay()
        used.draw(picture(), moment(5.0, faults=(fault(),)))
        assert (used.draw(picture(), moment(0.0)) == overlay().draw(picture(), moment(0.0))).all()


class TestWords:
    @given(st.text(max_size=120), st.integers(30, 400), st.integers(8, 40))
    def test_wrapping_loses_nothing_and_keeps_the_width(self, text, width, size):
        text = text.encode("utf-8", "replace").decode()
        lines = wrapped(text, width, size)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert all(text_width_px(line, size) <= width or len(line) == 1 for line in lines)

    def test_no_text_has_no_width_and_no_line(self):
        assert text_width_px("", 20) == 0 and wrapped("  \n", 100, 20) == []
        assert title_strip(" ", 300, 20.0) is None

    def test_text_that_does_not_fit_becomes_smaller_and_is_never_cut(self):
        words = "Keep the whole sole planted and turn less far"
        block = fitted(words, (200, 60), 24, 6)
        assert block.size_px < 24 and " ".join(block.lines) == words
        assert block.width_px <= 200 and block.height_px <= 60
        assert fitted(words, (40, 10), 24, 6) is None
        assert fitted(words, (2000, 60), 24, 6).size_px == 24

    def test_letters_of_many_scripts_are_no_question_marks(self):
        unknown, _ = text_mask("?", 30)
        for letter in "°–≤·éğßЖλ膝":
            mask, _ = text_mask(letter, 30)
            assert mask.any() and (mask.shape != unknown.shape or (mask != unknown).any()), letter

    def test_a_zero_is_open_in_the_middle_and_as_wide_as_before(self):
        for size in (16, 40, 90):
            mask, baseline = text_mask("0", size, BOLD)
            columns = np.flatnonzero(mask.any(axis=0))
            middle = (columns[0] + columns[-1] + 1) // 2
            hole = mask[baseline - round(0.42 * size) : baseline - round(0.28 * size), middle]
            assert hole.max() < 90
            assert abs(mask.shape[1] - text_mask("8", size, BOLD)[0].shape[1]) <= 0.1 * size

    def test_text_grows_in_proportion(self):
        assert text_width_px("Right leg", 80) == pytest.approx(4 * text_width_px("Right leg", 20), rel=0.1)
        assert fitted("one line", (500, 100), 20, 6).height_px == math.ceil(20 * LINE_HEIGHT)


class TestSprites:
    def test_pasting_blends_by_opacity(self):
        canvas = Canvas(10, 10)
        canvas.box(0, 0, 10, 10, 0, (200, 100, 0), 0.5)
        image = picture((20, 20), 100)
        canvas.sprite().paste(image, 5, 5)
        assert np.abs(image[10, 10].astype(int) - (150, 100, 50)).max() <= 1
        assert (image[2, 2] == 100).all()

    @given(st.integers(-30, 30), st.integers(-30, 30))
    def test_what_is_outside_is_left_away(self, x, y):
        sprite = Sprite(np.full((8, 6, 3), 250, np.uint8), np.zeros((8, 6, 3), np.uint8))
        image = picture((20, 16), 0)
        sprite.paste(image, x, y)
        rows, columns = np.arange(16)[:, None], np.arange(20)
        inside = (rows >= y) & (rows < y + 8) & (columns >= x) & (columns < x + 6)
        assert ((image == 250).all(axis=2) == inside).all()

    def test_all_four_corners_are_round_alike(self):
        canvas = Canvas(40, 30)
        canvas.panel(8, (255, 255, 255), 1.0)
        light = canvas.sprite().light[:, :, 0].astype(int)
        corners = [light[:8, :8], light[:8, :-9:-1], light[:-9:-1, :8], light[:-9:-1, :-9:-1]]
        assert all(corner[0, 0] < 60 and corner[-1, -1] == 255 for corner in corners)
        assert all(np.abs(corner[1:, 1:] - corners[0][1:, 1:]).max() <= 40 for corner in corners)
        assert light[15, 20] == 255

    def test_the_cache_paints_once_and_forgets_the_oldest(self):
        painted = []
        cache = SpriteCache(size=2)

        def get(key: str) -> None:
            cache.get(key, lambda: painted.append(key) or Canvas(1, 1).sprite())

        for key in ("a", "b", "a", "c", "a", "b"):
            get(key)
        assert painted == ["a", "b", "c", "b"]


class TestWhereTheBannerStands:
    @pytest.mark.parametrize("size", [(640, 480), (1280, 720), (720, 1280), (3840, 2160), (480, 480)])
    def test_it_hides_no_more_than_any_other_place(self, size):
        points = picture_points(moment().pose, *size)
        best = overlay(size)
        found = places(size, best._em, best._margin, len(best._panels), points, [])
        chosen = best._best_place(fault(), points, [])
        banners = {place: best._banner(fault(), place.room) for place in found}
        hidden = {place: hides(place.at(banner.height), points) for place, banner in banners.items() if banner is not None}
        assert chosen is not None and hidden[chosen] == min(hidden.values())
        for place, banner in banners.items():
            if banner is not None:
                box = place.at(banner.height)
                assert box.x >= 0 and box.y >= 0 and box.x + box.width <= size[0] and box.y + box.height <= size[1]

    def test_the_head_is_hidden_least_of_all_where_there_is_room_beside(self):
        points = picture_points(moment().pose, 1280, 720)
        best = overlay((1280, 720))
        place = best._best_place(fault(), points, [])
        banner = best._banner(fault(), place.room)
        assert hides(place.at(banner.height), points) == 0

    def test_a_narrow_banner_has_its_sign_above_the_words_and_is_never_cut(self):
        narrow, wide = (fault_banner(fault(), width, 400, 20.0) for width in (200, 600))
        assert narrow is not None and wide is not None
        assert narrow.width == 200 and narrow.height > wide.height
        assert fault_banner(fault(), 30, 20, 20.0) is None

    def test_nobody_in_view_leaves_the_places_at_the_edges(self):
        nobody = np.full((33, 2), np.nan)
        assert len(places((640, 480), 20.0, 10, 1, nobody, [])) == 2
        assert hides(Rect(0, 0, 640, 480), nobody) == 0
