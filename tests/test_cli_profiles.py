"""`profile` and `--profile` on the command line, from recorded landmarks."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.store import ProfileStore, read_profile
from tests.cli_support import film as video_of
from tests.cli_support import json_lines, nobody, use_stand_in
from tests.people import a_set, film, length_s, seated
from tests.test_profiles import measured
from tests.test_profiles_store import put


@cache
def turning(left_deg: float, right_deg: float, count: int = 3) -> PoseRecording:
    """Somebody seated who turns the left leg and then the right one."""
    reps = a_set(count, side=Side.LEFT, height_deg=left_deg) if left_deg else []
    first_s = max((rep.end_s for rep in reps), default=0.5) + 1.0
    reps += a_set(count, side=Side.RIGHT, height_deg=right_deg, first_s=first_s) if right_deg else []
    return film(seated(reps, duration_s=length_s(reps)), noise_px=0.3)


@dataclass
class Desk:
    """A folder to work in, a folder of profiles, and the command line."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        captured = self.capture.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    def show(self, name: str) -> str:
        """What `profile show` prints, without its line breaks."""
        code, out, err = self("profile", "show", name)
        assert (code, err) == (0, "")
        return " ".join(out.split())

    def recording(self, name: str, recording: PoseRecording) -> Path:
        path = self.folder / f"{name}.npz"
        recording.save(path)
        return path

    @property
    def store(self) -> ProfileStore:
        return ProfileStore()


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("FORMCHECK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


@pytest.fixture
def anna(desk: Desk) -> Desk:
    """A desk with Anna's profile: 20 degrees on the left, 30 on the right."""
    code, *_ = desk("profile", "make", "Anna", desk.recording("anna", turning(18, 28)))
    assert code == 0
    return desk


# --- make


def test_made_shown_used_and_deleted(anna: Desk) -> None:
    left, right = (anna.store.load("Anna").present(key) for key in anna.store.load("Anna").keys)
    assert left is not None and right is not None
    assert (left.side, right.side, left.repetitions, left.source) == ("left", "right", 3, "made-up.mp4")
    assert left.comfortable_deg == pytest.approx(18, abs=4) and right.comfortable_deg == pytest.approx(28, abs=5)
    out = anna.show("anna")
    assert out.startswith("Anna (") and "Hip internal rotation, inward" in out
    assert "Left leg: " in out and "is comfortable, 3 repetitions" in out and f"The limit is {left.limit.limit_deg:.0f}°." in out
    assert "Left against right: " in out and "not a goal" in out and "Against " not in out.replace("Left against", "")
    code, out, _ = anna("profile", "list")
    assert code == 0 and out.startswith("Anna: hip-internal-rotation, last measured on ") and str(anna.store.database) in out
    code, out, _ = anna("profile", "delete", "Anna", "--yes")
    assert code == 0 and anna.store.all() == ([], [])


def test_made_again_it_keeps_the_former_measurement(anna: Desk) -> None:
    code, out, err = anna("profile", "make", "Anna", anna.recording("again", turning(32, 0)))
    assert code == 0 and "Left leg, inward: " in out and "Right" not in out and err == ""
    assert anna.show("Anna").replace("Left against", "").count(" Against ") == 1
    shown = json.loads(anna("profile", "show", "Anna", "--json")[1])
    left, right = shown["ranges"]
    assert (left["side"], len(left["history"]), right["side"], len(right["history"])) == ("left", 2, "right", 1)
    since = left["since_before"]
    assert since["difference_deg"] == pytest.approx(14, abs=5) and since["changed"] is (since["difference_deg"] > since["detectable_deg"])
    assert right["since_before"] is None and right["left_over_right"] is None and left["left_over_right"]["detectable_deg"] >= 5.4
    assert left["limit_deg"] == pytest.approx(left["comfortable_deg"] + max(5, 0.15 * left["comfortable_deg"]), abs=0.01)


def test_a_long_history_is_told(desk: Desk) -> None:
    person = desk.store.to_extend("Bo")
    days = [measured(deg, measured_at=f"2026-0{month}-01T10:00:00+00:00") for month, deg in enumerate((20.0, 21.0, 34.0), 1)]
    other = measured(50.0, side="right", model="lite")
    desk.store.save(person.with_ranges([*days, other]))
    out = desk.show("Bo")
    assert "13° more than on 2026-02-01, more than the measurement error (±6°)." in out
    assert "Before that: 20° on 2026-01-01." in out and "the most formcheck allows anybody" in out
    assert "less in the left leg than in the right" in out and "models lite and heavy" in out and "no sign of a fault" in out


def test_a_video_is_measured_with_a_pose_model(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_in(monkeypatch, turning(0, 20))
    code, out, err = desk("profile", "make", "Anna", video_of(desk.folder / "a.mp4", 18.0, size=(320, 240)), "--model", "lite")
    assert (code, err) == (0, "") and "Right leg, inward" in out
    assert desk.store.load("Anna").measurements[0].model == "lite"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: turning(0, 20, 2), "2 repetitions could be used"),
        (lambda: turning(0, 0), "no full repetition was counted"),
        (nobody, "nobody is in view"),
    ],
)
def test_too_little_to_measure_ends_with_4_and_keeps_nothing(desk: Desk, make: Callable[[], PoseRecording], why: str) -> None:
    path = desk.recording("few", make())
    code, out, err = desk("profile", "make", "Anna", path)
    assert (code, out) == (4, "") and why in err and str(path) in err and len(err.splitlines()) == 1
    assert not desk.store.folder.exists()


