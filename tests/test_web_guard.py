"""Who is answered by the web app: the attacks of a page elsewhere, of a name that changes where it leads, and of a guest in the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.websockets import WebSocketDisconnect

from formcheck.web.guard import CLOSED_FORBIDDEN, KEY_COOKIE, page_policy
from formcheck.web.server import addresses_of
from tests.web_support import BASE, HOST, client_of, headers, keep_session, services_of

CHANGES = [
    ("POST", "/api/jobs?name=a.mp4"),
    ("POST", "/api/jobs/x/cancel"),
    ("DELETE", "/api/jobs/x"),
    ("DELETE", "/api/history"),
    ("DELETE", "/api/history/x"),
    ("POST", "/api/profiles/import"),
    ("DELETE", "/api/profiles/anna"),
    ("POST", "/api/exercises"),
    ("DELETE", "/api/exercises/x"),
    ("DELETE", "/api/storage"),
]
PAGES = ["/", "/recorded", "/history", "/exercises", "/profiles", "/data", "/static/app.js", "/api/history"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:8765", "evil.example:8765", ""])
def test_a_name_that_is_not_ours_is_not_answered(tmp_path: Path, page: str, host: str) -> None:
    with client_of(services_of(tmp_path)) as client:
        answer = client.get(page, headers={"Host": host})
    assert answer.status_code == 403 and "error" in answer.json()


@pytest.mark.parametrize("host", [HOST, "localhost:8765", "LOCALHOST:8765"])
def test_our_own_names_are(tmp_path: Path, host: str) -> None:
    with client_of(services_of(tmp_path)) as client:
        assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_nothing_changes_without_the_token(tmp_path: Path, method: str, path: str) -> None:
    services = services_of(tmp_path / "data")
    session = keep_session(services)
    with client_of(services) as client:
        for sent in ({}, {"X-Formcheck-Token": ""}, {"X-Formcheck-Token": "x" * 43}, {"X-Formcheck-Token": services.token[:-1]}):
            answer = client.request(method, path.replace("/x", f"/{session}"), headers=sent)
            assert answer.status_code == 403 and "error" in answer.json()
    assert [row.id for row in services.history.sessions()] == [session]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://{HOST}.evil.example", "http://127.0.0.1:9999", "file://", "x"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/history"), ("DELETE", "/api/history"), ("GET", "/")])
def test_a_page_of_elsewhere_is_refused_even_with_the_token(tmp_path: Path, origin: str, method: str, path: str) -> None:
    services = services_of(tmp_path / "data")
    keep_session(services)
    with client_of(services) as client:
        answer = client.request(method, path, headers=headers(services, Origin=origin))
    assert answer.status_code == 403
    assert len(services.history.sessions()) == 1


def test_a_page_of_elsewhere_can_put_nothing_of_ours_into_itself(tmp_path: Path) -> None:
    with client_of(services_of(tmp_path)) as client:
        for dest, mode in (("image", "no-cors"), ("script", "no-cors"), ("empty", "cors"), ("video", "no-cors")):
            sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": mode}
            assert client.get("/api/history", headers=sent).status_code == 403
        # A link to us may be followed.
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
        assert client.get("/history", headers=link).status_code == 200


@pytest.mark.parametrize("sent", [{}, {"Origin": "http://evil.example"}, {"Origin": BASE, "Host": "evil.example"}])
def test_a_websocket_of_elsewhere_is_closed_before_it_opens(tmp_path: Path, sent: dict[str, str]) -> None:
    with client_of(services_of(tmp_path)) as client:
        with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/ws/live", headers=sent):
            pass
        assert closed.value.code == CLOSED_FORBIDDEN


def test_every_answer_says_what_a_browser_may_do_with_it(tmp_path: Path) -> None:
    with client_of(services_of(tmp_path)) as client:
        for page in [*PAGES, "/nowhere", "/api/nowhere"]:
            sent = client.get(page).headers
            assert sent["x-content-type-options"] == "nosniff" and sent["referrer-policy"] == "no-referrer"
            assert sent["cross-origin-resource-policy"] == "same-origin" and sent["x-frame-options"] == "DENY"
            assert sent["content-security-policy"] == page_policy() and sent["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in sent
    assert "unsafe" not in page_policy() and "*" not in page_policy() and "http" not in page_policy()


def test_pages_hold_no_script_and_no_style_of_their_own(tmp_path: Path) -> None:
    services = services_of(tmp_path / "data")
    session = keep_session(services)
    with client_of(services) as client:
        for page in [
            "/",
            "/recorded",
            "/history",
            f"/history/{session}",
            "/exercises",
            "/exercises/hip-internal-rotation",
            "/profiles",
            "/data",
        ]:
            text = client.get(page).text
            for tag in text.split("<script")[1:]:
                assert 'type="application/json"' in tag[:60] or 'src="/static/' in tag[:80]
            assert "<style" not in text and " style=" not in text and " onclick" not in text and "javascript:" not in text
            assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text


class TestFromTheNetwork:
    """With another address than this computer's own, everything needs the key."""

    def test_without_the_key_nothing_is_answered(self, tmp_path: Path) -> None:
        services = services_of(tmp_path, key="k" * 32)
        with client_of(services) as client:
            for page in [*PAGES, "/?key=", "/?key=wrong", f"/?other={'k' * 32}"]:
                assert client.get(page).status_code == 403
            assert client.get("/", headers={"Cookie": f"{KEY_COOKIE}=wrong"}).status_code == 403
            assert client.delete(f"/api/history?key={'k' * 32}", headers=headers(services)).status_code == 403

    def test_with_it_once_the_browser_is_known(self, tmp_path: Path) -> None:
        services = services_of(tmp_path, key="k" * 32)
        with client_of(services) as client:
            first = client.get(f"/history?key={'k' * 32}")
            assert (first.status_code, first.headers["location"]) == (303, "/history")
            assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in first.headers["set-cookie"].split(";")}
            assert client.get("/history").status_code == 200
            # The key alone changes nothing: that takes the token of a page.
            assert client.delete("/api/history").status_code == 403
            assert client.delete("/api/history", headers=headers(services)).status_code == 200

    def test_the_way_back_never_leads_elsewhere(self, tmp_path: Path) -> None:
        services = services_of(tmp_path, key="k" * 32)
        with client_of(services) as client:
            assert client.get(f"//evil.example/?key={'k' * 32}", headers={"Host": HOST}).headers.get("location", "/") == "/"


