"""Why a clip was picked, in words."""

from ..domain.media import Floats
from .moments import SpokenMoment
from .weights import EMPHASIS, FACE, MOTION, POSITION, REACTION, SPEECH, SUBJECT, TRANSCRIPT

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


def clock(session_ms: float) -> str:
    """Session time for people: "1:02:03.4", or "2:03.4" within the first hour."""
    tenths = round(abs(session_ms) / 100.0)
    seconds, tenth = divmod(tenths, 10)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    sign = "-" if session_ms < 0 and tenths else ""
    if hours:
        return f"{sign}{hours}:{minute:02d}:{second:02d}.{tenth}"
    return f"{sign}{minute}:{second:02d}.{tenth}"


def why(values: Floats, weights: Floats, shown: list[SpokenMoment]) -> str:
    """The components that count most, the strongest first, and what belongs together."""
    gains = values * weights
    ranked = sorted(range(len(gains)), key=lambda at: (-gains[at], at))
    parts = [
        f"{_WORDS[at]} ({gains[at]:+.2f})"
        for at in ranked[:_MOST_MENTIONED]
        if gains[at] >= _MENTION
    ]
    if any(moment.answered for moment in shown):
        parts.append("a question with its answer")
    if any(moment.reacted for moment in shown):
        parts.append("with the reaction to it")
    return ", ".join(parts) if parts else "nothing stands out; it fills the target"
