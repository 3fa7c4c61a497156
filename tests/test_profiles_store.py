"""Where profiles are kept: any name is safe, what is written is read again, and a failure leaves the old state."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.errors import InputError, OutputError, UsageError
from formcheck.history.places import DATA_DIR_VARIABLE
from formcheck.profiles.names import MAX_NAME_LENGTH, checked_name
from formcheck.profiles.profile import Profile
from formcheck.profiles.store import ProfileStore, profile_text, read_profile
from tests.test_profiles import measured

letters = st.characters(categories=["Lu", "Ll", "Lo", "Nd"])
inside = st.one_of(letters, st.sampled_from("-_"))
#: Composed letters may be fewer or more than those put in.
names = st.builds(lambda first, rest: first + rest, letters, st.text(inside, max_size=19))
ranges = st.builds(
    measured,
    comfortable_deg=st.floats(0, 180),
    pm_deg=st.none() | st.floats(0, 180),
    side=st.sampled_from(["left", "right", "both"]),
    source=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    repetitions=st.integers(3, 1000),
    view_yaw_deg=st.none() | st.floats(-180, 180),
)


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "data")


# --- names


@pytest.mark.parametrize("name", ["Anna", "a", "7", "Anna Maria-2_x", "Žofie", "安娜", "अनिता", "ß", "CON", "nul", "x" * MAX_NAME_LENGTH])
def test_names_of_people_are_names(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("x" * (MAX_NAME_LENGTH + 1), "61"),
        ("../x", "'.'"),
        ("a/b", "'/'"),
        ("a\\b", "in it"),
        ("a\0b", "in it"),
        ("a.json", "'.'"),
        (" Anna", "space"),
        ("Anna ", "space"),
        ("A  B", "space"),
        ("-rf", "begin"),
        ("_x", "begin"),
        ("a\nb", "in it"),
        ("anna\u202e", "in it"),
        ("\u0301a", "begin"),
        ("x\ud800", "in it"),
        ("😀", "in it"),
    ],
)
def test_other_names_are_refused_with_the_reason(name: str, why: str, store: ProfileStore) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        store.find(name)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=70))
def test_any_text_is_a_name_or_is_refused(text: str) -> None:
    try:
        assert checked_name(checked_name(text)) == checked_name(text)
    except ValueError as error:
        assert str(error).endswith(".") and "\n" not in str(error)


# --- kept and read again


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, kept=st.lists(ranges, max_size=5))
def test_what_is_kept_is_read_again(name: str, kept: list, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        store = ProfileStore(Path(folder))
        person = store.extend(name, kept)
        assert store.load(name) == person == store.load(name.casefold())
        assert store.is_there(name) and [one.name for one in store.all()[0]] == [person.name] and store.all()[1] == []
        exported = Path(folder) / "out.json"
        exported.write_text(profile_text(person), "utf-8")
        assert read_profile(exported) == person


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=names, second=names)
def test_only_names_that_differ_in_case_alone_are_the_same_person(first: str, second: str, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        store = ProfileStore(Path(folder))
        store.save(Profile(name=checked_name(first)))
        same = checked_name(first).casefold() == checked_name(second).casefold()
        assert same <= store.is_there(second)
        assert store.is_there(checked_name(first).casefold())


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_the_owner_may_look_into_the_folder(store: ProfileStore) -> None:
    store.save(Profile(name="Anna"))
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    store.folder.chmod(0o755)
    store.save(Profile(name="Anna"))
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_a_name_that_differs_only_in_case_is_refused_for_making(store: ProfileStore) -> None:
    store.save(Profile(name="Anna"))
    for make in (store.to_extend, lambda name: store.extend(name, [measured()])):
        with pytest.raises(UsageError, match=r"'Anna' already, which differs from 'ANNA' only in capitals"):
            make("ANNA")
    assert store.to_extend("Anna") == Profile(name="Anna") == store.load("aNNa"), "nothing was changed"


def test_an_unknown_name_says_which_there_are(store: ProfileStore) -> None:
    with pytest.raises(UsageError, match="there are none yet"):
        store.load("Carl")
    for name in ("Bo", "Anna"):
        store.save(Profile(name=name))
    for look in (store.load, store.delete):
        with pytest.raises(UsageError, match=r"no profile 'Carl'; known are Anna, Bo\."):
            look("Carl")


def test_looking_makes_nothing(store: ProfileStore) -> None:
    assert store.find("Anna") is None and store.all() == ([], []) and not store.is_there("Anna")
    assert not store.folder.exists()


def test_deleting_leaves_nothing_of_a_person_in_the_file(store: ProfileStore) -> None:
    store.save(Profile(name="Anna").with_ranges([measured(source="a-very-private-name.mp4")]))
    store.delete("anna")
    assert store.find("Anna") is None
    with sqlite3.connect(store.database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert b"a-very-private-name" not in b"".join(path.read_bytes() for path in store.folder.iterdir())


def _measure(folder: Path, number: int) -> None:
    store = ProfileStore(folder)
    for place in range(5):
        store.extend("Anna", [measured(float(10 * number + place))])


def test_two_processes_at_once_both_have_theirs_kept(store: ProfileStore) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_measure, args=(store.folder, number)) for number in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    found = sorted(one.comfortable_deg for one in store.load("Anna").measurements)
    assert found == [10.0, 11.0, 12.0, 13.0, 14.0, 20.0, 21.0, 22.0, 23.0, 24.0]


# --- failures


def test_a_failure_while_writing_keeps_the_former_state(store: ProfileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    old = store.extend("Anna", [measured()])

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("formcheck.profiles.store._document", full)
        with pytest.raises(OutputError, match=r"disk is full\); close other formcheck windows, make room"):
            store.extend("Anna", [measured(30.0)])
    assert store.load("Anna") == old


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="file"):
        ProfileStore(tmp_path / "file").save(Profile(name="Anna"))


DAMAGED = [
    ("", "not valid JSON"),
    ("{", "not valid JSON"),
    ("[]", "damaged"),
    ("[" * 100_000, "not valid JSON"),
    ('{"schema": 1}', "name: field required"),
    ('{"name": "Anna", "measurements": []}', "'schema' is missing"),
    ('{"schema": 0, "name": "Anna", "measurements": []}', "schema"),
    ('{"schema": true, "name": "Anna", "measurements": []}', "schema"),
    ('{"schema": 1, "name": "../x", "measurements": []}', "name"),
    ('{"schema": 1, "name": "Anna", "measurements": [{}]}', "measurements.0.exercise"),
    ('{"schema": 1, "name": "Anna", "measurements": [], "more": 1}', "more"),
    ('{"schema": 2, "name": "Anna", "people": []}', r"newer formcheck \(format 2, known is 1\)"),
]


def put(store: ProfileStore, text: str) -> None:
    store.save(Profile(name="Anna"))
    with sqlite3.connect(store.database) as connection:
        connection.execute("UPDATE profiles SET content = ? WHERE key = 'anna'", (text,))
    connection.close()


@pytest.mark.parametrize(("text", "why"), [*DAMAGED, ('{"schema": 1, "name": "Bo", "measurements": []}', "it holds the name 'Bo'")])
def test_a_damaged_or_newer_profile_is_named_and_left_as_it_is(text: str, why: str, store: ProfileStore) -> None:
    put(store, text)
    for look in (store.find, store.load, store.to_extend, lambda name: store.extend(name, [])):
        with pytest.raises(InputError, match=why) as wrong:
            look("Anna")
        assert "the profile of Anna" in str(wrong.value) and "\n" not in str(wrong.value)
    store.save(Profile(name="Bo"))
    found, errors = store.all()
    assert [one.name for one in found] == ["Bo"] and len(errors) == 1, "it does not hide the others"
    assert store.is_there("Anna")
    store.delete("Anna")
    assert store.find("Anna") is None


@pytest.mark.parametrize(("text", "why"), [*DAMAGED, ("\x80", "not valid JSON")])
def test_a_file_that_is_no_profile_is_named(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=why) as wrong:
        read_profile(path)
    assert str(path) in str(wrong.value) and "\n" not in str(wrong.value)


def test_a_file_far_too_large_or_absent_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(InputError, match="too large"):
        read_profile(tmp_path / "large.json")
    with pytest.raises(InputError, match="no such file"):
        read_profile(tmp_path / "absent.json")


def test_a_damaged_database_is_named_and_left_as_it_is(store: ProfileStore) -> None:
    store.folder.mkdir(parents=True)
    store.database.write_bytes(b"no database" * 100)
    with pytest.raises(InputError, match=r"the history is damaged .* move it away"):
        store.find("Anna")
    assert store.database.read_bytes() == b"no database" * 100


# --- the folder


def test_the_folder_may_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path))
    assert ProfileStore().folder == tmp_path and ProfileStore().database == tmp_path / "history.sqlite3"
    monkeypatch.setenv(DATA_DIR_VARIABLE, "~/x")
    assert ProfileStore().folder == Path.home() / "x"


def test_without_a_choice_it_is_the_data_directory_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name, **_: str(tmp_path / name))
    for chosen in ("", "  "):
        monkeypatch.setenv(DATA_DIR_VARIABLE, chosen)
        assert ProfileStore().folder == tmp_path / "formcheck"


def test_the_text_is_json_that_people_can_read() -> None:
    data = json.loads(profile_text(Profile(name="Žofie").with_ranges([measured()])))
    assert (data["schema"], data["name"], data["measurements"][0]["comfortable_deg"]) == (1, "Žofie", 22.0)
    assert data["measurements"][0]["measured_at"] == "2026-05-03T23:30:00+02:00"
