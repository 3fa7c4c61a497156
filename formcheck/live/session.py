"""The loop of a live session: newest picture, pose, analysis, coach, window, and back to the newest picture.

Nothing is queued: what is seen is now. Everything that may take longer than a frame (the analysis of the last minute, writing, speaking,
looking for people, loading another model) works in threads of its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.feed import CameraFrame, CameraState, Feed, Look
from formcheck.capture.frame import VideoFrame
from formcheck.coach.choice import Choice
from formcheck.coach.framing import PictureStats, framing_verdict
from formcheck.coach.guidance import Cue, Guidance, Screen, Stage, Task, Want
from formcheck.coach.machine import Coach
from formcheck.coach.moment import Choose, Discomfort, Earlier, Event, FramingHint, FramingVerdict, LiveState, Moment, Signal
from formcheck.coach.records import record_dict
from formcheck.exercise.session import FrameResult
from formcheck.history.journal import Journal
from formcheck.live.chest import ChestWatch
from formcheck.live.chooser import Choosing
from formcheck.live.engine import LiveAnalyzer
from formcheck.live.keys import event_of
from formcheck.live.parts import Delays, Estimator, Parts
from formcheck.live.people import PeopleLook
from formcheck.live.presenter import Shown, WindowPresenter
from formcheck.live.recorder import FilmRecorder
from formcheck.live.window import NoWindow
from formcheck.motion.landmarks import PoseFrame

__all__ = ["Delays", "Estimator", "LiveSession", "Parts"]

#: How long a look at the camera may take before the window is drawn again without a new picture.
_PATIENCE_S = 0.1
_BRIGHTNESS_EVERY_S = 0.3
_SWITCH_S = 0.0005
_FRAMING_EVERY = 4
#: Dark, slow or small pictures are told this long; who leaves it so has chosen to.
_NUISANCE_SHOWN_S = 10.0
_WATCHED = frozenset({Stage.FRAMING, Stage.REST, Stage.OFFER, Stage.RANGE, Stage.SET, Stage.SWITCH})
_ONLY_GUIDED = frozenset({Stage.FRAMING, Stage.REST, Stage.RANGE, Stage.OFFER})
_RECORDED = frozenset({Task.REST, Task.RANGE, Task.SET})
#: A film that is played as a camera ends; the coach is then given this long to come to its end by itself.
_ENDING_S = 0.5


class LiveSession:
    """One session in front of a camera.

    Parameters
    ----------
    parts
        Camera, model, window, voice and journal.
    chooser
        What is chosen before the session; shown until Enter is pressed, unless ``at_once``.
    at_once
        Begin with what is chosen already.
    guided
        False: no place, rest and comfortable range; the set begins with the first picture.
    mirrored
        Show the picture as a mirror would; X changes it.
    earlier
        With ``at_once``: what it had come to when it broke off.
    """

    def __init__(
        self,
        parts: Parts,
        chooser: Choosing,
        *,
        at_once: bool = False,
        guided: bool = True,
        mirrored: bool = True,
        earlier: Earlier | None = None,
    ) -> None:
        self._parts = parts
        self._chooser = chooser
        self._guided = guided
        self._coach = Coach()
        self._events: list[Event] = [Choose(self._choice(), earlier)] if at_once else []
        self._want = Want()
        self._screen = Screen(Stage.CHOOSE)
        self._picture: CameraFrame | None = None
        self._told_of: Feed | None = None
        self._model: str | None = None
        self._model_trouble = ""
        self._nuisance: tuple[CameraFault, float] | None = None
        self._result: FrameResult | None = None
        self._state = LiveState()
        self._framing = FramingVerdict((FramingHint.NO_PICTURE,))
        self._brightness = float("nan")
        self._looked_s = -float("inf")
        self._time_s = 0.0
        self._cameras = 0
        self._stack = ExitStack()
        self._analyzer: LiveAnalyzer | None = None
        self._chest: ChestWatch | None = None
        self._journal: Journal | None = None
        presenter = parts.presenter
        if presenter is None and not isinstance(parts.display, NoWindow):
            presenter = WindowPresenter(parts.display, mirrored)
        self._presenter = presenter
        self._cues: tuple[Cue, ...] = ()
        self._people = PeopleLook(parts.count_people) if parts.count_people is not None else None
        self.delays = Delays()
        self.on_guidance: Callable[[Guidance], None] | None = None

    @property
    def coach(self) -> Coach:
        """The coach of this session."""
        return self._coach

    @property
    def film(self) -> FilmRecorder | None:
        """The film of the session, when one was asked for."""
        return self._parts.film

    @property
    def journal(self) -> Journal | None:
        """The journal, once the session began."""
        return self._journal

    def run(self) -> None:
        """Go through the session until it is over, the window is closed, or the film played as a camera ends.

        Raises
        ------
        KeyboardInterrupt
            Ctrl-C; what was measured is in the journal.
        FormcheckError
            The model or the window failed.
        """
        with self._stack:
            # The analysis runs beside the loop, which would wait 5 ms for it after every call that lets other threads run.
            self._stack.callback(sys.setswitchinterval, sys.getswitchinterval())
            sys.setswitchinterval(_SWITCH_S)
            self._stack.callback(self._close)
            feed = self._opened()
            while self._coach.stage is not Stage.DONE:
                look = feed.newest(_PATIENCE_S)
                if look.state is CameraState.ENDED:
                    self._end_of_film()
                    break
                self._step(look, feed)
                if self._events and self._events[-1] is Signal.CAMERA_CHANGED:
                    feed.stop()
                    self._cameras += 1
                    feed = self._opened(feed)

    def _opened(self, before: Feed | None = None) -> Feed:
        feed = self._parts.open_feed(self._cameras, before.counter.next_index if before is not None else 0)
        self._stack.callback(feed.stop)
        return feed

    def _step(self, look: Look, feed: Feed) -> None:
        began_s = time.perf_counter()
        model_s = 0.0
        frame = look.frame
        if frame is not None:
            self._picture, self._time_s = frame, frame.video.time_s
            self._tell_format(feed)
            self._note_nuisance(look.fault, self._time_s)
            if self._parts.film is not None:
                self._parts.film.offer(frame.video)
            if self._analyzer is not None or self._want.task is not Task.IDLE:
                pose = self._parts.estimator.estimate(frame.video)
                model_s = time.perf_counter() - began_s
                self._measure(frame.video, pose)
        # A slow camera often has no picture within one look: a nuisance is none the worse for that.
        trouble = look.fault.sentence if look.fault is not None and look.fault.code.blinds else None
        if frame is None and look.state is not CameraState.LIVE:
            trouble = trouble or look.sentence
        pressed = bool(self._events) or (self._presenter is not None and self._presenter.waits)
        if frame is None and trouble is None and not pressed:
            return
        moment = Moment(self._time_s, self._result if frame is not None else None, self._framing, self._state, trouble)
        self._advance(moment)
        self._show(self._status(feed))
        if frame is not None:
            busy_s = time.perf_counter() - began_s
            self.delays.model_s.append(model_s)
            self.delays.own_s.append(busy_s - model_s)
            self._parts.estimator.note(frame.video.time_s, busy_s)

    def _note_model(self, time_s: float) -> None:
        """Tell the analysis which model the poses come from; a change is kept with the session, for its report."""
        assert self._analyzer is not None
        model, trouble = self._parts.estimator.model, self._parts.estimator.trouble
        if trouble and trouble != self._model_trouble:
            self._parts.noted(trouble)
        self._model_trouble = trouble
        self._analyzer.use_model(model)
        if self._model not in (None, model):
            self._parts.noted(f"the {model} model is used from here on.")
            if self._journal is not None:
                self._journal.record({"kind": "model_changed", "time_s": time_s, "model": model})
        self._model = model

    def _tell_format(self, feed: Feed) -> None:
        """Say once what the camera sends, when its first picture is there."""
        if feed is not self._told_of and feed.format is not None:
            self._told_of = feed
            self._parts.noted(f"{feed.name}: {feed.format.sentence}.")

    def _note_nuisance(self, fault: CameraFault | None, time_s: float) -> None:
        """Keep in mind what is wrong with the pictures though they can be measured, to show it for a while."""
        if fault is None or fault.code.blinds:
            self._nuisance = None
        elif self._nuisance is None or self._nuisance[0].code is not fault.code:
            self._nuisance = fault, time_s
            self._parts.noted(fault.sentence)

    def _noticed(self) -> Screen:
        """The coach's screen, with what is wrong with the pictures where it has nothing to say itself."""
        screen = self._screen
        if self._nuisance is None or screen.notice is not None or screen.correction is not None or screen.stage not in _WATCHED:
            return screen
        fault, since_s = self._nuisance
        return replace(screen, notice=fault.sentence) if self._time_s - since_s < _NUISANCE_SHOWN_S else screen

    def _measure(self, frame: VideoFrame, pose: PoseFrame) -> None:
        assert self._analyzer is not None
        self._note_model(frame.time_s)
        row = self._chest.offer(frame, pose, self._want) if self._chest is not None else None
        self._result, self._state = self._analyzer.update(pose, self._want)
        if frame.time_s - self._looked_s >= _BRIGHTNESS_EVERY_S:
            self._looked_s = frame.time_s
            self._brightness = float(frame.image[::16, ::16].mean()) / 255.0
        if self._people is not None and self._want.task is Task.WATCH:
            self._people.offer(frame)
        watching = self._want.task is Task.WATCH
        # Before a set every frame is judged; in it the question is only whether somebody is still there.
        if watching or frame.index % _FRAMING_EVERY == 0 or pose.is_missing:
            people = self._people.people if self._people is not None and watching else None
            self._framing = framing_verdict(pose, PictureStats(self._brightness, people), self._chooser.spec, self._want.side)
        if self._journal is not None and self._want.task in _RECORDED:
            self._journal.pose(pose)
            if row is not None:
                self._journal.breath(frame.time_s, row)

    def _advance(self, moment: Moment) -> None:
        events, self._events = self._events, []
        guidance = self._coach.advance(moment, events)
        for event in events:
            if isinstance(event, Choose):
                self._begin(event.choice)
        for record in guidance.records:
            if self._journal is not None:
                self._journal.record(record_dict(record))
        for cue in guidance.cues:
            self._parts.speaker.give(cue)
            if cue.text and self._presenter is None:
                self._parts.told(cue.text)
        self._want, self._screen, self._cues = guidance.want, guidance.screen, guidance.cues
        if not self._guided and guidance.screen.stage in _ONLY_GUIDED:
            self._events.append(Signal.SKIP)
        if self.on_guidance is not None:
            self.on_guidance(guidance)

    def _begin(self, choice: Choice) -> None:
        if self._analyzer is None:
            if choice.watches_breath:
                self._chest = ChestWatch(self._parts.flow)
            breath = self._chest.traces if self._chest is not None else None
            self._analyzer = self._stack.enter_context(
                LiveAnalyzer(choice.spec, self._parts.estimator.model, threaded=self._parts.threaded, breath=breath)
            )
        if self._journal is None and self._parts.journal is not None:
            self._journal = self._stack.enter_context(self._parts.journal(choice))

    def _show(self, status: str) -> None:
        if self._presenter is None:
            return
        shown = Shown(
            self._picture,
            self._result,
            self._noticed(),
            self._cues,
            self._want.side,
            self._chooser.rows if self._screen.stage is Stage.CHOOSE else (),
            self._chooser.spec.reps.angle.replace("_", " "),
            status,
        )
        for done in self._presenter.show(shown):
            if isinstance(done, Signal | Choose | Discomfort):
                self._events.append(done)
            else:
                self._press(done)
        if self._presenter.is_closed:
            self._events.append(Signal.CLOSE)

    def _press(self, key: str) -> None:
        if self._screen.stage is Stage.CHOOSE:
            if key == "enter":
                self._events.append(Choose(self._choice()))
            elif key in ("esc", "q"):
                self._events.append(Signal.CLOSE)
            else:
                self._chooser.press(key)
            return
        if key == "c":
            self._events.append(Signal.CAMERA_CHANGED)
        else:
            event = event_of(key, self._screen)
            if event is not None:
                self._events.append(event)

    def _choice(self) -> Choice:
        without = self._chooser.choice()
        return self._chooser.choice(self._parts.kept(without.spec, without.direction))

    def _status(self, feed: Feed) -> str:
        fps = feed.counter.fps
        rate = f"{fps:.0f} fps, " if fps == fps else ""
        film = self._parts.film
        troubles = [part.trouble for part in (self._journal, film, self._parts.estimator) if part is not None]
        notes = "".join(f"{trouble} " for trouble in troubles if trouble)
        filming = "filming, " if film is not None and film.trouble is None else ""
        return f"{notes}{filming}{rate}{self._parts.estimator.model}"

    def _end_of_film(self) -> None:
        """A camera does not end; a film does, and the session with it."""
        time_s = self._time_s
        for signal in (Signal.FINISH, Signal.FINISH):
            if self._coach.stage is Stage.DONE:
                return
            time_s += _ENDING_S
            if self._analyzer is not None and self._result is not None:
                self._state = self._analyzer.settle(self._result.pose)[1]
            self._events.append(signal)
            self._advance(Moment(time_s, None, self._framing, self._state))
            self._show("")

    def _close(self) -> None:
        if self._people is not None:
            self._people.close()
        self._parts.speaker.close()
        (self._presenter or self._parts.display).close()
