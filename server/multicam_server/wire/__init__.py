"""The only place where the contract's messages become domain values, and back.

Reading never refuses anything: a request is read as it is, wrong numbers
included, and `multicam_server.validation` then judges it. Every field is read
once, because attribute access is what costs in long repeated fields.
"""

from .align import pack_alignment, read_align, unpack_alignment, write_align
from .analyze import read_analyze, write_event
from .auto_cut import read_auto_cut, write_auto_cut
from .focus import read_focus, write_focus
from .highlights import read_highlights, write_highlights
from .probe import read_probe, write_probe
from .upload import read_upload, write_upload

__all__ = [
    "pack_alignment",
    "read_align",
    "read_analyze",
    "read_auto_cut",
    "read_focus",
    "read_highlights",
    "read_probe",
    "read_upload",
    "unpack_alignment",
    "write_align",
    "write_auto_cut",
    "write_event",
    "write_focus",
    "write_highlights",
    "write_probe",
    "write_upload",
]