def test_going_far_is_no_fault_while_measuring(desk: Desk) -> None:
    code, out, err = desk("profile", "make", "Anna", desk.recording("far", turning(0, 44)))
    assert code == 0 and err == "" and "The limit is 45°, the most formcheck allows anybody." in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["make", "../Anna", "x.npz"], 2, "'.'"),
        (["make", "Anna", "x.npz"], 3, "x.npz"),
        (["make", "Anna", "x.npz", "--exercise", "hop"], 2, "hop"),
        (["make", "Anna", "x.npz", "--direction", "up"], 2, "up"),
        (["make", "Anna"], 2, "VIDEO"),
        (["show", "Anna"], 2, "none yet"),
        (["delete", "Anna", "--yes"], 2, "none yet"),
        (["export", "Anna", "a.json"], 2, "none yet"),
        (["mak", "Anna"], 2, "make"),
    ],
)
def test_wrong_words_and_inputs(desk: Desk, words: list[str], code: int, part: str) -> None:
    got, out, err = desk("profile", *words)
    assert (got, out) == (code, "") and part in err and len(err.splitlines()) == 1
    assert not desk.store.folder.exists()


def test_a_name_in_other_capitals_is_refused_before_the_work(anna: Desk) -> None:
    code, _, err = anna("profile", "make", "ANNA", "not there.npz")
    assert code == 2 and "only in capitals" in err


def test_a_damaged_profile_is_never_overwritten(anna: Desk) -> None:
    put(anna.store, '{"schema": 1')
    for words in (["make", "Anna", anna.folder / "anna.npz"], ["show", "Anna"], ["export", "Anna", "a.json"]):
        code, out, err = anna("profile", *words)
        assert (code, out) == (3, "") and "the profile of Anna is damaged" in err
    code, out, err = anna("profile", "list")
    assert code == 3 and out == "" and "the profile of Anna is damaged" in err
    assert anna("profile", "delete", "Anna", "--yes")[0] == 0 and not anna.store.is_there("Anna")


def test_stopped_while_measuring_it_keeps_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    use_stand_in(monkeypatch, turning(18, 20), after=lambda index: signal.raise_signal(signal.SIGINT) if index == 450 else None)
    code, out, err = desk("profile", "make", "Anna", video_of(desk.folder / "a.mp4", 30.0))
    assert (code, out) == (130, "") and "the profile was not changed" in err and not desk.store.folder.exists()


# --- list, delete, export


def test_nothing_yet_says_how_to_begin(desk: Desk) -> None:
    for words in (["profile"], ["profile", "list"]):
        code, out, err = desk(*words)
        assert code == 0 and "profile make NAME VIDEO" in out and err == ""
    assert desk("profile", "list", "--json")[:2] == (0, "")


