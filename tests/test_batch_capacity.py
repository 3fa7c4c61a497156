"""How many films at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck import capacity

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("cores", "free", "workers"),
    [
        (4, 100 * GB, 4),
        (4, None, 4),
        (1, 100 * GB, 1),
        (8, 4 * GB, 3),
        (8, 1 * GB, 1),
        (8, 0, 1),
        (2, int(2.3 * GB), 1),
        (2, int(2.5 * GB), 2),
    ],
)
def test_cores_and_memory_allow_so_many(monkeypatch: pytest.MonkeyPatch, cores: int, free: int | None, workers: int) -> None:
    monkeypatch.setattr(capacity, "cores", lambda: cores)
    monkeypatch.setattr(capacity, "available_bytes", lambda: free)
    assert capacity.default_workers() == workers


def test_this_computer_has_something() -> None:
    assert capacity.cores() >= 1
    free = capacity.available_bytes()
    assert free is None or free > 10_000_000
    assert 1 <= capacity.default_workers() <= capacity.cores()


def test_the_limits_of_a_container_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity.sys, "platform", "linux")
    monkeypatch.setattr(capacity.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal: 32000000 kB\nMemAvailable: 16000000 kB\n")
    assert capacity.cores(tmp_path) == 16
    assert capacity.available_bytes(tmp_path, memory) == 16_000_000 * 1024
    (tmp_path / "cpu.max").write_text("250000 100000\n")
    (tmp_path / "memory.max").write_text("4000000000\n")
    (tmp_path / "memory.current").write_text("1000000000\n")
    assert capacity.cores(tmp_path) == 2
    assert capacity.available_bytes(tmp_path, memory) == 3 * GB
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert capacity.cores(tmp_path) == 16
    assert capacity.available_bytes(tmp_path, memory) == 16_000_000 * 1024
