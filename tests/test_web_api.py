"""History, people, exercises and what is stored, over the web app's interface; and everything odd that can be asked of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.profiles.calibration import calibrated
from tests.builders import example_recording, example_report
from tests.web_support import START, client_of, headers, keep_session, services_of

OWN = (Path(__file__).resolve().parent.parent / "formcheck/exercise/definitions/hip-internal-rotation.toml").read_text("utf-8")
OWN = OWN.replace('id = "hip-internal-rotation"', 'id = "my-own"').replace('title = "Hip internal rotation"', 'title = "<b>Mine</b>"')


def test_sessions_are_listed_exported_and_deleted(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    first, second = keep_session(services, 0), keep_session(services, 1)
    with client_of(services) as client:
        assert [one["id"] for one in client.get("/api/history").json()["sessions"]] == [second, first]
        assert client.get("/api/history?person=nobody").json() == {"sessions": []}
        rows = list(csv.DictReader(io.StringIO(client.get(f"/api/history/export.csv?ids={first}").text)))
        assert {row["session"] for row in rows} == {first} and len(rows) == len(services.history.reps(first))
        assert len(list(csv.DictReader(io.StringIO(client.get("/api/history/export.csv?ids=all").text)))) == 2 * len(rows)
        assert client.delete(f"/api/history/{first}", headers=headers(services)).json() == {"deleted": 1}
        assert client.delete(f"/api/history/{first}", headers=headers(services)).status_code == 404
        assert client.delete("/api/history/last", headers=headers(services)).status_code == 404
        assert client.delete("/api/history", headers=headers(services)).json() == {"deleted": 1}
        assert client.get("/api/history").json() == {"sessions": []}


def test_files_of_a_session_come_by_their_names_and_nothing_else_does(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    session = keep_session(services)
    (tmp_path / "data" / "secret.txt").write_text("secret")
    (tmp_path / "data" / "sessions" / session / "notes.txt").write_text("secret")
    with client_of(services) as client:
        for name in ("report.html", "session.json", "reps.csv", "frames.csv", "landmarks.npz"):
            assert client.get(f"/sessions/{session}/{name}").status_code == 200
        for path in (
            f"/sessions/{session}/notes.txt",
            f"/sessions/{session}/..%2F..%2Fsecret.txt",
            f"/sessions/{session}/%2e%2e/%2e%2e/secret.txt",
            f"/sessions/..%2F{session}/reps.csv",
            "/sessions/../secret.txt",
            "/sessions/%2e%2e/secret.txt",
            "/sessions/none/report.html",
            "/results/%2e%2e/history.sqlite3",
            "/results/..%5c..%5csecret/report.html",
            f"/results/{session}/report.html",
            "/static/../services.py",
            "/static/%2e%2e/services.py",
            "/static/..%2fservices.py",
        ):
            answer = client.get(path)
            assert answer.status_code in (404, 405) and "secret" not in answer.text, path


def test_a_link_in_a_result_folder_leads_nowhere(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    folder = services.results / "abcdef0123456789"
    folder.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "reps.csv").symlink_to(tmp_path / "secret.txt")
    with client_of(services) as client:
        assert client.get("/results/abcdef0123456789/reps.csv").status_code == 404


def with_profile(services: Any) -> str:
    ranges = calibrated(example_report(example_recording(reps=5), reps=5), START).ranges
    return str(services.profiles.extend("Åsa 2", ranges).name)


def test_people_are_listed_saved_deleted_and_taken_back(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    name = with_profile(services)
    with client_of(services) as client:
        (one,) = client.get("/api/profiles").json()["profiles"]
        assert one["name"] == name and one["measurements"] >= 1
        saved = client.get("/api/profiles/Åsa 2/export")
        assert saved.status_code == 200 and "attachment" in saved.headers["content-disposition"]
        again = client.post("/api/profiles/import", content=saved.content, headers=headers(services))
        assert again.status_code == 422 and "already" in again.json()["error"]
        assert client.delete("/api/profiles/Åsa 2", headers=headers(services)).status_code == 200
        assert client.delete("/api/profiles/Åsa 2", headers=headers(services)).status_code == 422
        assert client.post("/api/profiles/import", content=saved.content, headers=headers(services)).status_code == 201
        for content, status in ((b"{}", 422), (b"\xff\xfe", 422), (b"[" * 100_000, 422), (bytes(1_000_001), 413)):
            assert client.post("/api/profiles/import", content=content, headers=headers(services)).status_code == status
    assert services.profiles.load(name).measurements


def test_an_exercise_of_ones_own_is_checked_kept_shown_and_deleted(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        wrong = client.post("/api/exercises", content=OWN.replace("min_reps", "min_rebs"), headers=headers(services))
        assert wrong.status_code == 422 and "min_rebs" in wrong.json()["error"] and str(tmp_path) not in wrong.json()["error"]
        for bad in ("hip-internal-rotation", "../x", "x" * 90, "Mine", "con/x"):
            text = OWN.replace('"my-own"', f'"{bad}"')
            assert client.post("/api/exercises", content=text, headers=headers(services)).status_code == 422
        assert client.post("/api/exercises", content=OWN, headers=headers(services)).json()["id"] == "my-own"
        assert client.post("/api/exercises", content=OWN, headers=headers(services)).status_code == 422
        page = client.get("/exercises/my-own").text
        assert "&lt;b&gt;Mine&lt;/b&gt;" in page and "<b>Mine" not in page
        assert "my-own" in client.get("/recorded").text
        (services.exercises / "broken.toml").write_text("x = [")
        assert "broken.toml" in client.get("/exercises").text
        assert client.delete("/api/exercises/my-own", headers=headers(services)).status_code == 200
        assert client.delete("/api/exercises/my-own", headers=headers(services)).status_code == 404
        assert client.delete("/api/exercises/hip-internal-rotation", headers=headers(services)).status_code == 404


def test_what_is_stored_is_said_and_deleted(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        empty = client.get("/api/storage").json()
        assert (empty["sessions"], empty["sessions_bytes"], empty["results"]) == (0, 0, 0)
        keep_session(services)
        with_profile(services)
        client.post("/api/exercises", content=OWN, headers=headers(services))
        (services.results / "abcdef").mkdir(parents=True)
        (services.results / "abcdef" / "annotated.mp4").write_bytes(bytes(1000))
        full = client.get("/api/storage").json()
        assert (full["sessions"], full["profiles"], full["exercises"], full["results"], full["results_bytes"]) == (1, 1, 1, 1, 1000)
        assert full["sessions_bytes"] > 1000
        assert client.delete("/api/storage", headers=headers(services)).json() == {"deleted": 1}
        after = client.get("/api/storage").json()
    assert all(after[name] == 0 for name in ("sessions", "profiles", "exercises", "results", "results_bytes"))


def test_two_sessions_are_compared_and_the_weeks_shown(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    first, second = keep_session(services, 0), keep_session(services, 1)
    with client_of(services) as client:
        compared = client.get(f"/compare?a={first}&b={second}")
        assert compared.status_code == 200 and compared.headers["content-security-policy"].startswith("sandbox")
        assert client.get("/weeks").status_code == 200
        assert client.get("/compare?a=x&b=y").status_code == 404 and client.get("/compare").status_code == 404
        assert client.get("/compare?a=last&b=/etc/passwd").status_code == 404
        assert client.get("/weeks?person=nobody").status_code == 404
        assert client.get(f"/history/{first}").status_code == 200 and client.get("/history/none").status_code == 404


def test_an_empty_history_has_pages_too(tmp_path: Path) -> None:
    with client_of(services_of(tmp_path / "data")) as client:
        for page in ("/", "/history", "/profiles", "/data", "/recorded", "/exercises"):
            assert client.get(page).status_code == 200
        missing = client.get("/nowhere", headers={"Accept": "text/html"})
        assert missing.status_code == 404 and "There is no page at this address." in missing.text and 'href="/history"' in missing.text
    assert not (tmp_path / "data").exists()


def test_a_damaged_history_is_said_and_not_a_crash(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    services.folder.mkdir()
    services.history.database.write_bytes(b"nothing of the kind" * 100)
    with client_of(services) as client:
        for path in ("/", "/history", "/api/history", "/data", "/profiles", "/api/profiles", "/weeks"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 422 and "history.sqlite3" in answer.text, path


PATHS = st.sampled_from(
    [
        "/api/jobs",
        "/api/jobs/{}",
        "/api/jobs/{}/cancel",
        "/api/history",
        "/api/history/{}",
        "/api/history/export.csv",
        "/api/profiles/{}",
        "/api/profiles/{}/export",
        "/api/profiles/import",
        "/api/exercises",
        "/api/exercises/{}",
        "/results/{}/report.html",
        "/results/{}/{}",
        "/sessions/{}/{}",
        "/history/{}",
        "/exercises/{}",
        "/weeks",
        "/compare",
        "/static/{}",
        "/{}",
    ]
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ASKED = st.dictionaries(
    st.sampled_from(["name", "exercise", "side", "direction", "model", "person", "profile", "ids", "a", "b"]), WORDS, max_size=5
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]), PATHS, WORDS, WORDS, ASKED, st.binary(max_size=200))
def test_whatever_is_asked_nothing_breaks(tmp_path: Path, method: str, path: str, one: str, other: str, asked: Any, body: bytes) -> None:
    services = services_of(tmp_path / "data")
    with client_of(services) as client:
        address = path.replace("{}", quote(one, safe=""), 1).replace("{}", quote(other, safe=""), 1)
        answer = client.request(method, address, params=asked, content=body, headers=headers(services))
    assert answer.status_code < 500, (method, address, answer.text)


@pytest.mark.parametrize("page", ["/history", "/profiles", "/exercises"])
def test_names_of_people_and_files_are_text(tmp_path: Path, page: str) -> None:
    services = services_of(tmp_path / "data")
    keep_session(services, title="<img src=x onerror=alert(1)>")
    services.exercises.mkdir(parents=True)
    (services.exercises / "<script>alert(1)<script>.toml").write_text("x = [")
    with client_of(services) as client:
        text = client.get(page).text
    assert "<img src=x" not in text and "<script>alert" not in text
