"""Uploads: whole or not there, each tenant's apart."""

import hashlib
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from multicam_server.domain.faults import UploadInvalid, UploadTooLarge
from multicam_server.media.uploads import UploadStore

TENANT = "t_a"
CHUNKS = [b"first ", b"", b"second"]
CONTENT = b"".join(CHUNKS)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path.resolve() / "uploads"


@pytest.fixture
def store(folder: Path) -> UploadStore:
    return UploadStore(folder, limit_bytes=1_000)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_upload_is_named_by_its_content(store: UploadStore, folder: Path) -> None:
    upload = store.receive(TENANT, CHUNKS, size_bytes=len(CONTENT), sha256=SHA256)
    assert (upload.upload_id, upload.size_bytes, upload.sha256) == (
        f"sha256-{SHA256}",
        len(CONTENT),
        SHA256,
    )
    path = store.path(TENANT, upload.upload_id)
    assert path == folder / TENANT / SHA256
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR
    assert files(folder) == [f"{TENANT}/{SHA256}"]
    assert store.receive(TENANT, [CONTENT]) == upload
    assert files(folder) == [f"{TENANT}/{SHA256}"]


def test_another_tenant_does_not_see_it(store: UploadStore) -> None:
    upload = store.receive(TENANT, CHUNKS)
    assert store.path("t_b", upload.upload_id) is None
    assert store.receive("t_b", CHUNKS) == upload
    assert store.path("t_b", upload.upload_id) is not None


@pytest.mark.parametrize(
    ("tenant", "upload_id"),
    [
        (TENANT, ""),
        (TENANT, SHA256),
        (TENANT, f"sha256-{SHA256}\n"),
        (TENANT, f"sha256-{SHA256.upper()}"),
        (TENANT, f"sha256-{SHA256[:-1]}"),
        (TENANT, f"sha256-../{TENANT}/{SHA256}"),
        (TENANT, "../../../etc/passwd"),
        (TENANT, "/etc/passwd"),
        (TENANT, f"sha256-{'0' * 64}"),
        ("../uploads/t_a", f"sha256-{SHA256}"),
        (".incoming", f"sha256-{SHA256}"),
        ("", f"sha256-{SHA256}"),
    ],
)
def test_a_made_up_id_leads_nowhere(store: UploadStore, tenant: str, upload_id: str) -> None:
    store.receive(TENANT, CHUNKS)
    assert store.path(tenant, upload_id) is None


def test_a_link_in_the_store_is_no_upload(store: UploadStore, folder: Path) -> None:
    store.receive(TENANT, CHUNKS)
    (folder / TENANT / ("0" * 64)).symlink_to("/etc/passwd")
    assert store.path(TENANT, f"sha256-{'0' * 64}") is None


@pytest.mark.parametrize(
    ("announced", "complaint"),
    [
        ({"size_bytes": len(CONTENT) + 1}, "12 bytes, but 13 were announced"),
        ({"size_bytes": len(CONTENT) - 1}, "longer than the announced"),
        ({"size_bytes": -1}, "negative"),
        ({"sha256": "0" * 64}, "sha256 is"),
        ({"sha256": SHA256.upper()}, "lower-case"),
        ({"sha256": "abc"}, "64"),
    ],
)
def test_what_was_announced_is_checked(
    store: UploadStore, folder: Path, announced: dict[str, int | str], complaint: str
) -> None:
    with pytest.raises(UploadInvalid, match=complaint):
        store.receive(TENANT, CHUNKS, **announced)  # type: ignore[arg-type]
    assert not files(folder)
    assert not (folder / TENANT).exists()


def test_an_empty_upload_is_refused(store: UploadStore, folder: Path) -> None:
    for chunks in ([], [b"", b""]):
        with pytest.raises(UploadInvalid, match="no bytes"):
            store.receive(TENANT, chunks)
    assert not files(folder)


def test_the_limit_stops_an_upload_while_it_comes(store: UploadStore, folder: Path) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 100
            yield bytes(100)

    with pytest.raises(UploadTooLarge) as caught:
        store.receive(TENANT, endless())
    assert caught.value.limit_bytes == 1_000
    assert taken == 1_100
    with pytest.raises(UploadTooLarge):
        store.receive(TENANT, [], size_bytes=1_001)
    assert not files(folder)
    assert store.receive(TENANT, [bytes(1_000)]).size_bytes == 1_000


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_a_caller_that_breaks_off_leaves_nothing(
    store: UploadStore, folder: Path, error: type[BaseException]
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"first"
        raise error

    with pytest.raises(error):
        store.receive(TENANT, broken())
    assert not files(folder)


def test_a_malformed_tenant_stores_nothing(store: UploadStore, folder: Path) -> None:
    for tenant in ("..", "", "t_a/b", ".incoming"):
        with pytest.raises(ValueError, match="no tenant id"):
            store.receive(tenant, CHUNKS)
    assert not files(folder)


def test_the_same_bytes_at_the_same_time_are_one_file(store: UploadStore, folder: Path) -> None:
    def slowly() -> Iterator[bytes]:
        for n in range(10):
            time.sleep(0.001)
            yield bytes([n]) * 50

    with ThreadPoolExecutor(8) as pool:
        uploads = list(pool.map(lambda _: store.receive(TENANT, slowly()), range(24)))
    assert len(set(uploads)) == 1
    assert files(folder) == [f"{TENANT}/{uploads[0].sha256}"]


def test_uploading_again_repairs_a_damaged_file(store: UploadStore) -> None:
    upload = store.receive(TENANT, CHUNKS)
    path = store.path(TENANT, upload.upload_id)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"rotten")
    store.receive(TENANT, CHUNKS)
    assert path.read_bytes() == CONTENT


# A server that receives an upload without end, and says when it has begun.
UPLOADING_SERVER = """
import sys, time
from pathlib import Path
from multicam_server.media.uploads import UploadStore

def endless():
    yield b"some"
    print("begun", flush=True)
    time.sleep(60)

UploadStore(Path(sys.argv[1]), limit_bytes=1_000).receive("t_a", endless())
"""


def test_leftovers_of_a_killed_server_go_and_running_uploads_stay(folder: Path) -> None:
    command = [sys.executable, "-c", UPLOADING_SERVER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == b"begun\n"
            assert len(files(folder)) == 1
            UploadStore(folder, limit_bytes=1_000)
            assert len(files(folder)) == 1
        finally:
            server.kill()
    assert len(files(folder)) == 1
    UploadStore(folder, limit_bytes=1_000)
    assert not files(folder)


def test_a_store_behind_a_link_gives_out_resolved_paths(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to("real")
    store = UploadStore(tmp_path / "alias", limit_bytes=1_000)
    path = store.path(TENANT, store.receive(TENANT, CHUNKS).upload_id)
    assert path is not None
    assert path == path.resolve()
