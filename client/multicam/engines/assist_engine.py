"""The assist engine: the best moments of a project, as today's service offers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..v1 import highlights_pb2, sequence_pb2, session_pb2
from .alignment import camera_role
from .artifacts import ArtifactReader, FoundArtifacts
from .identity import Caller
from .media_facts import duration_ms
from .models import EngineModels, build
from .ports import AnalysisClient, MediaService, TimelineService
from .project_assets import UsedClip, placed_assets, used_clips
from .reading import Record, attribute, listing, text, write
from .rounding import AssetClock
from .sequences import picture_clips, told
from .service import Service
from .session_request import find_asset
from .sources import Sources, SourceSettings

DEFAULT_TARGET_MS = 30_000
MOST_RECORDINGS = 32  # of one request, by the contract


@dataclass(frozen=True)
class HighlightSegment:
    """One moment: a stretch of an asset, in whole milliseconds of its own time."""

    asset_id: str
    in_ms: int
    out_ms: int
    meta: dict[str, Any]


@dataclass(frozen=True)
class HighlightPlan:
    """Highlights that are not stored yet; `promote` takes them."""

    tenant_id: str
    env: str
    user_id: str | None
    project_id: str
    segments: list[HighlightSegment]
    warnings: list[str]
    responses: list[highlights_pb2.HighlightsResponse]  # one per 32 recordings

    @property
    def score_version(self) -> str:
        """The version of the scoring."""
        return self.responses[0].meta.scoring_version

    def meta(self) -> dict[str, Any]:
        """How the highlights came about."""
        told_metas = [response.meta for response in self.responses]
        fallbacks = [one for meta in told_metas for one in meta.fallbacks]
        if len(self.responses) > 1:
            fallbacks.append(
                f"the recordings were looked at in {len(self.responses)} groups, "
                "whose scores are compared as they are"
            )
        return {
            "highlight_score_version": self.score_version,
            "inputs_used": [one for meta in told_metas for one in meta.inputs_used],
            "fallbacks": fallbacks,
            "warnings": [
                *self.warnings,
                *(one for meta in told_metas for one in meta.warnings),
            ],
        }


class AssistEngine:
    """Stands in for today's assist service: same requests, results and errors.

    Args:
        client: A `multicam.Client`. Tenant and environment of each call are the
            project's.
        media_service: Where assets and artifacts are.
        timeline_service: Where the project and its sequences are; only read.
        models: The classes of the results. None: dataclasses of this package.
        sources: What the service can reach. None: as the environment says.
    """

    def __init__(
        self,
        client: AnalysisClient,
        *,
        media_service: MediaService,
        timeline_service: TimelineService,
        models: EngineModels | None = None,
        sources: SourceSettings | None = None,
    ) -> None:
        settings = SourceSettings.from_environment() if sources is None else sources
        self.media_service = media_service
        self.timeline_service = timeline_service
        self._client = client
        self._models = models or EngineModels()
        self._sources = Sources(settings)
        self._artifacts = ArtifactReader(media_service, settings.read_uri)

    def generate_highlights(
        self,
        project_id: str,
        target_duration_ms: int = DEFAULT_TARGET_MS,
        *,
        context: Record = None,
    ) -> tuple[Record, Record, list[Record]]:
        """A sequence, its track and its clips with the best moments; nothing is stored.

        Raises:
            ValueError: "Project not found", "No video assets found in project", "Asset not
                found: <id>", "Access Denied: ...".
            EngineError: The service or a source failed.
        """
        plan = self.find_highlights(project_id, target_duration_ms, context=context)
        owner = {"tenant_id": plan.tenant_id, "env": plan.env, "user_id": plan.user_id}
        length = sum(segment.out_ms - segment.in_ms for segment in plan.segments)
        sequence = build(
            self._models.sequence,
            **owner,
            project_id=project_id,
            name="Highlights",
            duration_ms=float(length),
            meta=plan.meta(),
        )
        track = build(
            self._models.track,
            **owner,
            sequence_id=text(sequence, "id") or "",
            kind="video",
            order=0,
            video_role="main",
            meta={"highlight_score_version": plan.score_version},
        )
        track_ids = [*listing(attribute(sequence, "track_ids")), text(track, "id") or ""]
        write(sequence, "track_ids", track_ids)
        clips, start_ms = [], 0
        for segment in plan.segments:
            clip = build(
                self._models.clip,
                **owner,
                track_id=text(track, "id") or "",
                asset_id=segment.asset_id,
                in_ms=segment.in_ms,
                out_ms=segment.out_ms,
                start_ms_on_timeline=start_ms,
                meta=segment.meta,
            )
            clips.append(clip)
            start_ms += segment.out_ms - segment.in_ms
        return sequence, track, clips

    def find_highlights(
        self,
        project_id: str,
        target_duration_ms: int = DEFAULT_TARGET_MS,
        *,
        context: Record = None,
    ) -> HighlightPlan:
        """The best moments, in the order in which they are to be shown.

        Raises:
            ValueError: As `generate_highlights`.
        """
        project = self.timeline_service.get_project(project_id)
        if project is None:
            raise ValueError("Project not found")
        caller = Caller(context).owning(project)
        used = used_clips(self.timeline_service, project)
        names = sorted({clip.asset_id for clip in used})
        if not names:
            raise ValueError("No video assets found in project")
        assets = {name: find_asset(self.media_service, name, caller) for name in names}
        service = Service.for_caller(self._client, caller, project_id=project_id)
        artifacts = {name: self._artifacts.of_asset(name, caller) for name in names}

        def ask() -> list[highlights_pb2.HighlightsResponse]:
            durations_ms = {
                name: duration_ms(asset, name, self._sources, service, artifacts[name])
                for name, asset in assets.items()
            }
            tracks = []
            for name, clock in placed_assets(used, durations_ms).items():
                track = _track(name, clock, used, artifacts[name])
                if not artifacts[name].has_audio:
                    source = self._sources.sound(assets[name], name, service)
                    if source is not None:
                        track.asset.CopyFrom(source.asset)
                tracks.append(track)
            return [
                service.highlights(
                    highlights_pb2.HighlightsRequest(
                        session_id=project_id, target_duration_ms=target_duration_ms, tracks=group
                    )
                )
                for group in _groups(tracks)
            ]

        responses = self._sources.answered(ask)
        return HighlightPlan(
            tenant_id=service.identity.tenant_id,
            env=service.identity.env,
            user_id=caller.user_id,
            project_id=project_id,
            segments=_segments(responses, target_duration_ms),
            warnings=[note for found in artifacts.values() for note in found.warnings],
            responses=responses,
        )


def _track(
    asset_id: str, clock: AssetClock, used: Sequence[UsedClip], found: FoundArtifacts
) -> session_pb2.SessionTrack:
    """A recording as Highlights takes it."""
    roles = (clip.role for clip in used if clip.asset_id == asset_id and clip.role)
    role = next(roles, None)
    return session_pb2.SessionTrack(
        asset_id=asset_id,
        role=camera_role({"role": role}) if role else "CAMERA_ROLE_UNSPECIFIED",
        offset_ms=clock.offset_ms,
        drift_ppm=clock.drift_ppm,
        duration_ms=clock.duration_ms,
        artifacts=found.message,
    )


def _groups(
    tracks: Sequence[session_pb2.SessionTrack],
) -> list[list[session_pb2.SessionTrack]]:
    """As many recordings at a time as a request takes, neighbours in time together."""
    ordered = sorted(tracks, key=lambda track: (track.offset_ms, track.asset_id))
    return [
        sorted(ordered[start : start + MOST_RECORDINGS], key=lambda track: track.asset_id)
        for start in range(0, len(ordered), MOST_RECORDINGS)
    ]


def _segments(
    responses: Sequence[highlights_pb2.HighlightsResponse], target_duration_ms: int
) -> list[HighlightSegment]:
    """The replies' clips in whole milliseconds, together no longer than the target.

    Of several replies, the clips with the best scores, in the replies' order.
    """
    found = [
        (group, decision, clip)
        for group, response in enumerate(responses)
        for decision, clip in _with_decisions(response)
    ]
    best_first = found if len(responses) == 1 else sorted(found, key=lambda one: -one[1].score)
    chosen: dict[tuple[int, int], HighlightSegment] = {}
    left = target_duration_ms
    for group, decision, clip in best_first:
        in_ms, out_ms = round(clip.in_ms), int(clip.out_ms)
        too_much = out_ms - in_ms - left
        # Rounding may have lengthened each clip by a millisecond, which the last gives up.
        if left > 0 and in_ms < out_ms and too_much <= len(chosen) + 1:
            out_ms -= max(too_much, 0)
            segment = HighlightSegment(clip.asset_id, in_ms, out_ms, told(decision))
            chosen[group, decision.clip_index] = segment
            left -= out_ms - in_ms
    return [segment for _, segment in sorted(chosen.items())]


def _with_decisions(
    response: highlights_pb2.HighlightsResponse,
) -> list[tuple[session_pb2.Decision, sequence_pb2.SequenceClip]]:
    """The clips of a reply, in playing order, each with why it is there."""
    decisions = {decision.clip_index: decision for decision in response.decisions}
    return [
        (decisions.get(index, session_pb2.Decision(clip_index=index)), clip)
        for index, clip in enumerate(picture_clips(response.sequence))
    ]
