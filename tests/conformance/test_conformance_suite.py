"""The conformance suite: a real service passes; each fault is found by the check meant for it."""

import itertools

import pytest
from multicam.conformance import CHECKS, Breach, run
from multicam.conformance.requests import of_rpc
from multicam.errors import Unavailable
from multicam.v1 import align_pb2, auto_cut_pb2, focus_pb2, highlights_pb2, probe_pb2, upload_pb2

BY_NAME = {check.name: check for check in CHECKS}
counter = itertools.count(1)


@pytest.mark.parametrize("check", CHECKS, ids=BY_NAME)
def test_a_real_service_keeps_every_promise(check, address, checked):
    with checked(address) as service:
        check.verify(service)


def test_names_are_unique_and_promises_are_sentences():
    assert len(BY_NAME) == len(CHECKS)
    for check in CHECKS:
        assert check.promise[0].isupper()
        assert not check.promise.endswith(".")
        assert "\n" not in check.promise


def test_there_is_a_well_formed_request_for_every_rpc(address, checked, rpcs):
    with checked(address) as service:
        for rpc in rpcs:
            sent = [message.SerializeToString() for message in of_rpc(rpc)]
            assert service.call(rpc, sent, service.identity()).refusal is None


def changing(rpc, response, change):
    """Spoils one RPC's answers with `change(message)`."""

    def spoil(name, answer):
        if name != rpc:
            return answer
        message = response.FromString(answer)
        change(message)
        return message.SerializeToString()

    return spoil


def turn_signs(message):
    for track in message.tracks:
        if track.HasField("offset_ms"):
            track.offset_ms = -track.offset_ms


def invent_an_offset(message):
    for track in message.tracks:
        if not track.HasField("offset_ms"):
            track.offset_ms = 0.0


def forget_the_reason(message):
    for track in message.tracks:
        track.reason = ""


def forget_the_pin(message):
    for track in message.tracks:
        track.status = align_pb2.ALIGN_STATUS_ALIGNED


def leave_a_gap(message):
    del message.sequence.tracks[0].clips[1]


def count_the_calls(message):
    message.sequence.name = f"answer {next(counter)}"


def nudge(message):
    for clip in message.sequence.tracks[0].clips[1:]:
        clip.start_ms_on_timeline += 7.0


def repeat_a_clip(message):
    clips = message.sequence.tracks[0].clips
    clips.append(clips[0])


def lose_a_property(message):
    del message.automations[2]


def leave_the_source(message):
    message.automations[0].keyframes[0].value = 1.0


def hide_the_fallback(message):
    del message.meta.fallbacks[:]


def shorten(message):
    message.media[0].duration_ms -= 1.0


def rename(message):
    message.upload_id = f"u-{next(counter)}"


ALIGN, CUT = align_pb2.AlignResponse, auto_cut_pb2.AutoCutResponse
HIGHLIGHTS, FOCUS = highlights_pb2.HighlightsResponse, focus_pb2.FocusResponse
PROBE, UPLOAD = probe_pb2.ProbeMediaResponse, upload_pb2.UploadMediaResponse
SPOILED = [
    ("align_places_sound", "Align", ALIGN, turn_signs),
    ("align_follows_the_base", "Align", ALIGN, turn_signs),
    ("align_invents_nothing", "Align", ALIGN, invent_an_offset),
    ("align_invents_nothing", "Align", ALIGN, forget_the_reason),
    ("align_keeps_a_pin", "Align", ALIGN, forget_the_pin),
    ("align_counts_drop_frames", "Align", ALIGN, turn_signs),
    ("auto_cut_is_whole", "AutoCut", CUT, leave_a_gap),
    ("auto_cut_keeps_frames", "AutoCut", CUT, nudge),
    ("auto_cut_keeps_locks", "AutoCut", CUT, nudge),
    ("same_request_same_bytes", "AutoCut", CUT, count_the_calls),
    ("order_changes_nothing", "AutoCut", CUT, count_the_calls),
    ("highlights_fit", "Highlights", HIGHLIGHTS, repeat_a_clip),
    ("focus_is_whole", "Focus", FOCUS, lose_a_property),
    ("focus_stays_inside", "Focus", FOCUS, leave_the_source),
    ("focus_names_its_fallback", "Focus", FOCUS, hide_the_fallback),
    ("probe_tells_a_waveform", "ProbeMedia", PROBE, shorten),
    ("upload_is_found_again", "UploadMedia", UPLOAD, rename),
]


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, fault) for name, *fault in SPOILED],
    ids=[f"{name}-{change.__name__}" for name, _, _, change in SPOILED],
)
def test_a_spoiled_answer_is_a_breach(spoiled, checked, name, fault):
    target = spoiled(spoil=changing(*fault))
    with checked(target) as service, pytest.raises(Breach) as breach:
        BY_NAME[name].verify(service)
    assert str(breach.value)


def completed(key, value):
    """A service that does not insist on a metadata key: the relay fills in what is missing."""
    return lambda metadata: (*(pair for pair in metadata if pair[0] != key), (key, value))


@pytest.mark.parametrize(
    ("name", "turn"),
    [
        ("tenant_is_required", completed("x-tenant-id", "t_probe")),
        ("tenant_is_well_formed", completed("x-tenant-id", "t_probe")),
        ("env_is_required", completed("x-env", "dev")),
        ("env_is_known", completed("x-env", "dev")),
        ("request_id_is_told", completed("x-request-id", "always-the-same")),
        ("request_id_is_well_formed", completed("x-request-id", "always-the-same")),
        ("uploads_are_apart", completed("x-tenant-id", "t_probe")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_service_that_does_not_look_at_metadata_is_found_out(spoiled, checked, name, turn):
    with checked(spoiled(turn=turn)) as service, pytest.raises(Breach):
        BY_NAME[name].verify(service)


def test_a_failing_call_is_a_breach_and_the_others_go_on(spoiled, checked):
    def fail(rpc, answer):
        if rpc == "Focus":
            raise RuntimeError("broken on purpose")
        return answer

    checks = [BY_NAME["focus_is_whole"], BY_NAME["probe_tells_a_waveform"]]
    with checked(spoiled(spoil=fail)) as service:
        broken, kept = run(service, checks)
    assert broken.breach.startswith("a call failed: UNKNOWN")
    assert kept.breach == ""


def test_a_service_that_is_not_there_is_no_breach(checked):
    with checked("127.0.0.1:1") as service, pytest.raises(Unavailable):
        list(run(service, CHECKS[:1]))