def test_a_header_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with client_of(services_of(tmp_path)) as client:
        answer = client.get("/", headers=[("Origin", BASE), ("Origin", "http://evil.example")])
    assert answer.status_code == 400


@given(st.text(max_size=60))
def test_no_cookie_upsets_the_guard(text: str) -> None:
    from formcheck.web import guard

    assert isinstance(guard._cookie(text), str)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", {"127.0.0.1:1", "localhost:1", "[::1]:1"}),
        ("localhost", {"127.0.0.1:1", "localhost:1", "[::1]:1"}),
        ("192.168.1.7", {"192.168.1.7:1"}),
        ("fe80::1", {"[fe80::1]:1"}),
    ],
)
def test_the_names_of_an_address(host: str, names: set[str]) -> None:
    assert addresses_of(host, 1) == names


def test_on_every_address_numbers_are_answered_and_names_are_not(tmp_path: Path) -> None:
    assert {"127.0.0.1:1", "localhost:1"} <= addresses_of("0.0.0.0", 1)
    services = services_of(tmp_path, every_address_at=8765)
    with client_of(services) as client:
        for host, status in (("192.168.1.7:8765", 200), ("[fe80::1]:8765", 200), ("192.168.1.7:80", 403), ("evil.example:8765", 403)):
            assert client.get("/", headers={"Host": host}).status_code == status
