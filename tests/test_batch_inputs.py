"""Which films words mean: files, folders, patterns; each once and in one order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.batch.inputs import NamedFilm, find_films, has_magic, names_several
from formcheck.errors import InputError

LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"film")


def found(*named: str) -> list[str]:
    films = list(find_films([Path(name) for name in named]))
    assert not any(isinstance(film, InputError) for film in films), films
    return [Path(film.address).as_posix() for film in films if isinstance(film, NamedFilm)]


def wrong(*named: str) -> list[str]:
    return [str(film) for film in find_films([Path(name) for name in named]) if isinstance(film, InputError)]


def test_files_come_as_they_are_named_there_or_not() -> None:
    make("b.mp4", "a.txt")
    first, second, third = find_films([Path("b.mp4"), Path("a.txt"), Path("missing.mp4")])
    assert isinstance(first, NamedFilm) and (first.address, first.size_bytes) == ("b.mp4", 4) and first.mtime_ns > 0
    assert isinstance(second, NamedFilm) and second.address == "a.txt"
    assert third == NamedFilm("missing.mp4")


def test_no_words_mean_no_film() -> None:
    assert found() == []


def test_a_folder_means_every_film_below_it_in_order() -> None:
    make("f/b.mp4", "f/A.MOV", "f/c/2.npz", "f/c/10.webm", "f/notes.txt", "f/d/e/z.gif", "f/b/x.avi")
    assert found("f") == ["f/A.MOV", "f/b.mp4", "f/b/x.avi", "f/c/10.webm", "f/c/2.npz", "f/d/e/z.gif"]


def test_hidden_entries_and_results_are_passed_by() -> None:
    make("f/.hidden.mp4", "f/.git/x.mp4", "f/.formcheck-abc.partial/annotated.mp4", "f/a.mp4")
    make("f/walk/session.json", "f/walk/annotated.mp4", "f/walk/landmarks.npz", "f/walk/deeper/b.mp4")
    assert found("f") == found("f/**") == found("f/**/*.mp4") == ["f/a.mp4"]
    assert found("f/walk/landmarks.npz", "f/.hidden.mp4") == ["f/walk/landmarks.npz", "f/.hidden.mp4"], "named themselves"
    assert found("f/*/landmarks.npz") == found("f/**/landmarks.npz") == ["f/walk/landmarks.npz"], "nobody else has such files"


def test_words_without_films_are_named() -> None:
    make("f/notes.txt", "results/walk/session.json")
    Path("empty").mkdir()
    for word in ("f", "empty", "results"):
        (line,) = wrong(word)
        assert line.startswith(f"{word}: is a folder without")
    (line,) = wrong("*.mp4")
    assert line.startswith("*.mp4: matches no")
    (line,) = wrong(str(Path("results/walk")))
    assert "landmarks.npz" in line
    make("a.mp4")
    assert len(wrong("empty", "a.mp4", "x*.mp4")) == 2


def test_patterns_are_expanded_where_no_shell_does() -> None:
    make("a1.mp4", "a2.mov", "b1.mp4", "f/a3.mp4", "f/g/a4.mp4", "notes.txt", "f/a5.dat")
    assert found("a*.mp4") == ["a1.mp4"]
    assert found("a?.*") == ["a1.mp4", "a2.mov"]
    assert found("[ab]1.mp4") == ["a1.mp4", "b1.mp4"]
    assert found("**/a*.mp4") == ["a1.mp4", "f/a3.mp4", "f/g/a4.mp4"]
    assert found("f/**") == ["f/a3.mp4", "f/g/a4.mp4"]
    assert found("*") == ["a1.mp4", "a2.mov", "b1.mp4", "f/a3.mp4", "f/g/a4.mp4"], "a folder that is matched means what is in it"
    assert found("f/*.dat") == ["f/a5.dat"], "an ending that is said is meant"
    assert found(str(Path.cwd() / "f" / "*.mp4")) == [(Path.cwd() / "f/a3.mp4").as_posix()]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_file_of_this_very_name_wins_over_the_pattern() -> None:
    make("[ab].mp4", "a.mp4", "b.mp4", "take *.mp4", "take 1.mp4")
    assert found("[ab].mp4") == ["[ab].mp4"]
    assert found("take *.mp4") == ["take *.mp4"]
    assert not names_several([Path("[ab].mp4")])
    make("d[1]/x.mp4")
    assert found("d[1]") == ["d[1]/x.mp4"]


def test_a_file_comes_once_however_often_it_is_meant() -> None:
    make("f/a.mp4", "f/b.mp4")
    assert found("f/b.mp4", "f", "f/*.mp4", "f/../f/a.mp4") == ["f/b.mp4", "f/a.mp4"]


@LINKS
def test_links_in_a_circle_do_no_harm() -> None:
    make("f/a.mp4", "f/g/b.mp4")
    Path("f/g/up").symlink_to(Path("..").absolute() / "f")
    Path("f/again").symlink_to("g")
    Path("f/self").symlink_to("self")
    assert found("f") == ["f/a.mp4", "f/again/b.mp4"]
    assert found("f/**/*.mp4") == ["f/a.mp4", "f/again/b.mp4"]
    Path("f/broken.mp4").symlink_to("nowhere.mp4")
    assert "f/broken.mp4" in found("f"), "it is for whoever reads it to say what is wrong with it"


def test_a_folder_that_may_not_be_read_is_named_and_the_others_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    make("f/a.mp4", "f/secret/b.mp4", "f/z/c.mp4")
    look = Path.iterdir

    def refuse(self: Path) -> Iterator[Path]:
        if self.name == "secret":
            raise PermissionError(13, "Permission denied")
        return look(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    first, second, third = find_films([Path("f")])
    assert isinstance(first, NamedFilm) and isinstance(second, InputError) and isinstance(third, NamedFilm)
    assert "secret" in str(second) and "permission denied" in str(second)


@pytest.mark.parametrize(
    ("named", "several"), [(["a.mp4"], False), (["a.mp4", "b.mp4"], True), (["f"], True), (["*.mp4"], True), ([], True)]
)
def test_whether_several_are_meant(named: list[str], several: bool) -> None:
    Path("f").mkdir()
    assert names_several([Path(name) for name in named]) is several


NAMES = st.text(st.characters(codec="utf-8", exclude_characters='/\\:*?"<>|\0', exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems change names")
@given(st.sets(NAMES.filter(lambda name: not name.startswith(".") and len(name.encode()) < 200), max_size=6))
def test_films_of_any_name_are_found_in_order(tmp_path_factory: pytest.TempPathFactory, names: set[str]) -> None:
    folder = tmp_path_factory.mktemp("names")
    for name in names:
        (folder / f"{name}.mp4").write_bytes(b"")
        (folder / f".{name}.mp4").write_bytes(b"")
    for word in (folder, folder / "*.mp4", folder / "**"):
        films = [film for film in find_films([word]) if isinstance(film, NamedFilm)]
        assert [Path(film.address).name for film in films] == sorted(f"{name}.mp4" for name in names)
    for name in names:
        (film,) = find_films([folder / f"{name}.mp4"])
        assert isinstance(film, NamedFilm) and film.size_bytes == 0, "a name that is there is never a pattern"


@given(st.text(max_size=10))
def test_what_has_no_signs_is_no_pattern(name: str) -> None:
    assert has_magic(name) == any(sign in name for sign in "*?[")
