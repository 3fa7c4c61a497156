"""The documents: what they point at exists, what they show works, what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.library import check, ids
from formcheck.exercise.schema import schema_text
from formcheck.exercise.session import FaultCode
from tests.people import clock, film, squatting

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "models/README.md", ROOT / "samples/README.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_readme_opens_with_a_picture_and_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    picture, demo, tests = text.index("!["), text.index("    python3 run.py demo"), text.index("    python3 run.py test")
    assert picture < demo < tests < text.index("## ")


def test_the_readme_names_every_exercise() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in ids())


def test_every_option_of_the_readme_exists(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("analyse", "count", "demo", "live", "report make", "history trend", "web", "validate", "benchmark"):
        assert main([*command.split(), "--help"]) == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = set(re.findall(r"`(--[a-z-]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named <= known


def test_every_mistake_is_explained() -> None:
    text = (ROOT / "docs/measurement.md").read_text("utf-8")
    assert all(code.value in text for code in FaultCode)


def test_the_published_schema_is_the_one_in_force() -> None:
    assert (ROOT / "docs/exercise-schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize("squats", [0, 1, 4])
def test_the_example_exercise_counts_squats(squats: int) -> None:
    spec = check(ROOT / "docs/examples/squat.toml")
    report = analyse(film(squatting(clock(5 * squats + 6), squats)), spec)
    assert report.counts == {"left": 0, "right": 0, "both": squats, "total": squats}
