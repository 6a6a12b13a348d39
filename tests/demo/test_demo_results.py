"""What the pipeline found, against the truth, and what it said about it."""

import re

OFFSET_MS, DRIFT_PPM = 3217.0, 8.0


def test_it_ends_well(demo):
    assert demo.exit_code == 0, demo.printed


def test_camera_b_is_placed_within_a_millisecond(demo):
    base, found = demo.json("results/align.json")["tracks"]
    assert base["status"] == "ALIGN_STATUS_BASE"
    assert found["status"] == "ALIGN_STATUS_ALIGNED"
    assert abs(found["offset_ms"] - OFFSET_MS) < 1.0
    assert abs(found["drift_ppm"] - DRIFT_PPM) < 3.0


def test_it_prints_found_beside_true(demo):
    offset = re.search(r"^offset +([\d.]+) ms +([\d.]+) ms +([\d.]+) ms$", demo.printed, re.M)
    drift = re.search(r"^drift +([\d.-]+).*? ppm +([\d.]+) ppm +([\d.]+) ppm$", demo.printed, re.M)
    assert offset
    assert drift
    assert (float(offset[2]), float(drift[2])) == (OFFSET_MS, DRIFT_PPM)
    assert float(offset[3]) < 1.0


def test_the_programme_keeps_medium_pacing_and_has_no_gap(demo):
    picture = demo.json("results/auto_cut.json")["sequence"]["tracks"][0]
    end = 0.0
    for clip in picture["clips"]:
        assert abs(clip["start_ms_on_timeline"] - end) < 1e-6
        length = (clip["out_ms"] - clip["in_ms"]) / clip["speed"]
        end += length
        assert length >= 2_000.0 - 1e-6
    assert {clip["asset_id"] for clip in picture["clips"]} == {"camera_a", "camera_b"}


def test_the_programme_mostly_shows_who_speaks(demo):
    shown = re.search(r"in the picture for (\d+) % of the words", demo.printed)
    assert shown
    assert int(shown[1]) >= 75


def test_the_highlights_fit(demo):
    sequence = demo.json("results/highlights.json")["sequence"]
    assert 10_000.0 <= sequence["duration_ms"] <= 20_000.0


def test_every_highlight_is_reframed_and_the_face_stays_whole(demo):
    clips = demo.json("results/highlights.json")["sequence"]["tracks"][0]["clips"]
    reports = re.findall(r"(\d+) keyframes; .* in (\d+) of (\d+) frames", demo.printed)
    assert len(reports) == len(clips)
    for keyframes, whole, frames in reports:
        assert int(keyframes) >= 1
        assert int(whole) >= 0.9 * int(frames)


def test_requests_are_kept_beside_the_results(demo):
    requests = {path.name for path in (demo.folder / "requests").iterdir()}
    assert requests == {path.name for path in (demo.folder / "results").iterdir()}
    assert {"align.json", "auto_cut.json", "highlights.json", "focus-0.json"} <= requests
