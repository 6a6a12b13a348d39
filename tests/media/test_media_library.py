"""Which files a tenant may read, and that a refusal tells nothing."""

import os
import socket
from pathlib import Path

import pytest
from multicam_server.domain.faults import (
    AssetFault,
    MediaForbidden,
    MediaNotFound,
    MediaUnreadable,
    UploadNotFound,
)
from multicam_server.domain.media import Asset
from multicam_server.media.container import open_file
from multicam_server.media.library import NamedFiles, TenantFolders, local_path
from multicam_server.media.uploads import UploadStore

TENANT = "t_a"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A media root of two tenants beside a folder that is nobody's."""
    tmp_path = tmp_path.resolve()
    for folder in ("media/t_a/day 1", "media/t_b", "media/t_ab", "private"):
        (tmp_path / folder).mkdir(parents=True)
    for file in (
        "media/t_a/cam.mp4",
        "media/t_a/day 1/take:1.wav",
        "media/t_a/100%.wav",
        "media/t_b/b.mp4",
        "media/t_ab/ab.mp4",
        "private/key.pem",
    ):
        (tmp_path / file).write_bytes(b"x")
    return tmp_path / "media"


def open_uri(root: Path, uri: str, tenant: str = TENANT) -> Path:
    return TenantFolders([root]).open_path(tenant, Asset("cam", uri=uri))


def refusal(root: Path, uri: str) -> AssetFault:
    with pytest.raises(AssetFault) as caught:
        open_uri(root, uri)
    return caught.value


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("cam.mp4", "cam.mp4"),
        ("./cam.mp4", "cam.mp4"),
        ("day 1/../cam.mp4", "cam.mp4"),
        ("day 1//take:1.wav", "day 1/take:1.wav"),
        ("{root}/t_a/cam.mp4", "cam.mp4"),
        ("{root}/t_b/../t_a/cam.mp4", "cam.mp4"),
        ("file://{root}/t_a/cam.mp4", "cam.mp4"),
        ("FILE://LOCALHOST{root}/t_a/cam.mp4", "cam.mp4"),
        ("file://localhost{root}/t_a/day%201/take%3a1.wav", "day 1/take:1.wav"),
        ("file://{root}/t_a/%63am.mp4", "cam.mp4"),
        ("100%.wav", "100%.wav"),
        ("file://{root}/t_a/100%25.wav", "100%.wav"),
    ],
)
def test_the_tenants_own_files_are_found(root: Path, uri: str, file: str) -> None:
    assert open_uri(root, uri.format(root=root)) == root / TENANT / file


@pytest.mark.parametrize(
    "uri",
    [
        "",
        ".",
        "/",
        "../t_b/b.mp4",
        "../t_b/none.mp4",
        "../t_ab/ab.mp4",
        "day 1/../../t_b/b.mp4",
        "{root}/t_b/b.mp4",
        "{root}/t_ab/ab.mp4",
        "{root}/t_a",
        "{root}/t_a/",
        "{root}/t_a/cam.mp4/",
        "{root}",
        "/etc/passwd",
        "/nowhere/at/all",
        "file:///etc/passwd",
        "file://{root}/t_a/../../private/key.pem",
        "file://{root}/t_a/%2e%2e/t_b/b.mp4",
        "file://{root}/t_a/%2e%2e%2ft_b%2fb.mp4",
        "file://elsewhere{root}/t_a/cam.mp4",
        "file://localhost:80{root}/t_a/cam.mp4",
        "file://user@localhost{root}/t_a/cam.mp4",
        "file:{root}/t_a/cam.mp4",
        "file://cam.mp4",
        "file://",
        "file://{root}/t_a/cam.mp4?x=1",
        "file://{root}/t_a/cam.mp4#t=1",
        "file://{root}/t_a/cam%00.mp4",
        "file://{root}/t_a/cam%zz.mp4",
        "file://{root}/t_a/cam%2",
        "cam.mp4\0.wav",
        "http://example.com/cam.mp4",
        "https:cam.mp4",
        "concat:cam.mp4|cam.mp4",
        "subfile,,start,0,end,1,,:cam.mp4",
        "subfile:cam.mp4",
        "gs://bucket/cam.mp4",
        "data:,x",
        "pipe:0",
        "fd:",
        "C:cam.mp4",
        "take:1.wav",
        "day 1",
        "\udcff/\ud800.mp4",
    ],
)
def test_everything_else_is_forbidden(root: Path, uri: str) -> None:
    fault = refusal(root, uri.format(root=root))
    if "subfile,," in uri:
        assert isinstance(fault, MediaNotFound)  # no scheme: a name in the tenant's folder
    else:
        assert isinstance(fault, MediaForbidden)


def test_a_missing_file_of_the_tenant_is_told(root: Path) -> None:
    for uri in ("none.mp4", "none/none.mp4", f"{root}/t_a/none.mp4", "cam.mp4/inner"):
        fault = refusal(root, uri)
        assert isinstance(fault, MediaNotFound)
        assert fault.uri == uri


def test_a_refusal_is_the_same_whether_the_file_exists(root: Path) -> None:
    (root / TENANT / "to_file").symlink_to(root.parent / "private/key.pem")
    (root / TENANT / "to_nothing").symlink_to(root.parent / "private/none.pem")
    uris = (
        "/etc/passwd",
        "/etc/nothing",
        "../t_b/b.mp4",
        "../t_b/none.mp4",
        "to_file",
        "to_nothing",
        "http://x/y",
    )
    texts = {(type(refusal(root, uri)), str(refusal(root, uri))) for uri in uris}
    assert len(texts) == 1
    assert str(root) not in str(refusal(root, "/etc/passwd"))