def test_a_list_for_programs(anna: Desk) -> None:
    (line,) = json_lines(anna("profile", "list", "--json")[1])
    assert (line["name"], line["exercises"], line["measurements"]) == ("Anna", ["hip-internal-rotation"], 2)
    assert Path(line["path"]).exists() and line["newest"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "code", "there"), [("y\n", 0, False), ("YES\n", 0, False), ("n\n", 1, True), ("\n", 1, True), ("", 1, True)]
)
def test_deleting_asks_on_a_terminal(anna: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, there: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    got, out, _ = anna("profile", "delete", "anna")
    assert got == code and "Delete the profile Anna (2 measurements) for good?" in out
    assert (anna.store.find("Anna") is not None) is there


def test_deleting_without_a_terminal_needs_a_yes(anna: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    code, out, err = anna("profile", "delete", "Anna")
    assert (code, out) == (2, "") and "--yes" in err and anna.store.find("Anna") is not None


def test_an_export_is_the_profile(anna: Desk) -> None:
    file = anna.folder / "out.json"
    assert anna("profile", "export", "Anna", file)[0] == 0
    assert read_profile(file) == anna.store.load("Anna")
    code, _, err = anna("profile", "import", file)
    assert code == 2 and "there is a profile 'Anna' already" in err
    there = anna.store.load("Anna")
    assert anna("profile", "delete", "Anna", "--yes")[0] == 0
    code, out, _ = anna("profile", "import", file)
    assert code == 0 and out == "Anna is kept (2 measurements)\n" and anna.store.load("Anna") == there
    code, _, err = anna("profile", "import", anna.folder / "anna.npz")
    assert code == 3 and "anna.npz: the profile is damaged" in err
    code, _, err = anna("profile", "export", "Anna", file)
    assert code == 2 and "already" in err
    code, _, err = anna("profile", "export", "Anna", anna.folder / "no" / "out.json")
    assert code == 3 and "cannot be written" in err


# --- --profile


def test_analyse_judges_each_leg_by_its_own_range(anna: Desk) -> None:
    path = anna.recording("today", turning(30, 30))
    code, out, _ = anna("analyse", path, "--profile", "Anna", "--out", "r")
    assert code == 0 and "Beside your comfortable range:" in out
    found = json.loads((anna.folder / "r/today/session.json").read_text("utf-8"))
    assert {fault["side"] for fault in found["faults"] if fault["code"] == "over_rotation"} == {"left"}
    left, right = (anna.store.load("Anna").present(key) for key in anna.store.load("Anna").keys)
    assert left is not None and right is not None
    limits = {"left": {"inward": round(left.limit.limit_deg, 2)}, "right": {"inward": round(right.limit.limit_deg, 2)}}
    assert found["settings"]["limits_deg"] == limits and found["settings"]["limit_source"] == "profile"
    assert {fault["limit"] for fault in found["faults"] if fault["code"] == "over_rotation"} == {limits["left"]["inward"]}
    changes = {one["side"]: one for one in found["summary"]["against_profile"]}
    assert changes["left"]["difference_deg"] == pytest.approx(12, abs=4) and changes["right"]["changed"] is False


def test_count_says_how_many_went_too_far(anna: Desk) -> None:
    path = anna.recording("today", turning(30, 30))
    code, out, _ = anna("count", path, "--profile", "Anna")
    assert code == 0 and "3 right, 3 left" in out and out.rstrip().endswith("; 3 further than the limit")
    (line,) = json_lines(anna("count", path, "--profile", "Anna", "--json")[1])
    assert line["over_rotation"] == 3 and {one["side"] for one in line["against_profile"]} == {"left", "right"}
    (line,) = json_lines(anna("count", path, "--json")[1])
    assert "over_rotation" not in line and "against_profile" not in line


def test_a_direction_that_the_profile_lacks_has_the_general_limit(anna: Desk) -> None:
    outward = anna.recording("outward", turning(0, -20))
    code, _, _ = anna("analyse", outward, "--direction", "outward", "--profile", "Anna", "--out", "r", "--quiet")
    found = json.loads((anna.folder / "r/outward/session.json").read_text("utf-8"))
    (note,) = [item for item in found["quality"]["not_measured"] if item["code"] == "no_profile_range"]
    assert code == 0 and "--direction outward" in note["reason"] and "right leg" in note["reason"]
    assert found["settings"]["limits_deg"] == {} and found["limit_deg"] == 35.0


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--profile", "Carl"], "no profile 'Carl'; known are Anna."),
        (["--profile", "a/b"], "--profile: "),
        (["--profile", ""], "--profile: "),
        (["--profile", "Anna", "--limit-deg", "30"], "give one of them"),
    ],
)
def test_wrong_profiles_end_with_2(anna: Desk, words: list[str], part: str) -> None:
    code, out, err = anna("analyse", anna.folder / "anna.npz", "--out", "r", *words)
    assert (code, out) == (2, "") and part in err and len(err.splitlines()) == 1 and not (anna.folder / "r").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_profile_that_may_not_be_read_ends_with_3(anna: Desk) -> None:
    anna.store.database.chmod(0)
    code, _, err = anna("count", anna.folder / "anna.npz", "--profile", "Anna")
    assert code == 3 and "history.sqlite3" in err


def test_help_says_what_to_record(desk: Desk) -> None:
    for words, parts in (
        (["profile", "make", "--help"], ["3 to 5 slow", "comfortable", "--exercise", "--side", "--direction", "--model"]),
        (["profile", "--help"], ["make", "show", "list", "export", "import", "delete"]),
        (["analyse", "--help"], ["--profile"]),
        (["count", "--help"], ["--profile"]),
    ):
        code, out, _ = desk(*words)
        assert code == 0 and all(part in out for part in parts)
