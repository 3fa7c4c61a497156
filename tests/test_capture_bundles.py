"""The pose model bundles are where they should be, and what they should be."""

from __future__ import annotations

import dataclasses
import re

import pytest

from formcheck.capture.bundles import DEFAULT_MODEL, MODELS_VARIABLE, SHA256, bundle
from formcheck.errors import InputError


@pytest.mark.parametrize("name", SHA256)
def test_the_bundles_in_the_repository_are_right(name, monkeypatch):
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)
    found = bundle(name)
    assert (found.name, found.sha256) == (name, SHA256[name])
    assert found.path.is_file()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]


def test_full_is_the_default(monkeypatch):
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)
    assert DEFAULT_MODEL == "heavy" == bundle().name


def test_the_readme_lists_the_same_sums_and_sizes(root):
    text = (root / "models" / "README.md").read_text(encoding="utf-8")
    for name, sha256 in SHA256.items():
        size = (root / "models" / f"pose_landmarker_{name}.task").stat().st_size
        assert re.search(rf"pose_landmarker_{name}\.task.*{size}.*{sha256}", text), name


def test_an_unknown_model_names_the_choices():
    with pytest.raises(InputError, match="huge: no such pose model; choose one of lite, full, heavy"):
        bundle("huge")


def test_a_missing_bundle_says_how_to_mend(tmp_path, monkeypatch):
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=r"pose_landmarker_lite\.task: the pose model 'lite' is missing; restore it"):
        bundle("lite")


def test_an_altered_bundle_is_refused(tmp_path, monkeypatch, root):
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    copy = tmp_path / "pose_landmarker_lite.task"
    data = bytearray((root / "models" / "pose_landmarker_lite.task").read_bytes())
    copy.write_bytes(bytes(data))
    assert bundle("lite").path == copy
    data[len(data) // 2] ^= 1
    copy.write_bytes(bytes(data))
    with pytest.raises(InputError, match=f"was altered: its sha256 is [0-9a-f]{{64}}, not {SHA256['lite']}; restore it") as error:
        bundle("lite")
    assert str(error.value).startswith(str(copy))


def test_an_empty_bundle_and_a_folder_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    (tmp_path / "pose_landmarker_lite.task").touch()
    with pytest.raises(InputError, match="was altered"):
        bundle("lite")
    (tmp_path / "pose_landmarker_full.task").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        bundle("full")
