"""Files: finding them safely, telling what they are, decoding their sound, taking uploads.

- `library`: from an asset's uri or upload id to a file that the tenant may read;
- `uploads`: files that callers sent;
- `container`: the one place that opens a file with PyAV;
- `clock`: the reference point and the first frames of a file;
- `probe`, `frame_rate`, `container_timecode`: what a file is;
- `decode`, `waveform`: its sound, whole (`stream_sound`: one stream's, `frame_clock`: true to
  its timestamps, `resample`: on the grid of 16 kHz);
- `reader`: its sound by the window (`stream_reader`: of one stream, sought where that is exact;
  `stream_facts`, `stream_window`, `sound_end`).
"""
