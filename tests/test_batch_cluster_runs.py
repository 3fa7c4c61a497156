"""Whole runs of the command line on a cluster of real processes, films on a disk and on a small S3 of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from formcheck.cli import main
from tests.batch_support import contents, copies, films_in_ledger, many, recording, table
from tests.cli_support import json_lines
from tests.clusters import ROOT, Cluster, kill, until

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.mark.slow
def test_every_table_and_folder_is_that_of_one_machine(here: Path, cluster: Cluster, capsys: Capture) -> None:
    many(Path("films"), 12)
    recording(Path("films/long.npz"), 4, 20.0)
    lost = cluster.worker()
    cluster.worker()
    common = ["analyse", "films", "--no-annotated", "--parquet", "--opensim", "--json"]
    assert main([*common, "--out", "one/results", "--workers", "1"]) == 3
    expected = sorted(json_lines(capsys.readouterr().out), key=lambda line: line["path"])
    killer = threading.Thread(target=lambda: (until(lambda: list(Path("two").glob("results/*/session.json")), "a result"), kill(lost)))
    killer.start()
    assert main([*common, "--out", "two/results", "--scheduler", cluster.address]) == 3
    killer.join()
    found = sorted(json_lines(capsys.readouterr().out), key=lambda line: line["path"])
    for line in (*found, *expected):
        line["folder"] = line.get("folder", "")[len("one/results") :]
    assert found == expected
    assert contents(Path("two/results")) == contents(Path("one/results"))
    assert "Remove worker addr" in cluster.log()


@pytest.mark.slow
def test_a_run_whose_scheduler_was_lost_goes_on_with_another(
    here: Path, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, capsys: Capture
) -> None:
    for number in range(8):
        recording(Path(f"films/{number}.npz"), 1 + number % 3)
    cluster.worker()
    words = ["analyse", "films", "--out", "results", "--no-annotated", "--json", "--scheduler"]
    killer = threading.Thread(
        target=lambda: (until(lambda: list(Path("results").glob("*/session.json")), "a result"), kill(cluster.scheduler))
    )
    killer.start()
    assert main([*words, cluster.address]) == 3
    killer.join()
    first = capsys.readouterr()
    [complaint] = first.err.splitlines()
    assert "the scheduler was lost; what was finished until then is kept" in complaint
    done = len(json_lines(first.out))
    assert 1 <= done < 8
    assert len(table(Path("results/files.csv"))) == done == len(films_in_ledger(Path("results")))
    with Cluster(tmp_path_factory.mktemp("another")) as another:
        another.worker()
        assert main([*words, another.address]) == 0
    lines = json_lines(capsys.readouterr().out)
    assert sum(bool(line.get("skipped")) for line in lines) == done
    assert len(lines) == len(table(Path("results/files.csv"))) == 8
    assert not list(Path("results").glob(".formcheck-*"))


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An S3 on this machine with an empty bucket `clinic`; gives the environment that leads to it."""
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True).mkdir("clinic")
    yield environment
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.stop()


@pytest.mark.slow
def test_films_in_a_bucket(here: Path, cluster: Cluster, s3: dict[str, str], capsys: Capture) -> None:
    import fsspec

    bucket = fsspec.filesystem("s3", use_listings_cache=False)
    for number in range(3):
        recording(Path(f"films/{number}.npz"), 1 + number)
        bucket.put_file(f"films/{number}.npz", f"clinic/day {number}/{number}.npz")
    bucket.pipe_file("clinic/notes.txt", b"no film")
    for _ in range(2):
        cluster.worker(environment=s3)
    words = ["analyse", "s3://clinic/", "--no-annotated", "--json", "--out"]
    assert main([*words, "one/results", "--workers", "1"]) == 0
    assert main([*words, "two/results", "--scheduler", cluster.address]) == 0
    assert contents(Path("two/results")) == contents(Path("one/results"))
    assert [row["path"] for row in table(Path("two/results/files.csv"))] == [f"s3://clinic/day {n}/{n}.npz" for n in range(3)]
    capsys.readouterr()
    # Of a film that was changed the old results are kept until somebody says --force; the others are not even fetched.
    bucket.put_file(str(recording(Path("changed.npz"), 4)), "clinic/day 1/1.npz")
    assert main([*words, "two/results", "--scheduler", cluster.address]) == 2
    lines = {line["path"]: line for line in json_lines(capsys.readouterr().out)}
    assert [bool(line.get("skipped")) for _, line in sorted(lines.items())] == [True, False, True]
    assert main(["analyse", "s3://clinic/day 1/1.npz", *words[2:], "two/results", "--force", "--scheduler", cluster.address]) == 0
    [line] = json_lines(capsys.readouterr().out)
    assert line["reps"]["right"] == 4
    assert main(["count", "s3://clinic/absent.npz", "s3://nowhere/", "--scheduler", cluster.address]) == 3
    errors = capsys.readouterr().err.splitlines()
    assert "formcheck: s3://clinic/absent.npz: no such file." in errors


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--workers", "2"], "--workers is for this computer, and --scheduler for others"),
        (["--history"], "--history keeps what is measured on this computer"),
    ],
)
def test_words_that_do_not_go_with_a_cluster(here: Path, words: list[str], why: str, capsys: Capture) -> None:
    recording(Path("a.npz"))
    assert main(["analyse", "a.npz", "--scheduler", "tcp://127.0.0.1:1", *words]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert why in line
    assert not Path("results").exists()


def test_a_scheduler_that_is_not_there_is_one_line(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("formcheck.batch.cluster._CONNECT_S", 0.5)
    recording(Path("a.npz"))
    assert main(["count", "a.npz", "--scheduler", "tcp://127.0.0.1:1"]) == 3
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("formcheck: tcp://127.0.0.1:1: no scheduler answers there")
    assert main(["count", "a.npz", "--scheduler", "nonsense://x"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "is no address of a scheduler" in line


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for another process")
def test_ctrl_c_waits_for_what_was_begun_and_takes_back_the_rest(here: Path, cluster: Cluster) -> None:
    films = 30
    copies(Path("films"), films)
    cluster.worker()
    command = [sys.executable, "-m", "formcheck.cli", "count", "films", "--out", "out", "--json", "--scheduler", cluster.address]
    process = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    lines = json_lines(first + rest)
    assert len(lines) == films, "each is accounted for"
    done = [line["path"] for line in lines if line["error"] is None]
    assert 1 <= len(done) < films
    assert sorted(os.fsdecode(row["address"]) for row in films_in_ledger(Path("out"))) == sorted(done)
    assert f"{len(done)} done, 0 skipped, 0 failed, {films - len(done)} not looked at" in err
