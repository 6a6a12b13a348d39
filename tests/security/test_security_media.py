"""Hostile media against a running server: one file is opened, and nothing else ever."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from multicam import Client, errors
from multicam.v1.media_pb2 import Asset
from multicam.v1.probe_pb2 import ProbeMediaRequest
from multicam_server.app import Server
from multicam_server.config import MediaConfig

SWAP_S = 2.0
OWN_RATE_HZ, SECRET_RATE_HZ = 8_000, 44_100
"""A reply that tells 44.1 kHz has seen the other tenant's file."""


def write_sound(path: Path, rate_hz: int, seconds: float = 1.0, codec: str = "pcm_s16le") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate_hz)
        stream.codec_context.layout = "mono"
        samples = np.zeros((1, round(rate_hz * seconds)), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = rate_hz
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Media of a tenant beside a victim's, whose sound has another rate."""
    folder = tmp_path_factory.mktemp("media").resolve()
    write_sound(folder / "t_a" / "own.wav", OWN_RATE_HZ)
    for name in ("secret.wav", "secret.ts", "secret0.wav"):
        codec = "mp2" if name.endswith("ts") else "pcm_s16le"
        write_sound(folder / "t_victim" / name, SECRET_RATE_HZ, codec=codec)
    return folder


@pytest.fixture(scope="module")
def server(
    new_server: Any, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with new_server(tmp_path_factory.mktemp("cache"), media=MediaConfig((root,))) as running:
        yield running


@pytest.fixture
def probe(server: Server) -> Iterator[Callable[[str], Any]]:
    """ProbeMedia of one URI as the tenant t_a."""
    with Client(server.address, tenant_id="t_a", env="dev", timeout_s=20) as client:

        def run(uri: str) -> Any:
            request = ProbeMediaRequest(assets=[Asset(asset_id="x", uri=uri)])
            return client.probe_media(request).media[0]

        yield run


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n",
    "hls relative": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n../t_victim/secret.ts\n",
    "hls concat": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nconcat:{path}|{path}\n",
    "hls key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="file://{path}"\n#EXTINF:9,\nown.wav\n',
    "hls map": '#EXTM3U\n#EXT-X-MAP:URI="{path}"\n#EXTINF:9,\nown.wav\n',
    "hls master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile://{path}\n",
    "hls crypto": "#EXTM3U\n#EXTINF:9,\ncrypto+file://{path}\n",
    "ffconcat": "ffconcat version 1.0\nfile {path}\n",
    "ffconcat option": "ffconcat version 1.0\nfile own.wav\noption safe 0\nfile '{path}'\n",
    "concat": "file '{path}'\n",
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        "<Period><AdaptationSet><Representation id='0' mimeType='audio/wav'>"
        "<BaseURL>file://{path}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ),
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\na=control:{path}\n",
    "asx": '<asx version="3.0"><entry><ref href="file://{path}"/></entry></asx>',
    "pls": "[playlist]\nFile1={path}\nNumberOfEntries=1\n",
    "rtsp redirect": "[Reference]\nRef1=file://{path}\n",
    "smil": '<smil><body><audio src="{path}"/></body></smil>',
    "avisynth": 'WavSource("{path}")\n',
    "image sequence": "{path}\n",
    "lavfi": "amovie={path}\n",
    "empty": "",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_list_of_other_files_yields_nothing_of_them(root: Path, probe: Any, kind: str) -> None:
    """Under the name that belongs to it, and under that of a film."""
    path = root / "t_victim" / ("secret.ts" if kind.startswith("hls") else "secret.wav")
    content = PLAYLISTS[kind].format(path=path).encode()
    for name in ("list.m3u8", "list.ffconcat", "list.mpd", "list.sdp", "list.mp4", "list%d.wav"):
        (root / "t_a" / name).write_bytes(content)
        with pytest.raises(errors.MediaUnreadable) as refused:
            probe(name)
        told = str(refused.value)
        for secret in ("t_victim", "secret", str(SECRET_RATE_HZ), str(root)):
            assert secret not in told
        (root / "t_a" / name).unlink()


@pytest.mark.parametrize(
    "uri",
    [
        "../t_victim/secret.wav",
        "{root}/t_victim/secret.wav",
        "file://{root}/t_victim/secret.wav",
        "file://{root}/t_a/%2e%2e/t_victim/secret.wav",
        "file://elsewhere{root}/t_a/own.wav",
        "//elsewhere/t_a/own.wav",
        "http://127.0.0.1:1/own.wav",
        "https://127.0.0.1:1/own.wav",
        "ftp://127.0.0.1/own.wav",
        "rtmp://127.0.0.1/own",
        "tcp://127.0.0.1:1",
        "concat:own.wav|own.wav",
        "concat:{root}/t_victim/secret.wav",
        "concatf:own.wav",
        "subfile:own.wav",
        "crypto:own.wav",
        "crypto+file://{root}/t_victim/secret.wav",
        "async:own.wav",
        "cache:own.wav",
        "data:audio/wav;base64,UklGRg==",
        "pipe:0",
        "fd:0",
        "unix:{root}/t_a/s",
        "md5:{root}/t_a/new.wav",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/environ",
        "/proc/self/fd/0",
        "file:///proc/self/mem",
        "{root}/t_a",
        ".",
    ],
)
def test_no_uri_leads_out(root: Path, probe: Any, uri: str) -> None:
    with pytest.raises(errors.MediaForbidden) as refused:
        probe(uri.format(root=root))
    assert "t_victim" not in str(refused.value)


@pytest.mark.parametrize(
    "uri",
    [
        "subfile,,start,0,end,9,,:{root}/t_victim/secret.wav",
        "secret%d.wav",
        "own.wa?",
        "own.*",
        "~/own.wav",
        "$HOME/own.wav",
        "own.wav|ls",
    ],
)
def test_a_name_is_a_name_and_no_pattern(root: Path, probe: Any, uri: str) -> None:
    with pytest.raises(errors.MediaNotFound):
        probe(uri.format(root=root))


def test_a_name_with_a_percent_is_that_file(root: Path, probe: Any) -> None:
    """libavformat would take it for the numbered files of a sequence."""
    write_sound(root / "t_a" / "shot%d.wav", OWN_RATE_HZ)
    assert probe("shot%d.wav").audio_streams[0].sample_rate_hz == OWN_RATE_HZ


def test_devices_pipes_and_sockets_never_block(root: Path, probe: Any) -> None:
    import socket

    folder = root / "t_a"
    os.mkfifo(folder / "pipe.wav")
    for name, device in (("zero.wav", "/dev/zero"), ("tty.wav", "/dev/tty")):
        (folder / name).symlink_to(device)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s.wav"))
        for name in ("pipe.wav", "zero.wav", "tty.wav", "s.wav"):
            begun_s = time.monotonic()
            with pytest.raises(errors.MediaForbidden):
                probe(name)
            assert time.monotonic() - begun_s < 10


class Swapping:
    """Replaces one name by this and that, as fast as it can, until it is left."""

    def __init__(self, *states: Callable[[], None]) -> None:
        self._states = states
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._done.is_set():
            for state in self._states:
                state()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def outcomes(probe: Any, uri: str) -> set[Any]:
    """What calls end with in a while: sample rates, or kinds of errors."""
    seen: set[Any] = set()
    end_s = time.monotonic() + SWAP_S
    while time.monotonic() < end_s:
        try:
            seen.add(probe(uri).audio_streams[0].sample_rate_hz)
        except errors.MulticamError as error:
            seen.add(type(error))
    return seen


REFUSALS = {errors.MediaForbidden, errors.MediaNotFound, errors.MediaUnreadable}


def test_a_file_swapped_for_a_link_yields_nothing_of_the_other(root: Path, probe: Any) -> None:
    folder = root / "t_a"
    own, target = folder / "own.wav", folder / "swapped.wav"
    secret = root / "t_victim" / "secret.wav"

    def place(make: Callable[[Path], None]) -> Callable[[], None]:
        def put() -> None:
            beside = folder / ".beside"
            beside.unlink(missing_ok=True)
            make(beside)
            beside.replace(target)

        return put

    with Swapping(
        place(lambda path: os.link(own, path)),
        place(lambda path: path.symlink_to(secret)),
        place(os.mkfifo),
    ):
        seen = outcomes(probe, "swapped.wav")
    assert OWN_RATE_HZ in seen, "the own file was never read: this test would prove nothing"
    assert seen & REFUSALS, "the swap was never seen: this test would prove nothing"
    assert seen <= {OWN_RATE_HZ, *REFUSALS}


def test_a_folder_swapped_for_a_link_yields_nothing_of_the_other(root: Path, probe: Any) -> None:
    folder = root / "t_a"
    write_sound(folder / "real" / "secret.wav", OWN_RATE_HZ)
    (folder / "real").rename(folder / "day")

    def to_link() -> None:
        (folder / "day").rename(folder / "real")
        (folder / "day").symlink_to(root / "t_victim")

    def to_folder() -> None:
        (folder / "day").unlink()
        (folder / "real").rename(folder / "day")

    with Swapping(to_link, to_folder):
        seen = outcomes(probe, "day/secret.wav")
    assert OWN_RATE_HZ in seen
    assert seen & REFUSALS
    assert seen <= {OWN_RATE_HZ, *REFUSALS}


def test_the_decoder_has_one_file_open(root: Path, probe: Any) -> None:
    """After hundreds of refused files no process of the server has kept one."""
    (root / "t_a" / "broken.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt ")
    for _ in range(50):
        with pytest.raises(errors.MediaUnreadable):
            probe("broken.wav")
        probe("own.wav")
    for process_id in descendants(os.getpid()):
        for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
            with suppress(FileNotFoundError):  # the one that lists them
                assert str(root) not in str(descriptor.readlink())


def descendants(process_id: int) -> list[int]:
    found = [process_id]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            with suppress(OSError):  # the thread has ended
                found += [int(child) for child in (task / "children").read_text().split()]
    return found
