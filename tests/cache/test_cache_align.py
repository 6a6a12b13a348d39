"""What Align remembers: files are opened once, and never for another tenant."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import scipy.io.wavfile
from multicam_server import jobs, wire
from multicam_server.alignment import parallel
from multicam_server.cache import AlignmentCache, ResultStore
from multicam_server.domain.alignment import AlignOptions, AlignRequest, AlignTrack, Placement
from multicam_server.domain.media import Asset
from multicam_server.jobs import lazy_sound, named_media
from multicam_server.media import reader

RATE_HZ = 16_000
EVENT_S = 70


def write_aac(path: Path, samples: np.ndarray) -> None:
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + 1024], format="fltp", layout="mono"
            )
            frame.sample_rate = RATE_HZ
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three cameras in AAC: b starts 4.5 s and c 9.25 s later than a."""
    rng = np.random.default_rng(3)
    event = np.zeros(EVENT_S * RATE_HZ, dtype=np.float32)
    position = 0
    while position < len(event) - RATE_HZ:
        length = int(rng.uniform(0.06, 0.3) * RATE_HZ)
        tones = rng.uniform(150, 3_000, 6)[:, None] * np.arange(length) / RATE_HZ
        event[position : position + length] = (
            0.1 * np.hanning(length) * np.sin(2 * np.pi * tones).sum(axis=0)
        )
        position += length + int(rng.uniform(0, 0.3) * RATE_HZ)
    folder = tmp_path_factory.mktemp("cameras")
    for name, start_s in (("a", 0.0), ("b", 4.5), ("c", 9.25)):
        heard = event[int(start_s * RATE_HZ) :][: 50 * RATE_HZ]
        noise = 0.002 * rng.standard_normal(len(heard)).astype(np.float32)
        write_aac(folder / f"{name}.m4a", heard + noise)
    return {name: folder / f"{name}.m4a" for name in "abc"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The asset ids whose files have been opened, once for each time."""
    names: list[str] = []

    def counting(really: Callable[..., object]) -> Callable[..., object]:
        def count(path: Path, asset_id: str, **options: object) -> object:
            names.append(asset_id)
            return really(path, asset_id, **options)

        return count

    monkeypatch.setattr(lazy_sound, "open_sound", counting(lazy_sound.open_sound))
    monkeypatch.setattr(named_media, "probe", counting(named_media.probe))
    return names


@pytest.fixture
def cache(tmp_path: Path) -> AlignmentCache:
    return AlignmentCache(ResultStore(tmp_path / "cache"))


def place(
    cameras: dict[str, Path],
    cache: AlignmentCache,
    names: str,
    *,
    tenant_id: str = "t_one",
    **options: object,
) -> Placement:
    tracks = tuple(AlignTrack(Asset(name, uri=str(cameras[name]))) for name in names)
    chosen = AlignOptions(**options)  # type: ignore[arg-type]
    request = AlignRequest("event", "a", tracks, chosen)
    return jobs.align(request, lambda asset: Path(asset.uri or ""), cache, tenant_id=tenant_id)


def test_the_same_request_opens_nothing(cameras, cache, opened):
    first = place(cameras, cache, "ab")
    assert not first.cache_hit
    assert first.alignment.tracks[1].offset_ms == pytest.approx(4_500.0, abs=0.2)
    opened.clear()
    again = place(cameras, cache, "ab")
    assert again == replace(first, cache_hit=True)
    assert opened == []


def test_the_same_tracks_in_another_order_are_known_and_told_in_theirs(cameras, cache, opened):
    first = place(cameras, cache, "abc")
    opened.clear()
    turned = place(cameras, cache, "cab")
    assert (turned.cache_hit, turned.cache_key, opened) == (True, first.cache_key, [])
    assert [track.asset_id for track in turned.alignment.tracks] == ["c", "a", "b"]
    assert {*turned.alignment.tracks} == {*first.alignment.tracks}


def test_an_added_camera_opens_only_itself(cameras, cache, opened):
    place(cameras, cache, "ab")
    opened.clear()
    added = place(cameras, cache, "abc")
    assert not added.cache_hit
    assert added.alignment.tracks[2].offset_ms == pytest.approx(9_250.0, abs=0.2)
    assert {*opened} == {"c"}
    fresh = place(cameras, cache, "abc", bypass_cache=True)
    assert fresh.alignment == added.alignment


def test_other_options_open_nothing_but_miss(cameras, cache, opened):
    place(cameras, cache, "ab")
    opened.clear()
    assert not place(cameras, cache, "ab", min_confidence=0.5).cache_hit
    assert opened == []


def test_bypassing_reads_the_files_again(cameras, cache, opened):
    place(cameras, cache, "ab")
    opened.clear()
    assert not place(cameras, cache, "ab", bypass_cache=True).cache_hit
    assert {*opened} == {"a", "b"}


def test_another_tenant_shares_nothing(cameras, cache, opened):
    place(cameras, cache, "ab")
    opened.clear()
    assert not place(cameras, cache, "ab", tenant_id="t_two").cache_hit
    assert {*opened} == {"a", "b"}


def test_a_changed_file_is_read_again(cameras, cache, opened, tmp_path):
    moved = {**cameras, "b": tmp_path / "b.m4a"}
    moved["b"].write_bytes(cameras["b"].read_bytes())
    first = place(moved, cache, "ab")
    moved["b"].write_bytes(cameras["c"].read_bytes())
    opened.clear()
    second = place(moved, cache, "ab")
    assert not second.cache_hit
    assert {*opened} == {"b"}
    assert second.alignment.tracks[1].offset_ms == pytest.approx(9_250.0, abs=0.2)
    assert second.cache_key != first.cache_key


def test_a_copied_file_is_read_but_its_answer_known(cameras, cache, opened, tmp_path):
    place(cameras, cache, "ab")
    copied = {**cameras, "b": tmp_path / "copy.m4a"}
    copied["b"].write_bytes(cameras["b"].read_bytes())
    opened.clear()
    assert place(copied, cache, "ab").cache_hit
    assert {*opened} == {"b"}


def test_damaged_notes_cost_time_only(cameras, cache, tmp_path):
    first = place(cameras, cache, "ab")
    for path in (tmp_path / "cache" / "t_one").iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    again = place(cameras, cache, "ab")
    assert not again.cache_hit
    assert again.alignment == first.alignment


def test_a_folder_that_takes_nothing_costs_no_answer(cameras, tmp_path):
    taken = tmp_path / "a file"
    taken.write_bytes(b"")
    placement = place(cameras, AlignmentCache(ResultStore(taken)), "ab")
    assert placement.alignment.tracks[1].offset_ms == pytest.approx(4_500.0, abs=0.2)


def test_the_store_keeps_within_its_limit(tmp_path):
    store = ResultStore(tmp_path, limit_bytes=10_000)
    for number in range(40):
        store.put("t_one", f"{number:02}", bytes(1_000))
    kept = sum(path.stat().st_size for path in tmp_path.glob("*/*"))
    assert kept < 12_000
    assert store.get("t_one", "39") == bytes(1_000)
    assert store.get("t_one", "00") is None


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_no_number_of_threads_changes_a_byte(cameras, cache, monkeypatch, threads):
    usual = place(cameras, cache, "abc", bypass_cache=True).alignment
    monkeypatch.setattr(parallel, "WORKERS", threads)
    monkeypatch.setattr(named_media, "DECODERS", threads)
    monkeypatch.setattr(reader, "_LEAST_THREADED_S", 0)
    monkeypatch.setattr(lazy_sound, "open_sound", partial(reader.open_sound, threads=threads))
    alignment = place(cameras, cache, "abc", bypass_cache=True).alignment
    assert wire.pack_alignment(alignment) == wire.pack_alignment(usual)


@pytest.mark.parametrize("earlier", ["", "ab", "cb", "ca"])
def test_no_earlier_call_changes_a_byte(cameras, cache, tmp_path, earlier):
    other = AlignmentCache(ResultStore(tmp_path / "other"))
    if earlier:
        place({**cameras, "a": cameras[earlier[0]]}, cache, f"a{earlier[1]}")
        place(cameras, cache, "ab")
    fresh = place(cameras, other, "abc").alignment
    assert wire.pack_alignment(place(cameras, cache, "abc").alignment) == wire.pack_alignment(fresh)


def long_sound(path: Path, later_s: float, seed: int) -> None:
    """Noise with the rhythm of syllables, 10.5 minutes of one event, as a WAV file."""
    event = np.random.default_rng(1)
    length = int(630 * RATE_HZ / 2)
    beats = np.repeat(event.uniform(0, 1, 5_400) ** 2, RATE_HZ // 16)
    event_sound = event.standard_normal(len(beats), dtype=np.float32) * beats
    first = int(later_s * RATE_HZ / 2)
    heard = event_sound[first : first + length]
    heard = heard + 0.05 * np.random.default_rng(seed).standard_normal(len(heard))
    pcm = (4_000 * heard).clip(-32_000, 32_000).astype(np.int16)
    scipy.io.wavfile.write(path, RATE_HZ // 2, pcm)


def test_a_long_file_that_changes_between_its_probes_is_read_again(cache, opened, tmp_path):
    files = {"a": tmp_path / "a.wav", "b": tmp_path / "b.wav"}
    long_sound(files["a"], 0.0, 1)
    long_sound(files["b"], 12.5, 2)
    first = place(files, cache, "ab")
    assert first.alignment.tracks[1].offset_ms == pytest.approx(12_500.0, abs=0.2)
    with files["b"].open("r+b") as file:  # 3 min in, where no probe of b lies
        file.seek(2 * 180 * RATE_HZ // 2)
        file.write(bytes(RATE_HZ))
    opened.clear()
    second = place(files, cache, "ab")
    assert not second.cache_hit
    assert second.cache_key != first.cache_key
    assert {*opened} == {"b"}


def test_a_file_that_changes_while_it_is_read_is_not_remembered(cameras, cache, opened, tmp_path):
    moved = {**cameras, "b": tmp_path / "b.m4a"}
    moved["b"].write_bytes(cameras["b"].read_bytes())
    really = AlignmentCache.put

    def touched(self, tenant_id, key, value):
        os.utime(moved["b"], ns=(1, 1))
        really(self, tenant_id, key, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AlignmentCache, "put", touched)
        place(moved, cache, "ab")
    opened.clear()
    place(moved, cache, "ab")
    assert {*opened} == {"b"}
