"""`report` and `report compare`, and what `analyse` writes on request."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.library import load
from formcheck.history.entry import entry_of
from formcheck.history.store import History
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.store import ProfileStore
from formcheck.report.session_json import write_session_json
from tests.cli_support import film as film_file
from tests.cli_support import json_lines, use_stand_in
from tests.people import alternating, film, length_s, seated
from tests.test_profiles import measured

EXERCISE = "hip-internal-rotation"
DERIVED = ("session.json", "reps.csv", "frames.csv", "report.html")


@cache
def recording() -> PoseRecording:
    reps = alternating(6, height_deg=25.0)
    made = film(seated(reps, duration_s=length_s(reps)), noise_px=0.3)
    return replace(made, source={**made.source, "path": "knee.mp4", "model_name": "heavy", "model_sha256": "0" * 64, "fps": 30.0})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A result folder as `analyse` makes it, with an unusual limit; the command runs beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORMCHECK_DATA_DIR", str(tmp_path / "data"))
    recording().save(tmp_path / "knee.npz")
    assert main(["analyse", "knee.npz", "--out", "results", "--limit-deg", "18.5", "--side", "both", "--quiet", "--no-annotated"]) == 0
    return tmp_path / "results/knee"


def contents(folder: Path, names: tuple[str, ...] = DERIVED) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


# --- made again


def test_a_folder_made_again_is_the_same_byte_for_byte(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(folder)
    (folder / "mine.txt").write_text("stays")
    assert main(["report", str(folder), "--out", "again", "--quiet"]) == 0
    assert contents(Path("again/knee")) == before and (Path("again/knee/landmarks.npz")).exists()
    for name in DERIVED:
        (folder / name).write_text("{}" if name != "session.json" else before[name].decode())
    assert main(["report", str(folder)]) == 2 and "--force" in said(capsys)
    assert main(["report", str(folder), "--force"]) == 0
    assert contents(folder) == before and (folder / "mine.txt").read_text() == "stays"
    out = capsys.readouterr().out
    assert "Left leg: 3" in out and f"Report: {folder / 'report.html'}" in out
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_landmarks_in_a_folder_have_its_settings_and_alone_the_usual_ones(folder: Path) -> None:
    assert main(["report", str(folder / "landmarks.npz"), "--out", "again", "--quiet"]) == 0
    assert contents(Path("again/knee")) == contents(folder)
    assert main(["report", "knee.npz", "--quiet", "--out", "alone"]) == 0
    alone = json.loads(Path("alone/knee/session.json").read_text("utf-8"))
    assert (alone["exercise"], alone["limit_deg"], alone["settings"]["side"]) == (EXERCISE, 35.0, "auto")
    assert main(["report", "knee.npz", "--quiet"]) == 2, "results/knee is there already"


def test_other_settings_need_a_folder_of_their_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(folder)
    (folder / "annotated.mp4").write_bytes(b"not read")
    assert main(["report", str(folder), "--limit-deg", "12", "--force"]) == 2
    assert "--out" in said(capsys) and contents(folder) == before
    assert main(["report", str(folder), "--limit-deg", "12", "--out", "other"]) == 0
    assert "shows the settings it was made with" in said(capsys)
    other = json.loads(Path("other/knee/session.json").read_text("utf-8"))
    assert other["settings"]["limit_deg"] == 12.0 and other["settings"]["side"] == "both" and not Path("other/knee/annotated.mp4").exists()
    assert main(["report", str(folder), "--side", "left", "--direction", "outward", "--out", "left", "--quiet"]) == 0
    left = json.loads(Path("left/knee/session.json").read_text("utf-8"))
    assert (left["settings"]["side"], left["settings"]["direction"], left["settings"]["limit_deg"]) == ("left", "outward", 18.5)


def test_the_annotated_video_stays_and_gives_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("formcheck.cli.sessions.job_of", _job_without_model)
    film_file(tmp_path / "film.mp4", size=(640, 480))
    use_stand_in(monkeypatch)
    assert main(["analyse", "film.mp4", "--quiet", "--limit-deg", "10"]) == 0
    before = contents(Path("results/film"), ("annotated.mp4", "session.json", "frames.csv", "reps.csv"))
    page = Path("results/film/report.html").read_text("utf-8")
    assert "data:image/jpeg;base64" in page and "data:video/mp4;base64" in page
    assert main(["report", "results/film", "--force", "--quiet"]) == 0
    assert contents(Path("results/film"), tuple(before)) == before
    again = Path("results/film/report.html").read_text("utf-8")
    assert again.count("data:image/jpeg;base64") == page.count("data:image/jpeg;base64") and "data:video/mp4;base64" in again
    assert main(["report", "results/film", "--out", "copy", "--quiet"]) == 0
    assert Path("copy/film/annotated.mp4").read_bytes() == before["annotated.mp4"]


def _job_without_model(settings: object, videos: object) -> object:
    from formcheck.capture.bundles import ModelBundle
    from formcheck.pipeline import Job

    limit = settings.limit_deg  # type: ignore[attr-defined]
    return Job(load(EXERCISE), AnalysisOptions(limit_deg=limit), ModelBundle("heavy", Path("no.task"), "0" * 64))


def test_radians_are_in_tables_and_page_and_never_in_the_session(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder), "--out", "rad", "--units", "rad", "--parquet", "--picture", "svg"]) == 0
    out = capsys.readouterr().out
    assert " rad" in out and "°" not in out
    assert Path("rad/knee/session.json").read_bytes() == (folder / "session.json").read_bytes()
    for name in ("reps.csv", "frames.csv"):
        with (Path("rad/knee") / name).open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        assert any(column.endswith("_rad") for column in columns) and not any("_deg" in column for column in columns)
    assert " rad ±" in Path("rad/knee/report.html").read_text("utf-8")


def test_exports_lie_beside_the_rest_and_are_made_again_with_it(folder: Path) -> None:
    wanted = ["frames.parquet", "reps.parquet", "markers.trc", "angles.mot", "angle.png", "card.png"]
    assert main(["analyse", "knee.npz", "--out", "full", "--quiet", "--no-annotated", "--parquet", "--opensim", "--picture", "png"]) == 0
    full = Path("full/knee")
    before = {name: (full / name).read_bytes() for name in wanted}
    for name in wanted:
        (full / name).write_bytes(b"old")
    assert main(["report", "full/knee", "--force", "--quiet"]) == 0
    assert {name: (full / name).read_bytes() for name in wanted} == before
    assert not any((folder / name).exists() for name in wanted)


@pytest.mark.parametrize("words", [["analyse", "knee.npz", "--out", "x"], ["report", "knee.npz", "--out", "x"]])
def test_without_pyarrow_nothing_is_begun(
    folder: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("formcheck.report.parquet.find_spec", lambda name: None)
    monkeypatch.setattr("formcheck.exercise.analyzer.analyse", None)
    assert main([*words, "--parquet"]) == 2
    assert said(capsys) == "formcheck: --parquet needs the package pyarrow, which is not installed; run: pip install 'formcheck[parquet]'\n"
    assert not Path("x").exists()


def test_what_was_said_of_a_profile_is_said_again(folder: Path) -> None:
    store = ProfileStore()
    store.save(store.to_extend("Anna").with_ranges([measured(side="left", model="heavy"), measured(side="right", model="lite")]))
    assert main(["analyse", "knee.npz", "--out", "anna", "--profile", "Anna", "--quiet", "--no-annotated"]) == 0
    before = contents(Path("anna/knee"))
    session = json.loads(before["session.json"])
    assert session["summary"]["against_profile"] and any(one["code"] == "profile_other_model" for one in session["quality"]["not_measured"])
    store.delete("Anna")
    assert main(["report", "anna/knee", "--out", "again", "--quiet"]) == 0
    assert (Path("again/knee/session.json")).read_bytes() == before["session.json"]


# --- the history


@pytest.fixture
def kept(folder: Path) -> str:
    report = analyse(recording(), load(EXERCISE), AnalysisOptions(limit_deg=22.0))
    work = folder.parent / "work"
    work.mkdir()
    recording().save(work / "landmarks.npz")
    write_session_json(report, work / "session.json")
    files = {path.name: path.read_bytes() for path in work.iterdir()}
    History().add(entry_of(report, "20260503T183000-abc123", datetime(2026, 5, 3, 18, 30, tzinfo=UTC), source="live", files=files))
    return "20260503T183000-abc123"


def test_a_session_of_the_history_is_made_again_elsewhere(kept: str) -> None:
    before = sorted((path.name, path.read_bytes()) for path in (History().folder / "sessions" / kept).iterdir())
    for wanted, out in (("last", "a"), (kept, "b"), ("20260503", "c")):
        assert main(["report", wanted, "--out", out, "--quiet", "--picture", "svg"]) == 0
        made = json.loads((Path(out) / kept / "session.json").read_text("utf-8"))
        assert made["settings"]["limit_deg"] == 22.0
    assert sorted((path.name, path.read_bytes()) for path in (History().folder / "sessions" / kept).iterdir()) == before
    assert main(["report", "last", "--quiet"]) == 0 and (Path("results") / kept / "report.html").exists()


def test_sessions_of_history_and_folder_are_compared(kept: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "compare", kept, str(folder), "--out", "cmp"]) == 0
    out = capsys.readouterr().out
    assert "2026-05-03" in out and "no difference beyond" in out and "more," not in out.replace("no more", "")
    (page,) = Path("cmp").glob("*/compare.html")
    assert f"Page: {page}" in out and "2026-05-03" in page.read_text("utf-8")
    assert main(["report", "compare", kept, str(folder), "--out", "cmp"]) == 2
    assert main(["report", "compare", kept, str(folder), "--out", "cmp", "--force"]) == 0
    capsys.readouterr()
    assert main(["report", "compare", kept, str(folder), "--json", "--out", "nothing"]) == 0
    (values,) = json_lines(capsys.readouterr().out)
    assert values["exercise"] == EXERCISE and len(values["legs"]) == 2 and not Path("nothing").exists()


def test_pages_open_when_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["report", str(folder), "--out", "a", "--open", "--quiet"]) == 0
    assert main(["report", "compare", str(folder), "knee.npz", "--out", "b", "--open"]) == 0
    assert [Path(link).name for link in opened] == ["report.html", "compare.html"] and all(link.startswith("file:///") for link in opened)


# --- what is wrong


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["report"], 2, "SOURCE"),
        (["report", "--units", "deg"], 2, "SOURCE"),
        (["report", "nothing.npz"], 3, "nothing.npz: no such file"),
        (["report", "no/such"], 3, "no such file"),
        (["report", "unknown"], 2, "unknown: no file or folder has this name here"),
        (["report", "."], 3, "holds no landmarks.npz"),
        (["report", "note.txt"], 3, "neither a result folder nor"),
        (["report", "damaged.npz"], 3, "damaged.npz"),
        (["report", "results/knee", "--units", "turns"], 2, "turns"),
        (["report", "results/knee", "--picture", "gif"], 2, "gif"),
        (["report", "results/knee", "--limit-deg", "0", "--out", "x"], 2, "--limit-deg 0"),
        (["report", "results/knee", "--exercise", "juggling", "--out", "x"], 2, "juggling"),
        (["report", "results/knee", "--direction", "up", "--out", "x"], 2, "up"),
        (["report", "compare", "results/knee"], 2, "'B'"),
        (["report", "compare", "results/knee", "unknown"], 2, "unknown"),
        (["report", "compare", "results/knee", "standing.npz"], 3, "standing.npz: no such file"),
    ],
)
def test_one_line_says_what_is_wrong(folder: Path, words: list[str], code: int, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("note.txt").write_text("hello")
    Path("damaged.npz").write_bytes(b"PK\x03\x04 and no more")
    assert main(words) == code
    err = said(capsys)
    assert part in err and err.count("\n") == 1 and "Traceback" not in err and not Path("x").exists()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda session: "{", "session.json"),
        (lambda session: "[]", "session.json"),
        (lambda session: json.dumps(session | {"settings": 3}), "session.json"),
        (lambda session: json.dumps(session | {"settings": {"limit_deg": "far"}}), "settings are damaged"),
        (lambda session: json.dumps(session | {"settings": {"side": "middle"}}), "settings are damaged"),
        (lambda session: json.dumps(session | {"settings": {"limits_deg": [1]}}), "settings are damaged"),
        (lambda session: json.dumps(session | {"exercise": "mine"}), "--exercise FILE.toml"),
    ],
)
def test_a_damaged_session_is_named(folder: Path, change: object, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    session = json.loads((folder / "session.json").read_text("utf-8"))
    (folder / "session.json").write_text(change(session), "utf-8")  # type: ignore[operator]
    assert main(["report", str(folder), "--out", "x"]) in (2, 3)
    err = said(capsys)
    assert part in err and err.count("\n") == 1 and not Path("x").exists()


def test_different_exercises_are_not_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(folder, "other")
    session = json.loads(Path("other/session.json").read_text("utf-8"))
    Path("other/session.json").write_text(json.dumps(session | {"exercise": "banded-seated-hip-internal-rotation"}), "utf-8")
    assert main(["report", "compare", str(folder), "other"]) == 2
    assert "only sessions of one exercise can be compared" in said(capsys)


def test_one_source_that_fails_does_not_stop_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "nothing.npz", str(folder), str(folder / "landmarks.npz"), "--out", "many", "--quiet"]) == 3
    assert sorted(path.name for path in Path("many").iterdir()) == ["knee", "knee-2"]
