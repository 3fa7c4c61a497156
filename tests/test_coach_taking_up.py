"""A session that broke off goes on: its counts, its ranges and its settings are those it had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.coach.choice import ComfortRange
from formcheck.coach.guidance import Stage
from formcheck.coach.machine import Coach
from formcheck.coach.moment import Choose, Earlier, Moment, Signal
from formcheck.coach.records import Finished, RepFinished, Resumed, SessionStarted, record_dict
from formcheck.errors import InputError, OutputError
from formcheck.exercise.library import load
from formcheck.history.journal import Journal
from formcheck.history.recovery import read_journal
from formcheck.live.taking_up import broken_session
from formcheck.motion.landmarks import Side
from tests.builders import example_recording
from tests.coaching import SPEC, Rehearsal, choice, one_leg

RIGHT, LEFT = Side.RIGHT, Side.LEFT


def begun(session: Rehearsal, earlier: Earlier) -> Rehearsal:
    session.frame([Choose(session.choice, earlier)])
    return session


def test_it_goes_on_at_the_first_leg_that_is_not_done_with_its_count() -> None:
    chosen = choice(SPEC, target=8)
    session = begun(Rehearsal(chosen), Earlier({RIGHT: 8, LEFT: 3}, (ComfortRange(LEFT, 20.0),), frozenset({RIGHT, LEFT})))
    assert session.stage is Stage.FRAMING
    assert [(count.side, count.done) for count in session.screen.counts] == [(RIGHT, 8), (LEFT, 3)]
    session.until(Stage.REST)
    assert session.want.side is LEFT
    session.until(Stage.SET)
    assert session.count == 3 and session.want.limit_deg == pytest.approx(25.0)
    assert session.of(Resumed) and not session.of(SessionStarted)


def test_the_next_repetition_has_the_next_number_and_the_summary_counts_both_parts() -> None:
    session = begun(Rehearsal(one_leg(target=5)), Earlier({RIGHT: 3}, (), frozenset({RIGHT})))
    session.until(Stage.SET)
    session.rep()
    assert session.of(RepFinished)[-1].number == 4 and session.count == 4
    session.rep()
    assert session.stage is Stage.SUMMARY and session.coach.summary.legs[0].startswith("Right leg: 5 of 5")
    session.frame([])
    assert session.coach.summary.values["legs"]["right"]["count"] == 5


def test_a_leg_whose_range_was_not_known_yet_is_asked_for_it() -> None:
    session = begun(Rehearsal(one_leg()), Earlier())
    session.until(Stage.RANGE)
    assert session.stage is Stage.RANGE


def test_where_all_was_done_the_summary_comes_at_once() -> None:
    session = begun(Rehearsal(one_leg(target=3)), Earlier({RIGHT: 3}, (), frozenset({RIGHT}), 2))
    assert session.stage is Stage.SUMMARY and session.screen.asks_discomfort
    session.press(Signal.FINISH)
    (end,) = session.of(Finished)
    assert (end.reason, end.summary["discomfort_before"]) == ("completed", 2)


@given(st.integers(0, 15), st.integers(0, 15), st.integers(1, 15))
def test_counts_never_go_down_by_going_on(right: int, left: int, target: int) -> None:
    coach = Coach()
    chosen = choice(SPEC, target=target)
    guidance = coach.advance(Moment(0.0), [Choose(chosen, Earlier({RIGHT: right, LEFT: left}))])
    assert [count.done for count in guidance.screen.counts] == [right, left]
    assert (coach.stage is Stage.SUMMARY) == (right >= target and left >= target)


def written(path: Path, session: Rehearsal, frames: int = 40) -> None:
    """The journal of a session up to now, broken off in the middle of a word."""
    with Journal(path, {"id": "a", "exercise": SPEC.id}) as journal:
        for record in session.records:
            journal.record(record_dict(record))
        for pose in list(example_recording())[:frames]:
            journal.pose(pose)
    with path.open("ab") as file:
        file.write(b"P torn")


def test_a_journal_tells_what_to_go_on_with_and_is_appended_to(tmp_path: Path) -> None:
    session = Rehearsal(choice(SPEC, target=6, rest_s=12.0, discomfort_before=1))
    session.go_to(Stage.SET)
    session.rep()
    session.rep()
    path = tmp_path / "a.fcj"
    written(path, session)
    found = read_journal(path)
    broken = broken_session(found, load)
    assert broken.choice.as_settings() == session.choice.as_settings() | {"discomfort_before": None}
    assert broken.earlier.done == {RIGHT: 2} and broken.earlier.ready == frozenset({RIGHT})
    assert broken.earlier.discomfort_before == 1
    assert broken.last_s >= session.records[-1].time_s
    assert [one.range_deg for one in broken.earlier.comfort] == [pytest.approx(session.coach._state.comfort[RIGHT].range_deg)]
    with Journal(path, {}, goes_on=True) as journal:
        journal.record({"kind": "resumed", "time_s": broken.last_s + 1, "stage": "choose"})
        with pytest.raises(OutputError, match="another window"), Journal(path, {}, goes_on=True):
            pass
    after = read_journal(path)
    assert after.header == found.header and after.lost_bytes == 0
    assert after.records == (*found.records, {"kind": "resumed", "time_s": broken.last_s + 1, "stage": "choose"})
    assert np.array_equal(after.recording.time_s, found.recording.time_s)


def test_what_ended_or_never_began_cannot_go_on(tmp_path: Path) -> None:
    path = tmp_path / "a.fcj"
    with Journal(path, {"id": "a", "exercise": SPEC.id}):
        pass
    with pytest.raises(InputError, match="not begun"):
        broken_session(read_journal(path), load)
    with Journal(path, {}, goes_on=True) as journal:
        journal.record({"kind": "session_started", "time_s": 0.0, "settings": {"sides": ["up"]}})
    with pytest.raises(InputError, match="kept as it is"):
        broken_session(read_journal(path), load)
    with Journal(path, {}, goes_on=True) as journal:
        journal.record({"kind": "finished", "time_s": 1.0})
    with pytest.raises(InputError, match="its end"):
        broken_session(read_journal(path), load)
    with pytest.raises(OutputError), Journal(tmp_path / "none.fcj", {}, goes_on=True):
        pass
