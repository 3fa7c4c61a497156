"""Where profiles are kept: any name has a safe file, what is written is read again, and a failure leaves the old state."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.errors import InputError, OutputError, UsageError
from formcheck.profiles import store as store_module
from formcheck.profiles.names import MAX_NAME_LENGTH, checked_name, file_name, same_name_key
from formcheck.profiles.profile import Profile
from formcheck.profiles.store import DATA_DIR_VARIABLE, ProfileStore, default_folder, profile_text, read_profile
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
    return ProfileStore(tmp_path / "data" / "profiles")


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
        store.path_of(name)
    assert "\n" not in str(refused.value)


@given(names)
def test_every_name_has_a_plain_file_inside_the_folder(name: str) -> None:
    file = file_name(checked_name(name))
    assert set(file) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert file.endswith(".json") and not file.startswith(("-", ".")) and len(file) <= 60 and Path(file).name == file


@given(names, names)
def test_only_names_that_differ_in_case_alone_share_a_file(first: str, second: str) -> None:
    assert (file_name(first) == file_name(second)) is (same_name_key(first) == same_name_key(second))
    assert file_name(first) == file_name(first.casefold())


@given(st.text(max_size=70))
def test_any_text_is_a_name_or_is_refused(text: str) -> None:
    try:
        assert checked_name(checked_name(text)) == checked_name(text)
    except ValueError as error:
        assert str(error).endswith(".") and "\n" not in str(error)


# --- kept and read again


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, kept=st.lists(ranges, max_size=5))
def test_what_is_kept_is_read_again(name: str, kept: list, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        store = ProfileStore(Path(folder))
        person = store.to_extend(name).with_ranges(kept)
        path = store.save(person)
        assert store.load(name) == person == read_profile(path)
        assert store.load(name.casefold()) == person
        assert [one.name for one in store.all()[0]] == [person.name] and store.all()[1] == []
        assert path.read_text("utf-8") == profile_text(person)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_the_owner_may_read(store: ProfileStore) -> None:
    path = store.save(Profile(name="Anna"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    store.folder.chmod(0o755)
    store.save(Profile(name="Anna"))
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_a_name_that_differs_only_in_case_is_refused_for_making(store: ProfileStore) -> None:
    store.save(Profile(name="Anna"))
    with pytest.raises(UsageError, match=r"'Anna' already, which differs from 'ANNA' only in capitals"):
        store.to_extend("ANNA")
    assert store.to_extend("Anna") == Profile(name="Anna") and store.load("aNNa").name == "Anna"


def test_an_unknown_name_says_which_there_are(store: ProfileStore) -> None:
    with pytest.raises(UsageError, match="there are none yet"):
        store.load("Carl")
    for name in ("Bo", "Anna"):
        store.save(Profile(name=name))
    for look in (store.load, store.delete):
        with pytest.raises(UsageError, match=r"no profile 'Carl'; known are Anna, Bo\."):
            look("Carl")


def test_deleting_takes_the_file_away(store: ProfileStore) -> None:
    path = store.save(Profile(name="Anna"))
    assert store.delete("anna") == path and not path.exists() and store.find("Anna") is None


# --- failures


@pytest.mark.parametrize("when", ["fsync", "replace", "write"])
def test_a_failure_while_writing_keeps_the_former_state(when: str, store: ProfileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Profile(name="Anna").with_ranges([measured()])
    path = store.save(old)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if when == "fsync":
            patch.setattr(store_module.os, "fsync", fail)
        elif when == "replace":
            patch.setattr(Path, "replace", fail)
        else:
            patch.setattr(store_module.os, "fdopen", fail)
        with pytest.raises(OutputError, match=r"no space left on device\); nothing was changed"):
            store.save(old.with_ranges([measured(30.0)]))
    assert read_profile(path) == old
    assert [one.name for one in store.folder.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=DATA_DIR_VARIABLE):
        ProfileStore(tmp_path / "file" / "profiles").save(Profile(name="Anna"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "damaged"),
        ("\x80", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"schema": 1}', "name: field required"),
        ('{"name": "Anna", "measurements": []}', "'schema' is missing"),
        ('{"schema": 0, "name": "Anna", "measurements": []}', "schema"),
        ('{"schema": true, "name": "Anna", "measurements": []}', "schema"),
        ('{"schema": 1, "name": "../x", "measurements": []}', "name"),
        ('{"schema": 1, "name": "Anna", "measurements": [{}]}', "measurements.0.exercise"),
        ('{"schema": 1, "name": "Anna", "measurements": [], "more": 1}', "more"),
        ('{"schema": 1, "name": "Bo", "measurements": []}', "it holds the name 'Bo'"),
        ('{"schema": 2, "name": "Anna", "people": []}', r"newer formcheck \(format 2, known is 1\)"),
    ],
)
def test_a_damaged_or_newer_file_is_named_and_left_as_it_is(text: str, why: str, store: ProfileStore) -> None:
    store.folder.mkdir(parents=True)
    path = store.path_of("Anna")
    path.write_bytes(text.encode("latin-1"))
    for look in (store.find, store.load, store.to_extend):
        with pytest.raises(InputError, match=why) as wrong:
            look("Anna")
        assert str(path) in str(wrong.value) and "\n" not in str(wrong.value)
    assert path.read_bytes() == text.encode("latin-1")
    store.delete("Anna")
    assert not path.exists()


def test_a_damaged_file_does_not_hide_the_others(store: ProfileStore) -> None:
    store.save(Profile(name="Anna"))
    store.path_of("Bo").write_text("{")
    (store.folder / ".formcheck-left.partial").write_text("{")
    found, wrong = store.all()
    assert [one.name for one in found] == ["Anna"] and len(wrong) == 1


def test_a_file_far_too_large_is_not_read(store: ProfileStore) -> None:
    store.folder.mkdir(parents=True)
    with store.path_of("Anna").open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(InputError, match="too large"):
        store.load("Anna")


# --- the folder


def test_the_folder_may_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path))
    assert default_folder() == tmp_path / "profiles" == ProfileStore().folder
    monkeypatch.setenv(DATA_DIR_VARIABLE, "~/x")
    assert default_folder() == Path.home() / "x" / "profiles"


def test_without_a_choice_it_is_the_data_directory_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name, **_: str(tmp_path / name))
    for chosen in ("", "  "):
        monkeypatch.setenv(DATA_DIR_VARIABLE, chosen)
        assert default_folder() == tmp_path / "formcheck" / "profiles"


def test_the_file_is_json_that_people_can_read(store: ProfileStore) -> None:
    data = json.loads(store.save(Profile(name="Žofie").with_ranges([measured()])).read_text("utf-8"))
    assert (data["schema"], data["name"], data["measurements"][0]["comfortable_deg"]) == (1, "Žofie", 22.0)
    assert data["measurements"][0]["measured_at"] == "2026-05-03T23:30:00+02:00"
