"""Requests that set every field of the contract, valid as they stand."""

from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    probe_pb2,
)

RATE = {"numerator": 30000, "denominator": 1001}

ARTIFACTS: dict[str, Any] = {
    "audio_semantic_timeline": {
        "artifact_id": "ast_1",
        "duration_ms": 60_000,
        "events": [
            {
                "kind": "AUDIO_EVENT_KIND_SPEECH",
                "start_ms": 1_000 + 5_000 * n,
                "end_ms": 4_000 + 5_000 * n,
                "speaker_id": f"spk_{n % 2}",
                "loudness_lufs": -23.5,
                "confidence": 0.9,
                "transcription": "Twelve of them, and every one was late.",
            }
            for n in range(4)
        ],
        "beats": [
            {"time_ms": 500 * n, "bar_index": 0, "beat_index": n, "subdivision": 1}
            for n in range(1, 4)
        ],
    },
    "visual_meta": {
        "artifact_id": "vis_1",
        "duration_ms": 60_000,
        "frame_sample_interval_ms": 500,
        "frames": [
            {
                "timestamp_ms": 500 * n,
                "subjects": [
                    {
                        "track_id": f"subj_{s}",
                        "label": "face",
                        "confidence": 0.8,
                        "bbox_x": 0.2 + 0.4 * s,
                        "bbox_y": 0.25,
                        "bbox_width": 0.15,
                        "bbox_height": 0.3,
                    }
                    for s in range(2)
                ],
                "primary_subject_center_x": 0.3,
                "primary_subject_center_y": 0.4,
                "motion_score": 0.2,
                "shot_boundary": n == 4,
            }
            for n in range(8)
        ],
    },
    "region_summary": {
        "artifact_id": "reg_1",
        "entries": [{"time_ms": 400, "region": "face", "mask_artifact_id": "mask_1"}],
    },
}


def _asset(name: str) -> dict[str, Any]:
    samples = [0.0, 0.25, -0.5, 0.125] * 25
    return {
        "asset_id": name,
        "waveform": {"sample_rate_hz": 1_000, "samples": samples},
        "duration_ms": 100,
    }


def _session_track(name: str, role: str) -> dict[str, Any]:
    return {
        "asset_id": name,
        "camera_id": f"{name}_camera",
        "role": role,
        "offset_ms": 250.5,
        "drift_ppm": 8,
        "duration_ms": 60_000,
        "subject_ids": ["spk_0"],
        "artifacts": ARTIFACTS,
        "asset": _asset(name),
    }


SESSION_TRACKS = [
    _session_track("cam_a", "CAMERA_ROLE_PRIMARY"),
    _session_track("cam_b", "CAMERA_ROLE_WIDE"),
]

CUT_SETTINGS: dict[str, Any] = {
    "pacing": "PACING_FAST",
    "min_shot_ms": 1_200,
    "max_shot_ms": 5_000,
    "prefer_primary_ratio": 0.5,
    "weights": {
        "speech": 1.1,
        "face": 0.4,
        "motion": 0.2,
        "role": 0.25,
        "pause": 0.9,
        "pace": 0.6,
    },
    "locked_shots": [{"asset_id": "cam_a", "start_ms": 3_000, "end_ms": 5_000}],
    "start_ms": 1_000,
    "end_ms": 20_000,
    "frame_rate": RATE,
}

HIGHLIGHT_SETTINGS: dict[str, Any] = {
    "target_duration_ms": 9_000,
    "min_clip_ms": 1_500,
    "max_clip_ms": 6_000,
    "order": "HIGHLIGHT_ORDER_SCORE",
    "weights": {
        "speech": 1.2,
        "emphasis": 0.5,
        "subject": 0.45,
        "face": 0.35,
        "motion": 0.15,
        "reaction": 0.3,
        "transcript": 0.55,
        "position": 0.05,
    },
}

FRAMING: dict[str, Any] = {
    "target_aspect_ratio": "4:5",
    "options": {"max_velocity": 0.4, "max_acceleration": 0.9, "max_scale": 1.25},
}

ALIGN_OPTIONS: dict[str, Any] = {
    "strategy": "ALIGN_STRATEGY_AUDIO",
    "max_offset_ms": 60_000,
    "window_ms": 5_000,
    "min_confidence": 0.8,
    "bypass_cache": True,
}


def _placement(name: str, role: str, second: int) -> dict[str, Any]:
    return {
        "asset": _asset(name),
        "role": role,
        "camera_id": f"{name}_camera",
        "start_timecode": {"value": f"10:00:{second:02d};12", "frame_rate": RATE},
        "pinned_offset_ms": 12.5,
    }


PLACEMENTS = [
    _placement("cam_a", "CAMERA_ROLE_PRIMARY", 5),
    _placement("cam_b", "CAMERA_ROLE_DETAIL", 7),
]


@pytest.fixture(scope="session")
def full_requests() -> dict[str, Message]:
    """One request per RPC by the RPC's name, with every field set, valid as it stands."""
    return {
        "Align": ParseDict(
            {
                "session_id": "ses_1",
                "base_asset_id": "cam_a",
                "tracks": PLACEMENTS,
                "options": ALIGN_OPTIONS,
            },
            align_pb2.AlignRequest(),
        ),
        "AutoCut": ParseDict(
            {"session_id": "ses_1", "tracks": SESSION_TRACKS, **CUT_SETTINGS},
            auto_cut_pb2.AutoCutRequest(),
        ),
        "Highlights": ParseDict(
            {"session_id": "ses_1", "tracks": SESSION_TRACKS, **HIGHLIGHT_SETTINGS},
            highlights_pb2.HighlightsRequest(),
        ),
        "Focus": ParseDict(
            {
                "clip_id": "clip_1",
                "asset_id": "cam_a",
                "in_ms": 500,
                "out_ms": 3_500,
                "source_width": 1920,
                "source_height": 1080,
                "artifacts": ARTIFACTS,
                **FRAMING,
            },
            focus_pb2.FocusRequest(),
        ),
        "ProbeMedia": ParseDict({"assets": [_asset("cam_a")]}, probe_pb2.ProbeMediaRequest()),
        "Analyze": ParseDict(
            {
                "session_id": "ses_1",
                "base_asset_id": "cam_a",
                "tracks": [
                    {**placement, "subject_ids": ["spk_0"], "artifacts": ARTIFACTS}
                    for placement in PLACEMENTS
                ],
                "align_options": ALIGN_OPTIONS,
                "auto_cut": CUT_SETTINGS,
                "highlights": HIGHLIGHT_SETTINGS,
                "focus": FRAMING,
            },
            analyze_pb2.AnalyzeRequest(),
        ),
    }
