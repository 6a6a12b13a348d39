from dataclasses import replace

import pytest
from multicam_server.domain.cutting import AutoCutRequest, LockedShot
from multicam_server.domain.faults import InvalidRequest
from multicam_server.domain.session import SessionTrack
from multicam_server.validation import check_locked_shots

REQUEST = AutoCutRequest(
    session_id="ses",
    tracks=(
        SessionTrack("a", duration_ms=20_000.0),
        SessionTrack("b", offset_ms=5_000.0, duration_ms=10_000.0),
    ),
    start_ms=1_000.0,
)


def check(*shots: LockedShot) -> list[str]:
    try:
        check_locked_shots(replace(REQUEST, locked_shots=shots))
    except InvalidRequest as fault:
        return [violation.field for violation in fault.violations]
    return []


@pytest.mark.parametrize(
    ("shots", "expected"),
    [
        ([LockedShot("a", 1_000, 20_000)], []),
        ([LockedShot("a", 999, 2_000)], ["locked_shots[0]"]),
        ([LockedShot("a", 19_000, 20_001)], ["locked_shots[0]", "locked_shots[0]"]),
        ([LockedShot("b", 4_999, 6_000)], ["locked_shots[0]"]),
        ([LockedShot("b", 14_000, 15_000), LockedShot("a", 15_000, 16_000)], []),
        ([LockedShot("b", 14_000, 15_000), LockedShot("a", 13_000, 14_001)], ["locked_shots[0]"]),
    ],
)
def test_locked_shots_lie_inside_and_do_not_overlap(
    shots: list[LockedShot], expected: list[str]
) -> None:
    assert check(*shots) == expected
