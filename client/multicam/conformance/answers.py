"""What the RPCs answer: the meaning of every reply, on material whose truth is known."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

from ..v1.align_pb2 import (
    ALIGN_METHOD_MANUAL,
    ALIGN_METHOD_TIMECODE,
    ALIGN_STATUS_ALIGNED,
    ALIGN_STATUS_BASE,
    ALIGN_STATUS_PINNED,
    ALIGN_STATUS_UNALIGNED,
    ALIGN_STRATEGY_TIMECODE,
    AlignedTrack,
)
from ..v1.auto_cut_pb2 import PACING_MEDIUM, LockedShot
from ..v1.focus_pb2 import (
    AUTOMATION_PROPERTY_CROP_X,
    AUTOMATION_PROPERTY_CROP_Y,
    AUTOMATION_PROPERTY_SCALE,
    FocusRequest,
    FocusResponse,
)
from ..v1.media_pb2 import Asset, FrameRate, Timecode
from ..v1.sequence_pb2 import TRACK_KIND_VIDEO, SequenceClip
from ..v1.sequence_pb2 import Sequence as Programme
from . import material, requests
from .checks import Area, expect
from .service import Service

ANSWERS = Area("answers")

SOUND_TOLERANCE_MS = 1.0
"""How exactly decent sound has to be placed."""

ROUNDING_MS = 1e-6
"""What doubles may lose when times are added up."""

RATE = FrameRate(numerator=30_000, denominator=1_001)


@ANSWERS.check
def align_places_sound(service: Service) -> None:
    """Align places a recording that starts later at a positive offset, within 1 ms."""
    a, b = material.recordings()
    base, later = service.client.align(requests.align(a, b, base="a")).tracks
    expect(base.status == ALIGN_STATUS_BASE and base.offset_ms == 0.0, f"the base is {_told(base)}")
    expect(later.status == ALIGN_STATUS_ALIGNED, f"the other is {_told(later)}")
    _expect_near(later.offset_ms, material.LATER_MS, SOUND_TOLERANCE_MS)


@ANSWERS.check
def align_follows_the_base(service: Service) -> None:
    """Align with the other recording as base gives the opposite offset."""
    a, b = material.recordings()
    earlier, base = service.client.align(requests.align(a, b, base="b")).tracks
    expect(base.status == ALIGN_STATUS_BASE, f"the base is {_told(base)}")
    _expect_near(earlier.offset_ms, -material.LATER_MS, SOUND_TOLERANCE_MS)


@ANSWERS.check
def align_invents_nothing(service: Service) -> None:
    """Align leaves a recording of another room UNALIGNED, without an offset."""
    a, b = material.recordings()
    response = service.client.align(requests.align(a, b, material.stranger(), base="a"))
    stranger = response.tracks[2]
    expect(stranger.status == ALIGN_STATUS_UNALIGNED, f"it is {_told(stranger)}")
    expect(not stranger.HasField("offset_ms"), f"it has an offset: {_told(stranger)}")
    expect(stranger.confidence < 0.5, f"it has the confidence {stranger.confidence}")
    expect(bool(stranger.reason), "no reason is given")


@ANSWERS.check
def align_keeps_a_pin(service: Service) -> None:
    """Align keeps a pinned offset as it is."""
    a, b = material.recordings()
    request = requests.align(a, b, base="a")
    request.tracks[1].pinned_offset_ms = 1_234.5
    pinned = service.client.align(request).tracks[1]
    expect(pinned.status == ALIGN_STATUS_PINNED, f"it is {_told(pinned)}")
    expect(pinned.method == ALIGN_METHOD_MANUAL, f"its method is {pinned.method}")
    expect(pinned.offset_ms == 1_234.5, f"it is at {pinned.offset_ms} ms")


@ANSWERS.check
def align_counts_drop_frames(service: Service) -> None:
    """Align by timecode counts drop frames: 00:01:00;02 follows 00:00:59;29."""
    silence = (0.0,) * (10 * material.RATE_HZ)
    names = ("a", "b")
    request = requests.align(*(material.asset(name, silence) for name in names), base="a")
    request.options.strategy = ALIGN_STRATEGY_TIMECODE
    for track, value in zip(request.tracks, ("00:00:59;29", "00:01:00;02"), strict=True):
        track.start_timecode.CopyFrom(Timecode(value=value, frame_rate=RATE))
    later = service.client.align(request).tracks[1]
    expect(later.method == ALIGN_METHOD_TIMECODE, f"it is {_told(later)}")
    _expect_near(later.offset_ms, 1_001.0 / 30.0, 1e-3)


@ANSWERS.check
def auto_cut_is_whole(service: Service) -> None:
    """AutoCut fills the programme without gap or overlap, inside every asset."""
    tracks = material.session()
    response = service.client.auto_cut(requests.auto_cut(*tracks))
    clips = _pictures(response.sequence)
    _expect_continuous(clips, material.SESSION_MS)
    lengths_ms = {track.asset_id: track.duration_ms for track in tracks}
    for clip in clips:
        inside = 0 <= clip.in_ms < clip.out_ms <= lengths_ms[clip.asset_id] + ROUNDING_MS
        expect(inside, f"a clip of {clip.asset_id} runs from {clip.in_ms} to {clip.out_ms} ms")
    expect(
        [d.clip_index for d in response.decisions] == list(range(len(clips))),
        f"{len(clips)} clips have {len(response.decisions)} decisions",
    )
    expect(all(d.reason and d.components for d in response.decisions), "a decision is unexplained")
    expect(response.meta.pacing == PACING_MEDIUM, f"the pacing is {response.meta.pacing}")
    expect(bool(response.meta.scoring_version), "scoring_version is empty")


@ANSWERS.check
def auto_cut_keeps_bounds(service: Service) -> None:
    """AutoCut keeps shots within min_shot_ms and max_shot_ms."""
    request = requests.auto_cut(*material.session())
    request.min_shot_ms, request.max_shot_ms = 1_500.0, 5_000.0
    clips = _pictures(service.client.auto_cut(request).sequence)
    for clip in clips:
        length_ms = _length_ms(clip)
        kept = 1_500.0 - ROUNDING_MS <= length_ms <= 5_000.0 + ROUNDING_MS
        expect(kept, f"a shot lasts {length_ms} ms")
    for before, after in itertools.pairwise(clips):
        expect(
            before.asset_id != after.asset_id, f"two shots of {after.asset_id} follow each other"
        )


@ANSWERS.check
def auto_cut_keeps_locks(service: Service) -> None:
    """AutoCut keeps a locked shot to the millisecond."""
    request = requests.auto_cut(*material.session())
    lock = LockedShot(asset_id="cam_c", start_ms=10_000.0, end_ms=13_000.0)
    request.locked_shots.append(lock)
    clips = _pictures(service.client.auto_cut(request).sequence)
    kept = any(
        clip.asset_id == lock.asset_id
        and abs(clip.start_ms_on_timeline - lock.start_ms) < ROUNDING_MS
        and abs(clip.start_ms_on_timeline + _length_ms(clip) - lock.end_ms) < ROUNDING_MS
        for clip in clips
    )
    expect(kept, "no clip of cam_c runs from 10,000 to 13,000 ms")


@ANSWERS.check
def auto_cut_keeps_frames(service: Service) -> None:
    """AutoCut with a frame_rate cuts on its frames, 30000/1001 exactly."""
    request = requests.auto_cut(*material.session())
    request.frame_rate.CopyFrom(RATE)
    frame_ms = Fraction(1_001, 30)
    for clip in _pictures(service.client.auto_cut(request).sequence):
        start_ms = clip.start_ms_on_timeline
        frames = round(Fraction(start_ms) / frame_ms)
        expect(
            abs(start_ms - float(frames * frame_ms)) < ROUNDING_MS,
            f"a clip starts at {start_ms} ms, between two frames",
        )


@ANSWERS.check
def highlights_fit(service: Service) -> None:
    """Highlights never exceed their target and show no moment twice."""
    tracks = material.session()
    response = service.client.highlights(requests.highlights(*tracks))
    clips = _pictures(response.sequence)
    expect(bool(clips), "there are none")
    _expect_continuous(clips, response.sequence.duration_ms)
    shown_ms = response.sequence.duration_ms
    expect(shown_ms <= requests.TARGET_MS, f"they last {shown_ms} ms of {requests.TARGET_MS}")
    offsets_ms = {track.asset_id: track.offset_ms for track in tracks}
    spans = sorted(
        (clip.in_ms + offsets_ms[clip.asset_id], clip.out_ms + offsets_ms[clip.asset_id])
        for clip in clips
    )
    for (_, end_ms), (start_ms, _) in itertools.pairwise(spans):
        expect(start_ms >= end_ms - ROUNDING_MS, f"the session's {start_ms} ms is shown twice")
    expect(len(response.decisions) == len(clips), "not every clip has a decision")


@ANSWERS.check
def focus_is_whole(service: Service) -> None:
    """Focus gives CROP_X, CROP_Y and SCALE at the same times, the first at 0."""
    response = service.client.focus(requests.focus())
    _expect_path(response)
    expect(not response.meta.fallbacks, f"it fell back: {list(response.meta.fallbacks)}")


@ANSWERS.check
def focus_stays_inside(service: Service) -> None:
    """Focus keeps the window inside the source."""
    request = requests.focus()
    xs, ys, scales = (
        [key.value for key in automation.keyframes]
        for automation in service.client.focus(request).automations
    )
    width = (9 / 16) / (request.source_width / request.source_height)
    for x, y, scale in zip(xs, ys, scales, strict=True):
        for centre, size in ((x, width / scale), (y, 1.0 / scale)):
            inside = size / 2 - ROUNDING_MS <= centre <= 1 - size / 2 + ROUNDING_MS
            expect(inside, f"the window is at {x}, {y} with the scale {scale}")


@ANSWERS.check
def focus_names_its_fallback(service: Service) -> None:
    """Focus without artifacts stays in the middle, and names the fallback."""
    response = service.client.focus(FocusRequest(clip_id="c", asset_id="a", out_ms=5_000.0))
    _expect_path(response)
    values = [[key.value for key in automation.keyframes] for automation in response.automations]
    expect(values == [[0.5], [0.5], [1.0]], f"the path is {values}")
    expect(bool(response.meta.fallbacks), "no fallback is named")


@ANSWERS.check
def probe_tells_a_waveform(service: Service) -> None:
    """ProbeMedia tells length and rate of a waveform."""
    (media,) = service.client.probe_media(requests.probe(material.recordings()[0])).media
    expect(media.container == "waveform", f"the container is {media.container!r}")
    _expect_near(media.duration_ms, material.SOUND_S * 1e3, ROUNDING_MS)


@ANSWERS.check
def upload_is_found_again(service: Service) -> None:
    """UploadMedia gives the same bytes the same id, and the tenant finds them under it."""
    first, second = (service.client.upload_media(material.short_file()) for _ in range(2))
    expect(first.upload_id == second.upload_id, "the same bytes got two ids")
    expect(first.size_bytes == len(material.short_file()), f"{first.size_bytes} bytes arrived")
    found = Asset(asset_id="upload", upload_id=first.upload_id)
    (media,) = service.client.probe_media(requests.probe(found)).media
    _expect_near(media.duration_ms, 1_000.0, ROUNDING_MS)


@ANSWERS.check
def analyze_ends_with_a_result(service: Service) -> None:
    """Analyze streams progress that never falls, then one result with every part."""
    *progress, last = service.client.analyze(requests.analyze())
    fractions = [event.progress.fraction for event in progress if event.HasField("progress")]
    expect(len(fractions) == len(progress), "a result came before the end")
    expect(fractions == sorted(fractions), f"the progress falls: {fractions}")
    expect(last.HasField("result"), "the stream ends without a result")
    result = last.result
    expected = [
        f"{name}/{index}"
        for name, sequence in (
            ("programme", result.auto_cut.sequence),
            ("highlights", result.highlights.sequence),
        )
        for index in range(len(_pictures(sequence)))
    ]
    found = [path.clip_id for path in result.focus]
    expect(found == expected, f"the reframed clips are {found}, not {expected}")


def _pictures(sequence: Programme) -> Sequence[SequenceClip]:
    """The clips of the first picture lane."""
    lanes = [track.clips for track in sequence.tracks if track.kind == TRACK_KIND_VIDEO]
    expect(bool(lanes), "the sequence has no picture track")
    return list(lanes[0])


def _length_ms(clip: SequenceClip) -> float:
    return (clip.out_ms - clip.in_ms) / clip.speed


def _expect_continuous(clips: Sequence[SequenceClip], end_ms: float) -> None:
    """The clips follow each other from 0 to `end_ms`."""
    now_ms = 0.0
    for clip in clips:
        start_ms = clip.start_ms_on_timeline
        expect(abs(start_ms - now_ms) < 1e-3, f"a clip starts at {start_ms} ms, not {now_ms}")
        now_ms = start_ms + _length_ms(clip)
    expect(abs(now_ms - end_ms) < 1e-3, f"the clips end at {now_ms} ms, not {end_ms}")


def _expect_path(response: FocusResponse) -> None:
    properties = [automation.property for automation in response.automations]
    expected = [
        AUTOMATION_PROPERTY_CROP_X,
        AUTOMATION_PROPERTY_CROP_Y,
        AUTOMATION_PROPERTY_SCALE,
    ]
    expect(properties == expected, f"the automations are {properties}")
    times = [[key.time_ms for key in path.keyframes] for path in response.automations]
    expect(times[0] == times[1] == times[2], "the properties' keyframes have different times")
    rising = times[0] == sorted(set(times[0]))
    expect(rising and times[0][0] == 0.0, f"the keyframes are at {times[0][:5]} ...")


def _expect_near(found: float, truth: float, tolerance: float) -> None:
    expect(abs(found - truth) <= tolerance, f"it is {found}, not {truth} +- {tolerance}")


def _told(track: AlignedTrack) -> str:
    offset = f"{track.offset_ms} ms" if track.HasField("offset_ms") else "no offset"
    return f"status {track.status}, {offset}, confidence {track.confidence}: {track.reason}"
