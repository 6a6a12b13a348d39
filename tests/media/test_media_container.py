"""Hostile files: nothing but the file itself is ever opened."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.faults import MediaUnreadable, MediaWithoutAudio
from multicam_server.media.container import DEMUXERS, open_media
from multicam_server.media.decode import decode_sound
from multicam_server.media.probe import probe


@pytest.fixture(scope="session")
def secret(make_media: Callable[..., Path], specs: Any) -> Path:
    """A file that no other file may make the server read."""
    return make_media("secret.wav", None, [specs.Track(codec="pcm_s16le")])


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
    "hls by uri": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{path}\n",
    "concat": "ffconcat version 1.0\nfile '{path}'\n",
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        "<Period><AdaptationSet><Representation id='0' mimeType='audio/wav'>"
        "<BaseURL>file://{path}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ),
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "text": "{path}\n" * 100,
    "metadata": ";FFMETADATA1\ntitle={path}\n",
    "subtitles": "1\n00:00:00,000 --> 00:00:01,000\n{path}\n\n",
    "image sequence": "P6 1 1 255 abc",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("suffix", ["", ".m3u8", ".mp4"])
def test_a_playlist_is_refused(tmp_path: Path, secret: Path, kind: str, suffix: str) -> None:
    path = tmp_path.resolve() / f"list{suffix}"
    path.write_text(PLAYLISTS[kind].format(path=secret))
    for read in (decode_sound, probe):
        with pytest.raises(MediaUnreadable) as caught:
            read(path, "cam")
        assert str(path.parent) not in str(caught.value)
        assert str(secret) not in str(caught.value)


def test_a_reference_movie_is_not_followed(
    make_media: Callable[..., Path], secret: Path, specs: Any
) -> None:
    """QuickTime tracks may have their samples in another file, by an alias."""
    path = make_media("ref.mov", None, [specs.Track(codec="pcm_s16le")])
    content = path.read_bytes()
    own = b"\0\0\0\x0curl \0\0\0\x01"
    assert own in content
    # The entry says: not in this file, but there. Same size, so that no offset moves.
    path.write_bytes(content.replace(own, b"\0\0\0\x0curl \0\0\0\0"))
    sound = decode_sound(path, "cam")
    assert sound.channels.shape[0] == 2


def test_every_demuxer_in_use_exists_and_reads_one_file() -> None:
    names = {name for form in av.formats_available for name in form.split(",")}
    assert set(DEMUXERS) <= names
    assert not {"hls", "dash", "concat", "image2", "sdp", "rtsp", "lavfi"} & set(DEMUXERS)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (bytes(10_000), "damaged"), (b"RIFF", "damaged"), (b"\x1aE\xdf\xa3", "it ")],
)
def test_what_is_no_media_is_told_in_words(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path.resolve() / "a.mp4"
    path.write_bytes(content)
    for read in (decode_sound, probe):
        with pytest.raises(MediaUnreadable, match=why):
            read(path, "cam")


def test_a_file_that_has_gone_or_may_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(MediaUnreadable, match="No such file"):
        decode_sound(tmp_path.resolve() / "gone.wav", "cam")
    with pytest.raises(MediaUnreadable), open_media(tmp_path.resolve(), "cam"):
        pass


@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_damage_anywhere_ends_in_a_result_or_a_fault(
    damaged_sources: list[bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(damaged_sources)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        damage = data.draw(st.binary(min_size=1, max_size=40))
        content[at : at + len(damage)] = damage
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    path = tmp_path_factory.getbasetemp().resolve() / "damaged"
    path.write_bytes(content)
    for read in (decode_sound, probe):
        with suppress(MediaUnreadable, MediaWithoutAudio):
            read(path, "cam")


@pytest.fixture(scope="session")
def damaged_sources(make_media: Callable[..., Path], specs: Any) -> list[bytes]:
    picture = specs.Picture(seconds=0.4, size=(32, 32))
    files = [
        make_media(
            "a.mp4", picture, [specs.Track(seconds=0.4)], metadata={"timecode": "01:00:00:00"}
        ),
        make_media("a.mkv", picture, [specs.Track(seconds=0.4)]),
        make_media("a.ts", picture, [specs.Track(seconds=0.4)]),
        make_media("a.wav", None, [specs.Track(codec="pcm_s16le", rate=8_000, seconds=0.2)]),
        make_media("a.flac", None, [specs.Track(codec="flac", rate=8_000, seconds=0.2)]),
    ]
    return [path.read_bytes() for path in files]
