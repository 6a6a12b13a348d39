"""The request rules, in one place: every violation of a request at once.

Each `check_*` takes a request as `wire` read it and raises `InvalidRequest` with
all that is wrong, each violation with its full field path, or returns nothing.
The rules are those written at each element of protos/multicam/v1.
"""

from .align import check_align
from .analyze import check_analyze
from .auto_cut import check_auto_cut
from .focus import check_focus
from .highlights import check_highlights
from .probe import check_probe
from .resolved import check_locked_shots

__all__ = [
    "check_align",
    "check_analyze",
    "check_auto_cut",
    "check_focus",
    "check_highlights",
    "check_locked_shots",
    "check_probe",
]
