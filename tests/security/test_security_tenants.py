"""Nothing crosses tenants: answers, what was heard, uploads, and what an error tells."""

import hashlib
import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from multicam import Client, errors
from multicam.v1.align_pb2 import AlignRequest, AlignResponse
from multicam.v1.media_pb2 import Asset
from multicam.v1.probe_pb2 import ProbeMediaRequest
from multicam_server.app import Server
from multicam_server.config import MediaConfig

RATE_HZ = 16_000


def take(start_s: float, *, seed: int = 3) -> bytes:
    """A WAV of ten seconds of a common sound."""
    import io

    random = np.random.default_rng(seed)
    noise = random.standard_normal(15 * RATE_HZ) * np.repeat(
        random.choice([0.01, 0.3], 150), RATE_HZ // 10
    )
    first = round(start_s * RATE_HZ)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((noise[first : first + 10 * RATE_HZ] * 8_000).astype("<i2").tobytes())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("media").resolve()
    for tenant_id in ("t_a", "t_b", "t_ab"):
        (root / tenant_id).mkdir()
        (root / tenant_id / "a.wav").write_bytes(take(0.0))
        (root / tenant_id / "b.wav").write_bytes(take(1.25))
    (root / "t_a" / "only a has it.wav").write_bytes(take(2.0))
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache").resolve()


@pytest.fixture(scope="module")
def server(new_server: Any, media_root: Path, cache: Path) -> Iterator[Server]:
    with new_server(cache, media=MediaConfig((media_root,))) as running:
        yield running


@pytest.fixture
def caller(server: Server) -> Iterator[Callable[[str], Client]]:
    """Clients by tenant."""
    clients: dict[str, Client] = {}

    def of(tenant_id: str) -> Client:
        if tenant_id not in clients:
            clients[tenant_id] = Client(server.address, tenant_id=tenant_id, env="dev")
        return clients[tenant_id]

    yield of
    for client in clients.values():
        client.close()


def align(client: Client, **assets: Any) -> AlignResponse:
    request = AlignRequest(session_id="s", base_asset_id=next(iter(assets)))
    for name, source in assets.items():
        request.tracks.add().asset.CopyFrom(Asset(asset_id=name, **source))
    return client.align(request)


def stored(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


FILES: dict[str, Any] = {"a": {"uri": "a.wav"}, "b": {"uri": "b.wav"}}


def test_the_same_content_of_another_tenant_is_a_miss(caller: Any, cache: Path) -> None:
    """The answer, and what was heard of each file: for every store, whichever it is."""
    seen: dict[str, dict[str, bytes]] = {}
    for tenant_id in ("t_a", "t_b", "t_ab"):
        before = stored(cache)
        assert not align(caller(tenant_id), **FILES).meta.cache_hit
        assert align(caller(tenant_id), **FILES).meta.cache_hit
        new = set(stored(cache)) - set(before)
        assert new, "nothing is remembered: this test would prove nothing"
        # What is written for a tenant lies below its own name, in every store.
        for path in new:
            assert tenant_id in Path(path).parts, path
        seen[tenant_id] = {path: content for path, content in stored(cache).items() if path in new}
    names = [{Path(path).name for path in files} for files in seen.values()]
    assert not names[0] & names[1], "keys depend on the tenant, or on its own files"


def test_another_tenants_entries_in_place_of_ones_own_are_not_its_answer(
    caller: Any, cache: Path, media_root: Path
) -> None:
    """Even if folders were mixed up: an answer's key has the tenant in it."""
    align(caller("t_a"), **FILES)
    shutil.copytree(media_root / "t_a", media_root / "t_mixed")
    entries = [path for path in cache.rglob("t_a") if path.is_dir()]
    assert entries
    for folder in entries:
        shutil.copytree(folder, folder.with_name("t_mixed"))
    assert not align(caller("t_mixed"), **FILES).meta.cache_hit


def test_uploads_are_found_by_their_own_tenant_only(caller: Any, cache: Path) -> None:
    content = take(0.5)
    sent = caller("t_a").upload_media(content)
    digest = hashlib.sha256(content).hexdigest()
    assert sent.sha256 == digest
    uploaded: dict[str, Any] = {"a": {"uri": "a.wav"}, "b": {"upload_id": sent.upload_id}}
    assert align(caller("t_a"), **uploaded).tracks[1].offset_ms == pytest.approx(500, abs=0.1)
    # Whoever knows a content knows its id, and learns nothing by it of who has sent it.
    texts = set()
    others = (f"sha256-{'0' * 64}", f"../t_a/{digest}", f"sha256-../{digest}")
    for upload_id in (sent.upload_id, *others):
        with pytest.raises(errors.UploadNotFound) as refused:
            align(caller("t_b"), a={"uri": "a.wav"}, b={"upload_id": upload_id})
        texts.add(refused.value.message.replace(upload_id, ""))
    assert len(texts) == 1
    # The same bytes sent by another tenant are that tenant's own, in a file of its own.
    assert caller("t_b").upload_media(content).upload_id == sent.upload_id
    align(caller("t_b"), **uploaded)
    paths = [path for path in stored(cache / "uploads") if digest in path]
    assert sorted(Path(path).parts[0] for path in paths) == ["t_a", "t_b"]


def test_an_error_does_not_tell_what_another_tenant_has(caller: Any, media_root: Path) -> None:
    """The same code, reason, text and details for what is there and what is not."""

    def told(uri: str) -> Any:
        with pytest.raises(errors.MulticamError) as refused:
            caller("t_b").probe_media(ProbeMediaRequest(assets=[Asset(asset_id="x", uri=uri)]))
        error = refused.value
        return (
            type(error),
            error.message,
            error.resource,
            {key: value for key, value in error.metadata.items() if key != "request_id"},
        )

    for shape in ("../t_a/{}", "{root}/t_a/{}", "file://{root}/t_a/{}", "./../t_b/../t_a/{}"):
        names = ("a.wav", "only a has it.wav", "nobody has it.wav", "no/folder/at all.wav")
        replies = [told(shape.format(name, root=media_root)) for name in names]
        assert replies[0][0] is errors.MediaForbidden
        assert all(reply == replies[0] for reply in replies)
        assert "t_a" not in str(replies[0])
        assert str(media_root) not in str(replies[0])
    own = told("only a has it.wav")
    assert own[0] is errors.MediaNotFound


def test_a_tenant_whose_name_begins_like_anothers(caller: Any) -> None:
    for tenant_id, uri in (("t_a", "../t_ab/a.wav"), ("t_ab", "../t_a/a.wav")):
        with pytest.raises(errors.MediaForbidden):
            align(caller(tenant_id), a={"uri": "a.wav"}, b={"uri": uri})


def test_a_new_tenant_has_nothing(caller: Any) -> None:
    with pytest.raises(errors.MediaNotFound):
        align(caller("t_new"), **FILES)
