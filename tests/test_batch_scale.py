"""Thousands of films: every one accounted for, no more memory for more of them, and a second run that does nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch_support import films_in_ledger, many, table

ROOT = Path(__file__).resolve().parent.parent

#: Runs the command line, and says what this process, without its children, took at most, in kB.
PROGRAM = """
import json, sys, time
from pathlib import Path
from formcheck.cli import main
code = main(sys.argv[1:])
status = Path("/proc/self/status")
lines = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
print(json.dumps({"code": code, "peak_kb": int(lines.get("VmHWM", "0 kB").split()[0]), "cpu_s": time.process_time()}), file=sys.stderr)
"""


def run(here: Path, *words: str) -> tuple[dict[str, float], list[str], str]:
    """The figures of a run, the lines on stdout, and the last line that was said."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    *_, closing, figures = done.stderr.splitlines()
    return json.loads(figures), done.stdout.splitlines(), closing


def counted(here: Path, films: int, workers: int, measured_every: int) -> tuple[float, float]:
    """Count so many films, twice. Returns the most memory of the first run, in kB, and the CPU time of the second, in s."""
    kinds = many(here / "films", films, measured_every=measured_every)
    assert sum(kinds.values()) == films and kinds["unreadable"] == films // 10
    failed = films - kinds["done"]
    words = ("count", "films", "--out", "out", "--workers", str(workers), "--json")
    first, lines, closing = run(here, *words)
    assert first["code"] == 3, closing
    assert f"{kinds['done']} done, 0 skipped, {failed} failed; tables" in closing
    assert len({json.loads(line)["path"] for line in lines}) == len(lines) == films
    rows = table(here / "out/files.csv")
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert {kind: sum(row["status"] == kind for row in rows) for kind in kinds} == kinds
    assert len(table(here / "out/repetitions.csv")) == kinds["done"]
    made = [row["made"] for row in films_in_ledger(here / "out")]
    assert len(made) == films and set(made) == {1}
    tables = [(here / "out" / name).read_bytes() for name in ("files.csv", "repetitions.csv")]
    second, lines, closing = run(here, *words)
    assert f"0 done, {kinds['done']} skipped, {failed} failed; tables" in closing
    assert all(json.loads(line)["skipped"] for line in lines) and len(lines) == films
    assert [row["made"] for row in films_in_ledger(here / "out")] == made, "nothing was done again"
    assert tables == [(here / "out" / name).read_bytes() for name in ("files.csv", "repetitions.csv")]
    return first["peak_kb"], second["cpu_s"]


def test_sixty_films_are_all_accounted_for(tmp_path: Path) -> None:
    counted(tmp_path, 60, 2, 6)


@pytest.mark.slow
def test_ten_thousand_films_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "large").mkdir()
    small, _ = counted(tmp_path / "small", 1_000, 2, 20)
    large, again_s = counted(tmp_path / "large", 10_000, 2, 20)
    figures = f"peak of the first process: {small / 1000:.0f} MB of 1,000 films, {large / 1000:.0f} MB of 10,000; again: {again_s:.1f} s"
    sys.stdout.write(f"{figures}\n")
    assert large - small < 20_000, "kB: the names and the ledger's cache may grow, films and results may not stay"
