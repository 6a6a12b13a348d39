"""The rendered files are what the truth says, measured on the files."""

import itertools
from fractions import Fraction

import av
import numpy as np
import pytest

CAMERAS = ("camera_a", "camera_b")
OFFSET_S, DRIFT_PPM = 3.217, 8.0


def samples(path):
    """Mono sound as decoded, and its rate; sample 0 at the first video frame."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].pts == 0
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate


@pytest.mark.parametrize("camera", CAMERAS)
def test_files_are_h264_and_aac_of_the_promised_length(media, camera):
    with av.open(str(media(camera))) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert video.average_rate == Fraction(25)
        assert 60.0 <= float(video.duration * video.time_base) <= 90.0
        assert next(container.decode(video=0)).pts == 0
        assert abs(float(audio.duration * audio.time_base - video.duration * video.time_base)) < 0.1


@pytest.mark.parametrize("around_s", [12.0, 70.0])
def test_the_cameras_hear_the_same_at_the_true_times(media, around_s):
    """A plain cross-correlation of two seconds, early and late, against offset and drift."""
    (a, rate), (b, _) = (samples(media(camera)) for camera in CAMERAS)
    expected_s = (around_s - OFFSET_S) * (1.0 + DRIFT_PPM * 1e-6)
    length, margin = 4 * rate, rate // 50
    heard_a = a[int(around_s * rate) :][:length]
    start_b = round(expected_s * rate) - margin
    heard_b = b[start_b:][: length + 2 * margin]
    size = 1 << (len(heard_a) + len(heard_b)).bit_length()
    spectrum = np.fft.rfft(heard_b, size) * np.conj(np.fft.rfft(heard_a, size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)[: 2 * margin]))
    # The microphones are 20 cm apart: up to 0.6 ms.
    assert abs(lag - margin) / rate < 0.6e-3


def test_the_cameras_differ_as_promised(media):
    (a, rate), (b, _) = (samples(media(camera)) for camera in CAMERAS)
    assert np.abs(a).max() > 2.5 * np.abs(b).max(), "level"
    assert quietest(b, rate) > 4.0 * quietest(a, rate), "noise"
    assert speech_over_noise_db(a, rate, 7_000, 10_000) > 10.0, "bandwidth"
    assert speech_over_noise_db(b, rate, 7_000, 10_000) < 3.0, "bandwidth"


def quietest(sound, rate):
    """Level of the quietest tenth of a second, relative to the peak."""
    blocks = sound[: len(sound) // (rate // 10) * (rate // 10)].reshape(-1, rate // 10)
    return np.sqrt((blocks**2).mean(axis=1)).min() / np.abs(sound).max()


def speech_over_noise_db(sound, rate, low_hz, high_hz):
    """How far the loudest second stands above the quietest within a band."""
    blocks = sound[: len(sound) // rate * rate].reshape(-1, rate)
    spectra = np.abs(np.fft.rfft(blocks * np.hanning(rate))) ** 2
    levels = (spectra[:, low_hz:high_hz]).sum(axis=1)
    return 10.0 * np.log10(levels.max() / levels.min())


@pytest.mark.parametrize("camera", CAMERAS)
def test_faces_are_where_the_artifacts_say(demo, media, camera):
    """The skin's centre of mass in the decoded picture against the detected box."""
    frames = {
        frame["timestamp_ms"]: frame["subjects"][0]
        for frame in demo.json(f"artifacts/{camera}.json")["visual_meta"]["frames"]
    }
    with av.open(str(media(camera))) as container:
        looked = 0
        for picture in itertools.islice(container.decode(video=0), 0, None, 125):
            box = frames[round(picture.time * 1000.0)]
            red, _, blue = np.moveaxis(picture.to_ndarray(format="rgb24").astype(int), 2, 0)
            rows, columns = np.nonzero((red - blue > 55) & (red > 140))
            center_x = columns.mean() / picture.width
            center_y = rows.mean() / picture.height
            assert abs(center_x - box["bbox_x"] - box["bbox_width"] / 2.0) < 0.03
            assert abs(center_y - box["bbox_y"] - box["bbox_height"] / 2.0) < 0.05
            looked += 1
    assert looked >= 15


def test_speech_artifacts_are_in_each_assets_own_time(demo, truth):
    said = {sentence["text"]: sentence for sentence in truth["speech"]}
    for placed in truth["tracks"]:
        timeline = demo.json(f"artifacts/{placed['asset_id']}.json")["audio_semantic_timeline"]
        speech = [e for e in timeline["events"] if e["kind"] == "AUDIO_EVENT_KIND_SPEECH"]
        assert len(speech) == len(said)
        for event in speech:
            true = said[event["transcription"]]
            clock = 1.0 + placed["drift_ppm"] * 1e-6
            assert event["speaker_id"] == true["speaker"]
            assert abs(event["start_ms"] - (true["start_ms"] - placed["offset_ms"]) * clock) < 80.0
            assert abs(event["end_ms"] - (true["end_ms"] - placed["offset_ms"]) * clock) < 80.0


def test_each_person_is_louder_on_the_camera_that_frames_them(demo, truth):
    levels = {}
    for placed in truth["tracks"]:
        timeline = demo.json(f"artifacts/{placed['asset_id']}.json")["audio_semantic_timeline"]
        for who in ("mara", "theo"):
            heard = [e["loudness_lufs"] for e in timeline["events"] if e.get("speaker_id") == who]
            levels[placed["frames_speaker"], who] = float(np.median(heard))
    relative = {
        who: levels["mara", who] - levels["theo", who] for who in ("mara", "theo")
    }  # camera A's level over camera B's
    assert relative["mara"] > relative["theo"] + 4.0
