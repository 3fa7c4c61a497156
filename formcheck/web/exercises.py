"""Exercises of a person's own: TOML files in the data folder, checked before they are kept."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import InputError, OutputError, UsageError
from formcheck.exercise import library
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.places import private_folder

__all__ = ["OwnExercises"]

_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,60}")


@dataclass(frozen=True)
class OwnExercises:
    """The exercises in one folder, a file each, named after their id."""

    folder: Path

    def all(self) -> tuple[list[ExerciseSpec], list[str]]:
        """Those that can be used, by title, and a sentence for each file that is wrong."""
        specs, wrong = [], []
        for path in sorted(self.folder.glob("*.toml")) if self.folder.is_dir() else []:
            try:
                specs.append(library.check(path))
            except InputError as error:
                wrong.append(str(error).replace(str(path), path.name))
        return sorted(specs, key=lambda spec: spec.title.casefold()), wrong

    def path_of(self, exercise_id: str) -> Path | None:
        """The file of an exercise, None when there is none of this id."""
        path = self.folder / f"{exercise_id}.toml"
        return path if _ID.fullmatch(exercise_id) and path.is_file() else None

    def load(self, exercise_id: str) -> ExerciseSpec:
        """One of these, or one of formcheck's own.

        Raises
        ------
        UsageError
            There is none of this id, or its file is wrong.
        """
        return library.load(self.name_for_library(exercise_id))

    def name_for_library(self, exercise_id: str) -> str:
        """What `formcheck.exercise.library.load` takes for an id: the id itself, or the file of one's own."""
        path = self.path_of(exercise_id)
        if path is not None:
            return str(path)
        if exercise_id not in library.ids() and exercise_id.lower().endswith(".toml"):
            raise UsageError("name an exercise by its id.")
        return exercise_id

    def load_named(self, name: str) -> ExerciseSpec:
        """The exercise of a journal's header: an id, or the file that an own one was read from."""
        return library.load(name)

    def add(self, text: str) -> ExerciseSpec:
        """Check the text of an exercise and keep it.

        Raises
        ------
        InputError
            It is wrong: which line and key, and what was expected.
        UsageError
            There is one of this id already, or the id cannot be the name of a file.
        OutputError
            It cannot be written.
        """
        with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
            path = Path(name) / "exercise.toml"
            path.write_text(text, "utf-8")
            try:
                spec = library.check(path)
            except InputError as error:
                raise InputError(str(error).replace(str(path), "this file")) from error
        if not _ID.fullmatch(spec.id):
            raise UsageError(f"the id {spec.id!r} is none: small letters, digits and - only, up to 60.")
        if spec.id in library.ids() or self.path_of(spec.id) is not None:
            raise UsageError(f"there is an exercise {spec.id!r} already; give this one another id.")
        try:
            private_folder(self.folder)
            (self.folder / f"{spec.id}.toml").write_text(text, "utf-8")
        except OSError as error:
            raise OutputError(f"the exercise could not be kept ({(error.strerror or str(error)).lower()}).") from error
        return spec

    def delete(self, exercise_id: str) -> bool:
        """Forget one; False when there is none of this id."""
        path = self.path_of(exercise_id)
        if path is not None:
            path.unlink(missing_ok=True)
        return path is not None
