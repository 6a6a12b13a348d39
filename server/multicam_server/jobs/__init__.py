"""The work behind each RPC: open what the request names, then run the algorithm.

A job takes a checked request and a way to open the tenant's media, and returns a
domain value. It knows neither gRPC nor messages.
"""

from .align import AlignmentMemory, align
from .analyze import analyze
from .auto_cut import auto_cut
from .focus import focus
from .highlights import highlights
from .probe import probe_media
from .recordings import OpenPath

__all__ = [
    "AlignmentMemory",
    "OpenPath",
    "align",
    "analyze",
    "auto_cut",
    "focus",
    "highlights",
    "probe_media",
]
