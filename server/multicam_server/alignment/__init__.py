"""Where recordings of one event lie in time: sound, timecode, and how sure that is.

Pure numpy and scipy; knows no files, no gRPC and no clocks. The steps, each a module:

`channels`, `heard`   which channels carry the event's sound, at one analysis rate
`onsets`, `coarse`    onsets by frequency band, correlated over every possible offset
`onset_fit`           offset and drift from the onsets, and how much supports them
`whitening`, `waveform_fit`   GCC-PHAT in short windows: the exact relation of a pair
`slant_stack`, `clock_fit`    windows added up along the lines of drifting clocks
`pairs`, `confidence`         one pair's answer and the probability that it is right
`ltc`                 linear timecode decoded from a channel
`analysis_sound`, `known_sound`   sound read by the piece, and what is remembered of it
`sparse`              long recordings placed by pieces of them, where that is sure
`session`, `rates`, `steps`   all that is measured; clocks wrong by a known ratio; jumps
`graph`               all clocks at once from all pairs
`evidence`, `align`, `explain`  timecode, the decision and its reasons
"""

from .align import ALIGNMENT_VERSION, align
from .analysis_sound import look
from .known_sound import SOUND_VERSION, KnownSound, timecode_from_json, timecode_to_json
from .ltc import find_ltc
from .recording import Recording

__all__ = [
    "ALIGNMENT_VERSION",
    "SOUND_VERSION",
    "KnownSound",
    "Recording",
    "align",
    "find_ltc",
    "look",
    "timecode_from_json",
    "timecode_to_json",
]
