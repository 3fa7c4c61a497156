"""Films by address: found, told apart, fetched, and measured as the same films by path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.batch.inputs import ENDINGS, NamedFilm, find_films, names_several, word_of
from formcheck.batch.ledger import key_of
from formcheck.batch.remote import UnreachedError, check_protocol, facts, fetched, find, is_remote, name_of
from formcheck.cli import main
from formcheck.errors import InputError, UsageError
from tests.batch_support import contents, films_in_ledger, recording, table
from tests.cli_support import json_lines


@pytest.fixture
def clinic() -> Iterator[fsspec.AbstractFileSystem]:
    """A place for films in memory, empty before and after."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def put(files: fsspec.AbstractFileSystem, *names: str) -> None:
    for name in names:
        files.pipe_file(f"/clinic/{name}", name.encode())


def names(address: str) -> list[str]:
    return [film.address.removeprefix("memory:///clinic/") for film in find(address, ENDINGS)]


@pytest.mark.parametrize(
    ("text", "remote"),
    [
        ("s3://bucket/a.mp4", True),
        ("file:///a.mp4", True),
        ("S3://bucket", True),
        ("C:\\films\\a.mp4", False),
        ("c://films/a.mp4", False),
        ("films/a.mp4", False),
        ("./s3:/a.mp4", False),
        ("a://b.mp4", False),
        ("", False),
    ],
)
def test_what_is_an_address(text, remote):
    assert is_remote(text) is remote
    assert isinstance(word_of(text), str) is remote


@given(st.text())
def test_a_word_keeps_what_was_said(text):
    word = word_of(text)
    assert word == (text if is_remote(text) else Path(text))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("s3://bucket/day 1/a.mp4", "a.mp4"),
        ("s3://bucket/what?.mp4", "what?.mp4"),
        ("https://host/films/a.mp4?key=1#t=2", "a.mp4"),
        ("https://host/", "host"),
        ("file:///a.npz", "a.npz"),
    ],
)
def test_the_name_at_the_end(address, name):
    assert name_of(address) == name


def test_a_folder_holds_its_films_in_order_and_nothing_else(clinic):
    put(
        clinic,
        "b.mp4",
        "a.mov",
        "notes.txt",
        ".hidden.mp4",
        "day-2/c.npz",
        "day-1/d.MP4",
        ".trash/e.mp4",
        "done/session.json",
        "done/x.npz",
    )
    assert names("memory://clinic/") == ["a.mov", "b.mp4", "day-1/d.MP4", "day-2/c.npz"]
    assert names("memory://clinic") == names("memory://clinic/")
    assert names("memory://clinic/day-2") == ["day-2/c.npz"]


def test_patterns_and_single_films(clinic):
    put(clinic, "b.mp4", "a.mp4", "c.mov", "day/d.mp4", "plain")
    assert names("memory://clinic/*.mp4") == ["a.mp4", "b.mp4"]
    assert names("memory://clinic/**/*.mp4") == ["a.mp4", "b.mp4", "day/d.mp4"]
    assert [film.address for film in find("memory://clinic/plain", ENDINGS)] == ["memory://clinic/plain"]
    [film] = find("memory://clinic/day/d.mp4", ENDINGS)
    assert (film.size_bytes, film.mark != "") == (len("day/d.mp4"), True)
    assert film == facts("memory://clinic/day/d.mp4")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("memory://clinic/absent.mp4", "no such file"),
        ("memory://clinic/absent/", "no such file"),
        ("memory://clinic/empty/", "holds no film"),
        ("memory://clinic/*.avi", "nothing fits this pattern"),
    ],
)
def test_what_is_not_there(clinic, address, why):
    put(clinic, "a.mp4", "empty/notes.txt")
    with pytest.raises(InputError, match=why):
        list(find(address, ENDINGS))
    assert isinstance(next(find_films([address])), InputError)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense://a/b.mp4", "no kind of address that can be read here"),
        ("zip://a.mp4::s3://bucket/a.zip", "addresses within addresses"),
        ("https://host/films/", "one film at a time"),
    ],
)
def test_addresses_that_are_refused(address, why):
    with pytest.raises(UsageError, match=why):
        list(find(address, ENDINGS))


def test_a_package_that_is_missing_is_named(monkeypatch):
    def missing(address: str, **_: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(UsageError, match=r"s3://bucket/a.mp4: s3:// needs one more package here \(Install s3fs to access S3\)"):
        check_protocol("s3://bucket/a.mp4")


def test_a_film_is_fetched_under_its_name_and_gone_afterwards(clinic, tmp_path):
    put(clinic, "day/a b.mp4")
    with fetched("memory://clinic/day/a b.mp4", tmp_path) as path:
        assert (path.name, path.read_bytes()) == ("a b.mp4", b"day/a b.mp4")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UnreachedError, match=r"memory://clinic/absent.mp4: no such file"), fetched("memory://clinic/absent.mp4", tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_film_on_a_disk_here_is_not_copied(tmp_path):
    film = tmp_path / "a.mp4"
    film.write_bytes(b"x")
    with fetched(film.as_uri(), tmp_path) as path:
        assert path == film
    assert film.exists()


def test_a_change_is_seen_and_a_film_without_a_mark_is_looked_at_again(clinic, monkeypatch):
    put(clinic, "a.mp4")
    [first] = find_films(["memory://clinic/a.mp4"])
    [same] = find_films(["memory://clinic/a.mp4", "memory://clinic/a.mp4"])
    assert isinstance(first, NamedFilm)
    assert first == same
    put(clinic, "a.mp4")
    [touched] = find_films(["memory://clinic/a.mp4"])
    assert touched != first
    monkeypatch.setattr("formcheck.batch.remote._MARKS", ())
    assert next(find_films(["memory://clinic/a.mp4"])) != next(find_films(["memory://clinic/a.mp4"]))


def test_whether_several_are_meant():
    assert not names_several(["s3://bucket/a.mp4"])
    assert all(names_several([word]) for word in ("s3://bucket/films/", "s3://bucket/*.mp4", "s3://bucket/films"))
    assert key_of("s3://bucket/a.mp4") == b"s3://bucket/a.mp4"


def test_films_by_address_are_measured_as_by_path(clinic, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        recording(Path(f"films/{number}.npz"), 1 + number)
        clinic.put_file(f"films/{number}.npz", f"/clinic/films/{number}.npz")
    assert main(["analyse", "films", "--out", "paths", "--workers", "1", "--no-annotated"]) == 0
    words = ["analyse", "memory://clinic/films/", "--out", "addresses", "--workers", "1", "--no-annotated", "--json"]
    assert main(words) == 0
    by_address = {name: content for name, content in contents(Path("addresses")).items() if "/" in name}
    assert by_address == {name: content for name, content in contents(Path("paths")).items() if "/" in name}
    rows = table(Path("addresses/files.csv"))
    assert [row["path"] for row in rows] == [f"memory:///clinic/films/{number}.npz" for number in range(3)]
    capsys.readouterr()
    assert main(words) == 0
    assert [line["skipped"] for line in json_lines(capsys.readouterr().out)] == [True] * 3
    assert len(films_in_ledger(Path("addresses"))) == 3


def test_a_film_that_is_gone_is_one_line(clinic, capsys):
    put(clinic, "a.mp4")
    assert main(["count", "memory://clinic/b.npz"]) == 3
    assert capsys.readouterr().err.splitlines() == ["formcheck: memory://clinic/b.npz: no such file."]
    assert main(["count", "nonsense://b.npz"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "nonsense:// is no kind of address" in line
