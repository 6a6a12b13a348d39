"""The decisions: each clip's components, its runner-up and its reason."""

from dataclasses import dataclass

import numpy as np

from ..domain.highlights import HighlightWeights
from ..domain.media import Floats
from ..domain.sequence import Decision, ScoreComponent
from .assembly import Shot, shot_of
from .candidates import TICKS_PER_MS
from .exchanges import NO_CLIP, Options
from .moments import SpokenMoment
from .scoring import Worth
from .session import Session
from .timeline import Timeline
from .weights import (
    COMPONENTS,
    EMPHASIS,
    FACE,
    MOTION,
    POSITION,
    REACTION,
    SPEECH,
    SUBJECT,
    TRANSCRIPT,
    as_vector,
)

# So many of the best clips that are not shown are looked through for one that would fit
# in a clip's place.
_MOST_LEFT_OUT = 40
# A component is worth mentioning from this contribution to the score on.
_MENTION = 0.05
# And no more than so many of them.
_MOST_MENTIONED = 4
_WORDS = {
    SPEECH: "clear speech",
    EMPHASIS: "louder than the speaker's usual level",
    SUBJECT: "the subject is well in the picture",
    FACE: "faces are visible",
    MOTION: "much moves",
    REACTION: "laughter, applause or music",
    TRANSCRIPT: "cues in what is said",
    POSITION: "opening or ending of the session",
}


@dataclass(frozen=True, eq=False)
class Judge:
    """Explains shots by what their moments are worth."""

    session: Session
    timeline: Timeline
    moments: list[SpokenMoment]
    worth: Worth
    weights: HighlightWeights
    options: Options

    def components(self, shot: Shot, camera: int) -> Floats:
        """The shot's component values from one camera, shape (8,): means over its length."""
        core = slice(shot.core_first, shot.core_last)
        length = self.timeline.length_ms[core]
        values = self.worth.heard[core] + self.worth.seen[camera, core]
        lasting = max(shot.ticks / TICKS_PER_MS, float(length.sum()))
        mean: Floats = (values * length[:, None]).sum(axis=0) / max(lasting, 1e-9)
        return mean

    def score(self, shot: Shot, camera: int) -> float:
        """The sum of value * weight over the components, added up in their order."""
        values = self.components(shot, camera).tolist()
        weights = as_vector(self.weights).tolist()
        return float(sum(value * weight for value, weight in zip(values, weights, strict=True)))

    def best_first(self, shots: list[Shot]) -> list[Shot]:
        """Shots by falling score; ties by time, then asset id."""
        return sorted(
            shots,
            key=lambda shot: (-self.score(shot, shot.camera), shot.start_ms, shot.camera),
        )

    def decisions(self, shots: list[Shot], *, budget_ticks: int) -> tuple[Decision, ...]:
        """One decision per shot, in playing order."""
        left_out = self._left_out(shots)
        rest = budget_ticks - sum(shot.ticks for shot in shots)
        return tuple(
            self._decision(index, shot, left_out, rest) for index, shot in enumerate(shots)
        )

    def _decision(self, index: int, shot: Shot, left_out: list[Shot], rest: int) -> Decision:
        values = self.components(shot, shot.camera)
        components = tuple(
            ScoreComponent(name, value, getattr(self.weights, name))
            for name, value in zip(COMPONENTS, values.tolist(), strict=True)
        )
        runner_up = self._runner_up(shot)
        shown = [
            self.moments[spoken]
            for spoken in self.timeline.spoken[shot.core_first : shot.core_last].tolist()
            if spoken >= 0
        ]
        asset = self.session.tracks[shot.camera].asset_id
        reason = (
            f"{_clock(shot.start_ms)} from {asset}: {_why(values, as_vector(self.weights), shown)}"
        )
        reason += self._instead(left_out, room=shot.ticks + rest)
        return Decision(
            clip_index=index,
            score=self.score(shot, shot.camera),
            components=components,
            reason=reason,
            runner_up_asset_id=self.session.tracks[runner_up].asset_id if runner_up >= 0 else "",
            runner_up_score=self.score(shot, runner_up) if runner_up >= 0 else None,
        )

    def _instead(self, left_out: list[Shot], *, room: int) -> str:
        """The best clip left out: one that would fit into the room, if there is one."""
        if not left_out:
            return ""
        fitting = next((shot for shot in left_out if shot.ticks <= room), None)
        best = fitting or left_out[0]
        return (
            f"; the best left out{' that would fit here' if fitting else ', too long for here'}: "
            f"{_clock(best.start_ms)} from {self.session.tracks[best.camera].asset_id}, "
            f"{best.ticks / TICKS_PER_MS / 1e3:.1f} s, score {self.score(best, best.camera):.2f}"
        )

    def _runner_up(self, shot: Shot) -> int:
        """The best other camera that recorded the whole shot, or -1."""
        others = [
            camera
            for camera, shows in enumerate(self.session.shows)
            if shows
            and camera != shot.camera
            and self.session.start_ms[camera] <= shot.start_ms
            and self.session.end_ms[camera] >= shot.end_ms
        ]
        if not others:
            return -1
        return min(others, key=lambda camera: (-self.score(shot, camera), camera))

    def _left_out(self, shots: list[Shot]) -> list[Shot]:
        """The clips of most worth per time of which nothing is shown, the best first."""
        whole = self.options.closing == NO_CLIP
        clips = self.options.clips.take(self.options.opening[whole])
        free = np.ones(len(clips), dtype=np.bool_)
        end_ms = clips.start_ms + clips.ticks / TICKS_PER_MS
        for shot in shots:
            free &= (end_ms <= shot.start_ms) | (clips.start_ms >= shot.end_ms)
        left_out = np.flatnonzero(free)
        density = clips.value[left_out] / clips.ticks[left_out]
        ranked = left_out[np.lexsort((left_out, -density))][:_MOST_LEFT_OUT]
        return [shot_of(clips, at) for at in ranked.tolist()]


def _clock(session_ms: float) -> str:
    """Session time for people: "1:02:03.4", or "2:03.4" within the first hour."""
    tenths = round(abs(session_ms) / 100.0)
    seconds, tenth = divmod(tenths, 10)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    sign = "-" if session_ms < 0 and tenths else ""
    if hours:
        return f"{sign}{hours}:{minute:02d}:{second:02d}.{tenth}"
    return f"{sign}{minute}:{second:02d}.{tenth}"


def _why(values: Floats, weights: Floats, shown: list[SpokenMoment]) -> str:
    """The components that count most, the strongest first, and what belongs together."""
    gains = values * weights
    ranked = sorted(range(len(gains)), key=lambda at: (-gains[at], at))
    parts = [
        f"{_WORDS[at]} ({gains[at]:+.2f})"
        for at in ranked[:_MOST_MENTIONED]
        if gains[at] >= _MENTION
    ]
    if any(question.asks for question in shown[:-1]):
        parts.append("a question with its answer")
    if shown and shown[0].answers:
        parts.append("it answers the question before it")
    if shown and shown[-1].asks:
        parts.append("a question, whose answer follows")
    if any(moment.reacted for moment in shown):
        parts.append("with the reaction to it")
    return ", ".join(parts) if parts else "nothing stands out; it fills the target"
