"""Files: finding them safely, telling what they are, decoding their sound, taking uploads.

- `library`: from an asset's uri or upload id to a file that the tenant may read;
- `uploads`: files that callers sent;
- `container`: the one place that opens a file with PyAV;
- `clock`: the reference point and the first frames of a file;
- `probe`, `frame_rate`, `container_timecode`: what a file is;
- `decode`, `stream_sound`, `waveform`: its sound.
"""
