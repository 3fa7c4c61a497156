"""Result folders and their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.errors import OutputError, UsageError
from formcheck.outputs import FolderNames, ResultFolder, safe_name


def folder_names(paths: list[Path]) -> list[str]:
    names = FolderNames()
    return [names.name(path) for path in paths]


def everything_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(st.text())
def test_safe_name_is_a_plain_visible_folder_name(name: str) -> None:
    clean = safe_name(name)
    assert clean == safe_name(clean)
    assert clean not in ("", ".", "..")
    assert not set(clean) & set('<>:"/\\|?*\0')
    assert not clean.startswith((".", "-", " "))
    assert not clean.endswith((".", " "))
    assert len(clean.encode("utf-8", "surrogateescape")) <= 181


@pytest.mark.parametrize("name", ["walk", "Übung 1", "股関節", "knee_2024-05-01"])
def test_ordinary_names_of_any_script_are_kept(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(("name", "clean"), [("-x", "_-x"), ("con", "_con"), ("a/b", "a_b"), ("...", "video"), ("NUL.v1", "_NUL.v1")])
def test_names_that_would_hurt_are_changed(name: str, clean: str) -> None:
    assert safe_name(name) == clean


def test_each_input_has_a_folder_of_its_own() -> None:
    paths = [Path("a/walk.mp4"), Path("b/walk.mov"), Path("b/Walk.mp4"), Path("walk-2.mp4"), Path("other.mp4")]
    names = folder_names(paths)
    assert names == ["walk", "walk-2", "Walk-3", "walk-2-2", "other"]
    assert len({name.casefold() for name in names}) == len(paths)


def test_a_recording_is_named_after_its_folder() -> None:
    assert folder_names([Path("results/walk/landmarks.npz"), Path("results/run/landmarks.npz")]) == ["walk-replay", "run-replay"]
    assert folder_names([Path("walk.npz")]) == ["walk"]


def test_a_name_that_is_taken_is_given_to_nobody_else() -> None:
    names = FolderNames()
    names.take("Walk")
    names.take("walk-3")
    assert [names.name(Path(f"{folder}/walk.mp4")) for folder in "abc"] == ["walk-2", "walk-4", "walk-5"]


def test_a_committed_folder_is_whole_and_alone(tmp_path: Path) -> None:
    with ResultFolder(tmp_path / "new" / "out" / "walk") as folder:
        (folder.staging / "a.txt").write_text("whole")
        assert not (tmp_path / "new" / "out" / "walk").exists()
        folder.commit()
    assert everything_in(tmp_path / "new" / "out") == ["walk"]
    assert (tmp_path / "new" / "out" / "walk" / "a.txt").read_text() == "whole"


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), ResultFolder(tmp_path / "new" / "walk") as folder:
        (folder.staging / "a.txt").write_text("half")
        1 / 0  # noqa: B018
    assert everything_in(tmp_path) == []


def test_a_failed_replacement_keeps_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "old.txt").write_text("old")
    with pytest.raises(ZeroDivisionError), ResultFolder(tmp_path / "walk", replace=True) as folder:
        (folder.staging / "a.txt").write_text("half")
        1 / 0  # noqa: B018
    assert everything_in(tmp_path) == ["walk"]
    assert everything_in(tmp_path / "walk") == ["old.txt"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_existing_results_are_kept_unless_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "walk"
    if kind == "folder":
        target.mkdir()
        (target / "old.txt").write_text("old")
    else:
        target.write_text("old")
    with pytest.raises(UsageError, match="--force"), ResultFolder(target):
        raise AssertionError("must not be entered")
    with ResultFolder(target, replace=True) as folder:
        (folder.staging / "new.txt").write_text("new")
        folder.commit()
    assert everything_in(tmp_path) == ["walk"]
    assert everything_in(target) == ["new.txt"]


def test_a_folder_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--force"), ResultFolder(tmp_path / "walk") as folder:
        (tmp_path / "walk").mkdir()
        folder.commit()
    assert everything_in(tmp_path) == ["walk"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(OutputError, match="--out"), ResultFolder(out / "walk"):
            raise AssertionError("must not be entered")
    assert everything_in(tmp_path) == ["file"]


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no space left"), ResultFolder(tmp_path / "new" / "walk"):
        raise OSError(28, "No space left on device")
    assert everything_in(tmp_path) == []


def test_an_error_names_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, ResultFolder(tmp_path / "walk") as folder:
        raise OutputError(f"{folder.staging / 'annotated.mp4'}: the disk is full.")
    assert str(caught.value) == f"{tmp_path / 'walk' / 'annotated.mp4'}: the disk is full."
