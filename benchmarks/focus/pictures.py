"""Pictures of a clip: where the face and the window are over time, as SVG."""

from collections.abc import Sequence

import numpy as np
from multicam_server.domain.focus import AutomationProperty, Focus, Interpolation
from multicam_server.focus.window import Window

from .clips import Clip, Floats
from .metrics import shown_by

WIDTH, HEIGHT = 900, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 34, 40

WINDOW, FACE, CENTRE, DETECTION, CUT, INK = (
    "#9ec5e8",
    "#f2a65a",
    "#1f4e79",
    "#8a5a1c",
    "#b03030",
    "#333333",
)

EVERY = 3
"""Every third frame is drawn: ten points a second."""


def picture(clip: Clip, focus: Focus, window: Window) -> str:
    """The horizontal position of window and followed face over the clip's time."""
    shown = shown_by(focus, clip)
    seconds = clip.frame_ms[::EVERY] * 1e-3
    half = 0.5 * window.width / shown.scale[::EVERY]
    centre = shown.centre[::EVERY, 0]
    jumps = np.searchsorted(seconds, np.array(shown.cuts_ms) * 1e-3)
    face_jumps = np.flatnonzero(np.abs(np.diff(clip.face[::EVERY, 0])) > 0.05) + 1
    plot = _Plot(float(clip.frame_ms[-1]) * 1e-3)
    keys = focus.automations[0].keyframes
    title = f"{clip.kind}, {clip.request.target_aspect_ratio}: "
    count = "1 keyframe" if len(keys) == 1 else f"{len(keys)} keyframes"
    title += f"{count} in {plot.seconds:.0f} s"
    parts = [
        *plot.frame(title),
        *plot.bands(seconds, centre - half, centre + half, jumps, colour=WINDOW, opacity=0.55),
        *plot.bands(seconds, *clip.face[::EVERY, [0, 2]].T, face_jumps, colour=FACE, opacity=0.8),
        *plot.dots(clip),
        *plot.lines(seconds, centre, jumps),
        *plot.cuts(clip.cuts_ms),
        *plot.keys(focus),
        *plot.legend(),
    ]
    return "\n".join([*parts, "</svg>", ""])


class _Plot:
    """Time to the right, the source's left edge at the bottom and its right edge at the top."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def x(self, second: float) -> str:
        return f"{LEFT + second / self.seconds * (WIDTH - LEFT - RIGHT):.1f}"

    def y(self, place: float) -> str:
        return f"{HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM):.1f}"

    def frame(self, title: str) -> list[str]:
        """The sheet, its title and its axes."""
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="20" font-size="14" fill="{INK}">{title}</text>',
        ]
        for place in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = self.y(place)
            lines.append(
                f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
                f'<text x="{LEFT - 8}" y="{float(y) + 4:.1f}" text-anchor="end" '
                f'fill="{INK}">{place:g}</text>'
            )
        for second in range(0, int(self.seconds) + 1, 5):
            lines.append(
                f'<text x="{self.x(second)}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" '
                f'fill="{INK}">{second} s</text>'
            )
        return lines

    def bands(
        self,
        seconds: Floats,
        low: Floats,
        high: Floats,
        jumps: Sequence[int] | Floats,
        *,
        colour: str,
        opacity: float,
    ) -> list[str]:
        """The area between two curves, in pieces between the jumps."""
        shapes = []
        for part in np.split(np.arange(len(seconds)), jumps):
            up = [f"{self.x(seconds[i])},{self.y(high[i])}" for i in part]
            down = [f"{self.x(seconds[i])},{self.y(low[i])}" for i in part[::-1]]
            shapes.append(
                f'<polygon points="{" ".join(up + down)}" fill="{colour}" opacity="{opacity}"/>'
            )
        return shapes

    def lines(self, seconds: Floats, place: Floats, jumps: Sequence[int] | Floats) -> list[str]:
        """The window's centre."""
        return [
            '<polyline points="'
            + " ".join(f"{self.x(seconds[i])},{self.y(place[i])}" for i in part)
            + f'" fill="none" stroke="{CENTRE}" stroke-width="1.5"/>'
            for part in np.split(np.arange(len(seconds)), jumps)
        ]

    def dots(self, clip: Clip) -> list[str]:
        """The detections' centres, those of other people and false ones too."""
        visual = clip.request.artifacts.visual_meta
        assert visual is not None
        seen = visual.subjects
        times = visual.timestamp_ms[seen.frame] * 1e-3
        places = np.clip(seen.bbox_x + 0.5 * seen.bbox_width, 0.0, 1.0)
        path = "".join(f"M{self.x(t)} {self.y(p)}h.1" for t, p in zip(times, places, strict=True))
        return [
            f'<path d="{path}" stroke="{DETECTION}" stroke-width="1.6" stroke-linecap="round"/>'
        ]

    def cuts(self, cuts_ms: Sequence[float]) -> list[str]:
        """The shot boundaries."""
        return [
            f'<path d="M{self.x(cut * 1e-3)} {TOP}V{HEIGHT - BOTTOM}" stroke="{CUT}" '
            'stroke-dasharray="5 4"/>'
            for cut in cuts_ms
        ]

    def keys(self, focus: Focus) -> list[str]:
        """The keyframes of CROP_X: filled where the window rests until the next."""
        (keys,) = [
            a.keyframes for a in focus.automations if a.property == AutomationProperty.CROP_X
        ]
        return [
            f'<circle cx="{self.x(key.time_ms * 1e-3)}" cy="{self.y(key.value)}" r="3.2" '
            f'fill="{CENTRE if key.interpolation == Interpolation.STEP else "#ffffff"}" '
            f'stroke="{CENTRE}" stroke-width="1.3"/>'
            for key in keys
        ]

    def legend(self) -> list[str]:
        """What the colours mean."""
        entries = (
            (WINDOW, "window"),
            (FACE, "face to be shown"),
            (DETECTION, "detections"),
            (CENTRE, "window's centre, keyframes (filled: at rest)"),
            (CUT, "shot boundary"),
        )
        x, lines = LEFT, []
        for colour, words in entries:
            y = HEIGHT - 12
            lines.append(
                f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>'
                f'<text x="{x + 15}" y="{y}" fill="{INK}">{words}</text>'
            )
            x += 36 + round(6.4 * len(words))
        return lines
