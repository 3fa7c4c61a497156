"""A page in a real browser: opened with every request and complaint written down, looked at by axe-core, printed and read back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WIDTHS = (390, 1280, 1920)
SCHEMES = ("light", "dark")


@dataclass
class Watched:
    """A tab, with what went wrong in it: messages of the console, errors, and addresses that were asked for beyond the file itself."""

    tab: Any
    trouble: list[str] = field(default_factory=list)

    @property
    def overflow_px(self) -> int:
        """By how much the page is wider than its window."""
        return int(self.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    @property
    def spills(self) -> list[str]:
        """Words that stick out of the window, in what cannot be scrolled sideways."""
        return list(self.tab.evaluate(_SPILLS))

    def violations(self) -> list[str]:
        """What axe-core finds, a line for each rule and element."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.tab).response["violations"]
        return [f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}" for rule in found for node in rule["nodes"]]

    def video_s(self) -> float:
        """Where the video is, seconds."""
        return float(self.tab.evaluate("document.getElementById('video').currentTime"))

    def video_reaches(self, seconds: float, within_s: float = 0.1) -> None:
        """Wait until the video is there."""
        self.until(lambda: abs(self.video_s() - seconds) <= within_s)

    def until(self, done: Callable[[], bool], at_most_s: float = 10.0) -> None:
        """Wait for something; the page's own policy does not let a script of ours wait inside it."""
        for _ in range(round(at_most_s / 0.05)):
            if done():
                return
            self.tab.wait_for_timeout(50)
        assert done()


@contextmanager
def watched(browser: Any, path: Path, wait: bool = True, **options: Any) -> Iterator[Watched]:
    """Open a page with nothing but its own file let through; the tab is closed at the end."""
    # Without smooth scrolling a place on the screen stays where it was found.
    context = browser.new_context(**({"reduced_motion": "reduce"} | options))
    tab = context.new_page()
    found = Watched(tab)
    mine = {path.as_uri(), (path.parent / "annotated.mp4").as_uri()}

    def answer(route: Any) -> None:
        if route.request.url in mine:
            route.continue_()
        else:
            found.trouble.append(f"asked for {route.request.url[:200]}")
            route.abort()

    tab.route(lambda url: not url.startswith(("data:", "blob:")), answer)
    tab.on("console", lambda message: found.trouble.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: found.trouble.append(f"error: {error}"))
    tab.on("dialog", lambda dialog: (found.trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    try:
        tab.goto(path.as_uri())
        if wait:
            tab.wait_for_selector("html[data-ready]", timeout=60_000)
        yield found
    finally:
        context.close()


def printed(tab: Any) -> Any:
    """The page on A4, as a reader of PDF files sees it."""
    from pypdf import PdfReader

    return PdfReader(io.BytesIO(tab.pdf(format="A4", print_background=True)))


_SPILLS = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((element) => {
  if (element.closest('.scroll, .hidden, svg, [hidden], .skip, thead') || !element.getClientRects().length) return false;
  const place = element.getBoundingClientRect();
  return place.right > window.innerWidth + 1 || place.left < -1;
}).map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`)"""
