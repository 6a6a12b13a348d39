"""A placed recording, as AutoCut and Highlights take it."""

from dataclasses import dataclass, field

from .artifacts import Artifacts
from .media import Asset, CameraRole, Clock


@dataclass(frozen=True, eq=False)
class SessionTrack:
    """One recording of a session.

    `duration_ms` is 0 while unknown; algorithms are given tracks whose length
    is known and more than 0.
    """

    asset_id: str
    camera_id: str = ""
    role: CameraRole = CameraRole.UNSPECIFIED
    offset_ms: float = 0.0
    drift_ppm: float = 0.0
    duration_ms: float = 0.0
    subject_ids: tuple[str, ...] = ()
    artifacts: Artifacts = field(default_factory=Artifacts)
    asset: Asset | None = None

    @property
    def clock(self) -> Clock:
        """The recording's clock against the session's."""
        return Clock(self.offset_ms, self.drift_ppm)

    @property
    def start_ms(self) -> float:
        """Session time of the recording's first moment."""
        return self.offset_ms

    @property
    def end_ms(self) -> float:
        """Session time of the recording's end."""
        return self.clock.to_session_ms(self.duration_ms)