def test_symbolic_links_count_by_where_they_lead(root: Path) -> None:
    folder = root / TENANT
    (folder / "alias.mp4").symlink_to("cam.mp4")
    (folder / "dangling.mp4").symlink_to("not yet.mp4")
    (folder / "out.mp4").symlink_to(root / "t_b/b.mp4")
    (folder / "out_folder").symlink_to(root / "t_b")
    (folder / "round").symlink_to("round")
    (folder / "back").symlink_to(root / "t_b")
    assert open_uri(root, "alias.mp4") == folder / "cam.mp4"
    assert open_uri(root, "back/../t_a/cam.mp4") == folder / "cam.mp4"
    assert isinstance(refusal(root, "dangling.mp4"), MediaNotFound)
    for uri in ("out.mp4", "out_folder/b.mp4", "out_folder/none.mp4", "round"):
        assert isinstance(refusal(root, uri), MediaForbidden)


def test_roots_may_be_links_and_tenants_folders_may_not(root: Path) -> None:
    alias = root.parent / "alias"
    alias.symlink_to(root)
    for uri in ("cam.mp4", f"{alias}/t_a/cam.mp4", f"{root}/t_a/cam.mp4"):
        assert open_uri(alias, uri) == root / TENANT / "cam.mp4"
    (root / "t_c").symlink_to(root / "t_b")
    with pytest.raises(MediaForbidden):
        open_uri(root, "b.mp4", tenant="t_c")


def test_only_regular_files_are_opened(root: Path) -> None:
    folder = root / TENANT
    os.mkfifo(folder / "fifo.wav")
    (folder / "device.wav").symlink_to("/dev/zero")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "s"))
    server.close()
    for uri in ("fifo.wav", "device.wav", "s", "day 1"):
        assert isinstance(refusal(root, uri), MediaForbidden)


def test_roots_are_searched_in_their_order(root: Path, tmp_path: Path) -> None:
    second = tmp_path.resolve() / "second"
    (second / TENANT).mkdir(parents=True)
    (second / TENANT / "cam.mp4").write_bytes(b"other")
    (second / TENANT / "only here.mp4").write_bytes(b"other")
    both = TenantFolders([root, second])
    assert both.open_path(TENANT, Asset("a", uri="cam.mp4")) == root / TENANT / "cam.mp4"
    found = both.open_path(TENANT, Asset("a", uri="only here.mp4"))
    assert found == second / TENANT / "only here.mp4"
    absolute = Asset("a", uri=str(second / TENANT / "cam.mp4"))
    assert both.open_path(TENANT, absolute) == second / TENANT / "cam.mp4"


@pytest.mark.parametrize("tenant", ["", ".", "..", "t_a/../t_b", "T_A", "t_", "t_a\n", "other"])
def test_a_malformed_tenant_reads_nothing(root: Path, tenant: str) -> None:
    with pytest.raises(MediaForbidden):
        open_uri(root, "cam.mp4", tenant=tenant)


def test_a_link_swapped_in_after_the_check_is_not_followed(root: Path) -> None:
    path = open_uri(root, "day 1/take:1.wav")
    (root / TENANT / "day 1").rename(root / TENANT / "moved")
    (root / TENANT / "day 1").symlink_to(root / TENANT / "moved")
    with pytest.raises(MediaUnreadable), open_file(path, "cam"):
        pass
    path = open_uri(root, "cam.mp4")
    path.unlink()
    path.symlink_to(root / "t_b/b.mp4")
    with pytest.raises(MediaUnreadable), open_file(path, "cam"):
        pass
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(MediaUnreadable, match="not a regular file"), open_file(path, "cam"):
        pass


def test_uploads_are_the_tenants_own(root: Path, tmp_path: Path) -> None:
    store = UploadStore(tmp_path / "uploads", limit_bytes=100)
    upload = store.receive(TENANT, [b"abc"])
    library = TenantFolders([root], store)
    asset = Asset("cam", upload_id=upload.upload_id)
    assert library.open_path(TENANT, asset).read_bytes() == b"abc"
    for other, tenant in ((library, "t_b"), (TenantFolders([root]), TENANT)):
        with pytest.raises(UploadNotFound) as caught:
            other.open_path(tenant, asset)
        assert caught.value.upload_id == upload.upload_id
    with pytest.raises(ValueError, match="neither"):
        library.open_path(TENANT, Asset("cam"))


def test_named_files_are_exactly_those(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / TENANT)
    missing = root / TENANT / "none.mp4"
    files = NamedFiles("t_local", [Path("cam.mp4"), missing, Path("day 1")])

    def path(uri: str, tenant: str = "t_local") -> Path:
        return files.open_path(tenant, Asset("cam", uri=uri))

    for uri in ("cam.mp4", f"{root}/t_a/cam.mp4", f"file://{root}/t_a/cam.mp4"):
        assert path(uri) == root / TENANT / "cam.mp4"
    with pytest.raises(MediaNotFound):
        path("none.mp4")
    for uri in ("100%.wav", "../t_b/b.mp4", "/etc/passwd", "day 1", "http:cam.mp4"):
        with pytest.raises(MediaForbidden):
            path(uri)
    with pytest.raises(MediaForbidden):
        path("cam.mp4", tenant=TENANT)
    with pytest.raises(UploadNotFound):
        files.open_path("t_local", Asset("cam", upload_id="sha256-0"))
    with pytest.raises(ValueError, match="neither"):
        files.open_path("t_local", Asset("cam"))


def test_escapes_are_decoded_once() -> None:
    assert local_path("file:///a/%2541.wav") == "/a/%41.wav"
    assert local_path("/a/%41.wav") == "/a/%41.wav"
    assert local_path("file:///a/%E2%82%AC.wav") == "/a/\N{EURO SIGN}.wav"
