"""Two sessions side by side: what is called a difference, and what is not."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from formcheck.comparison import compared
from formcheck.errors import UsageError
from formcheck.exercise.session import FaultCode, Rejection, Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report.compare_page import write_compare_page
from formcheck.report.comparison import Comparison, Measure, comparison_json, comparison_text, verdict, verdict_sign
from formcheck.report.units import shown_in
from formcheck.sources import Remade, Source
from tests.builders import example_recording, example_report

RECORDING = example_recording()
BASE = example_report(RECORDING)


def session(
    ranges: Sequence[float], *, pm: float = 3.0, out_s: float = 1.5, faulty: int = 0, name: str = "one", **changes: object
) -> Remade:
    reps = [
        replace(
            BASE.reps[0],
            number=number,
            side=Side.RIGHT,
            range_deg=value,
            range_pm_deg=pm,
            clean_range_deg=value,
            out_s=out_s,
            faults=(FaultCode.JERKY,) if number <= faulty else (),
            rejected=None,
        )
        for number, value in enumerate(ranges, 1)
    ]
    report: SessionReport = replace(BASE, reps=tuple(reps), faults=(), **changes)  # type: ignore[arg-type]
    return Remade(Source(name, Path(name) / "landmarks.npz"), RECORDING, report)


def measure_of(comparison: Comparison, name: str) -> Measure:
    return next(one for pair in comparison.legs for one in pair.measures if one.name == name)


def with_reps(made: Remade, reps: Sequence[Rep]) -> Remade:
    return replace(made, report=replace(made.report, reps=tuple(reps)))


@pytest.mark.parametrize(
    ("more", "pm", "changed"),
    [(0.0, 1.0, False), (5.3, 1.0, False), (5.5, 1.0, True), (-5.5, 1.0, True), (9.8, 7.0, False), (10.0, 7.0, True)],
)
def test_a_range_differs_only_beyond_the_error_of_both(more: float, pm: float, changed: bool) -> None:
    found = measure_of(compared(session([20.0] * 4, pm=pm), session([20.0 + more] * 4, pm=pm)), "range_deg")
    assert found.changed is changed
    assert found.detectable == pytest.approx(max(5.4, math.hypot(pm, pm))) and found.difference == pytest.approx(more)
    assert "beyond" in verdict(found) and verdict(found).startswith("no difference") is not changed
    assert verdict_sign(found) == ("same" if not changed else "more" if more > 0 else "less")


@given(st.lists(st.floats(5, 45), min_size=3, max_size=12), st.lists(st.floats(5, 45), min_size=3, max_size=12), st.floats(0.1, 15))
def test_the_order_of_the_sessions_changes_the_sign_alone(first: list[float], second: list[float], pm: float) -> None:
    there = measure_of(compared(session(first, pm=pm), session(second, pm=pm)), "range_deg")
    back = measure_of(compared(session(second, pm=pm), session(first, pm=pm)), "range_deg")
    assert there.changed is back.changed and there.difference == pytest.approx(-back.difference)
    assert there.detectable == pytest.approx(back.detectable) and there.detectable >= 5.4
    assert measure_of(compared(session(first, pm=pm), session(first, pm=pm)), "range_deg").changed is False


def test_two_repetitions_are_too_few_and_an_unknown_error_is_said() -> None:
    few = measure_of(compared(session([20.0, 30.0]), session([40.0] * 5)), "range_deg")
    assert few.changed is None and few.first == 25.0 and "fewer than 3 repetitions were measured in the first session" in verdict(few)
    assert verdict_sign(few) == "unknown"
    unknown = measure_of(compared(session([20.0] * 4, pm=math.nan), session([40.0] * 4)), "range_deg")
    assert unknown.changed is None and "error is not known" in verdict(unknown)


def test_different_models_are_not_told_apart() -> None:
    found = compared(session([20.0] * 4), session([40.0] * 4, model={"name": "lite"}))
    assert measure_of(found, "range_deg").changed is None and "different pose models" in verdict(measure_of(found, "range_deg"))
    assert measure_of(found, "out_s").changed is False and "model full" in found.notes[0]


@pytest.mark.parametrize(("second", "changed"), [(1.65, False), (1.75, True), (1.25, True), (1.35, False)])
def test_tempo_differs_beyond_two_tenths_of_a_second(second: float, changed: bool) -> None:
    found = measure_of(compared(session([20.0] * 4, out_s=1.5), session([20.0] * 4, out_s=second)), "out_s")
    assert found.changed is changed and found.detectable == pytest.approx(0.2)


def test_tempo_allows_a_tenth_of_slow_movements_and_the_scatter_of_each() -> None:
    slow = measure_of(compared(session([20.0] * 4, out_s=4.0), session([20.0] * 4, out_s=4.35)), "out_s")
    assert slow.changed is False and slow.detectable == pytest.approx(0.435)
    uneven = session([20.0] * 3)
    uneven = with_reps(uneven, [replace(rep, out_s=value) for rep, value in zip(uneven.report.reps, (1.0, 1.5, 2.0), strict=True)])
    found = measure_of(compared(uneven, session([20.0] * 3, out_s=2.5)), "out_s")
    assert found.first_pm == pytest.approx(4.3027 * 0.5 / math.sqrt(3), rel=1e-4) and found.changed is False


@pytest.mark.parametrize(
    ("first", "second", "changed"),
    [
        ((0, 3), (3, 3), False),
        ((1, 10), (2, 10), False),
        ((0, 10), (9, 10), True),
        ((0, 4), (4, 4), True),
        ((4, 6), (1, 8), False),
        ((0, 1), (1, 1), False),
        ((0, 5), (0, 7), False),
    ],
)
def test_shares_differ_only_by_more_than_chance_explains(first: tuple[int, int], second: tuple[int, int], changed: bool) -> None:
    one, two = (session([20.0] * count, faulty=faulty) for faulty, count in (first, second))
    found = measure_of(compared(one, two), "with_faults_frac")
    (x, n), (y, m) = first, second
    assert found.changed is changed is bool(fisher_exact([[x, n - x], [y, m - y]]).pvalue < 0.05)
    assert (found.first, found.second) == (x / n, y / m) and "chance" in verdict(found)


def test_only_counted_repetitions_are_compared_and_each_mistake_is_listed() -> None:
    one = session([20.0] * 5, faulty=2)
    one = with_reps(one, [*one.report.reps[:4], replace(one.report.reps[4], rejected=Rejection.PARTIAL, range_deg=2.0)])
    found = compared(one, session([20.0] * 3))
    (pair,) = found.legs
    assert (pair.first_reps, pair.second_reps, pair.faults) == (4, 3, (("Jerky movement", 2, 0),))
    assert found.first.reps == 4


def test_a_leg_of_one_session_alone_is_shown_and_not_compared() -> None:
    left = session([20.0] * 4)
    left = with_reps(left, [replace(rep, side=Side.LEFT) for rep in left.report.reps])
    found = compared(left, session([20.0] * 4))
    assert [(pair.side, pair.first_reps, pair.second_reps, pair.measures) for pair in found.legs] == [
        ("right", 0, 4, ()),
        ("left", 4, 0, ()),
    ]
    assert "not compared: none in the first session" in comparison_text(found)


def test_sessions_without_a_repetition_say_so() -> None:
    found = compared(session([]), session([]))
    assert found.legs == () and "Neither session has a counted repetition." in comparison_text(found)


def test_different_exercises_are_refused() -> None:
    with pytest.raises(UsageError, match="only sessions of one exercise"):
        compared(session([20.0] * 3), session([20.0] * 3, exercise="standing-hip-abduction"))


def test_the_text_has_columns_and_follows_the_unit() -> None:
    found = compared(session([20.0] * 4, name="monday"), session([30.0] * 4, name="friday"))
    text = comparison_text(found)
    assert "10° more, beyond ±6°" in text and "monday" in text and "friday (full model, 4 repetitions)" in text
    assert len({line.index("20° ± 3°") for line in text.split("\n") if "20° ± 3°" in line}) == 1
    with shown_in("rad"):
        told = comparison_text(found)
    assert "°" not in told and "0.17 rad more, beyond ±0.10 rad" in told


def test_json_holds_numbers_and_null() -> None:
    found = compared(session([20.0] * 2, pm=math.nan), session([30.0] * 4))
    values = json.loads(json.dumps(comparison_json(found), allow_nan=False))
    first = values["legs"][0]["measures"][0]
    assert (first["name"], first["first"], first["first_pm"], first["changed"], first["difference"]) == (
        "range_deg",
        20.0,
        None,
        None,
        10.0,
    )


# --- the page


def hostile() -> Comparison:
    name = "</style><script>alert(1)</script><img src=x onerror=alert(2)>" + "W" * 150
    made = replace(session([20.0] * 4, faulty=1, name=name, title=name), source=Source(name, Path("x"), day=date(2026, 5, 3)))
    return compared(made, session([31.0] * 6, faulty=5, title=name))


def test_the_page_is_the_same_each_time_and_runs_nothing(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_compare_page(hostile(), tmp_path / name)
    page = (tmp_path / "a.html").read_text("utf-8")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert "<script" not in page and "<img" not in page and "default-src 'none'" in page
    assert page.count("</style>") == 1 and "2026-05-03" in page and "11° more" in page


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_page_fits_every_screen_and_passes_axe(width: int, scheme: str, tmp_path: Path, chromium: str) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    write_compare_page(hostile(), tmp_path / "compare.html")
    said: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.goto((tmp_path / "compare.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        seen = "[...document.querySelectorAll('main *:not(thead, thead *)')]"
        wide = "filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth)"
        assert page.evaluate(f"{seen}.{wide}.map(e => e.outerHTML.slice(0, 120))") == [] and said == []
        # The rules are run from outside of the page, which itself lets no script run.
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
        browser.close()
