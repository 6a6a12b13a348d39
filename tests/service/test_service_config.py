"""Settings: flags, variables, and one clear line for what is wrong."""

import os
import re
from pathlib import Path

import pytest
from multicam_server import config as settings
from multicam_server.__main__ import main
from multicam_server.config import (
    SETTINGS,
    CacheConfig,
    ConfigError,
    DrainConfig,
    LimitsConfig,
    ListenConfig,
    LogConfig,
    MediaConfig,
    ServerConfig,
    TenancyConfig,
    UploadConfig,
    VoiceConfig,
    WorkConfig,
)
from multicam_server.config.door_settings import DOOR_SETTINGS

HOME = {"XDG_CACHE_HOME": "/var/cache/someone"}


def test_nothing_told():
    assert settings.read([], HOME) == ServerConfig(
        cache=CacheConfig(Path("/var/cache/someone/multicam"))
    )
    assert settings.read([], HOME).listen == ListenConfig("127.0.0.1", 50051)


def test_everything_told_by_flags_or_by_variables(tmp_path):
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        root.mkdir()
    cache, model = tmp_path / "cache", tmp_path / "model.onnx"
    model.touch()
    expected = ServerConfig(
        cache=CacheConfig(cache, limit_bytes=2_000_000, keep_s=90),
        listen=ListenConfig("0.0.0.0", 0),
        media=MediaConfig(tuple(roots)),
        uploads=UploadConfig(1000, 2000, 300, 4),
        limits=LimitsConfig(
            max_message_bytes=3_000_000, workers=3, max_waiting=7, max_streams=5, tenant_share=50
        ),
        work=WorkConfig(default_deadline_s=20.5, cpu_s=30, memory_bytes=3_000_000_000),
        tenancy=TenancyConfig(("blue", "green")),
        drain=DrainConfig(1.5),
        log=LogConfig("warning"),
        voice=VoiceConfig(model),
    )
    told = {
        "--listen": ["0.0.0.0:0"],
        "--media-root": [str(root) for root in roots],
        "--cache-dir": [str(cache)],
        "--grace-s": ["1.5"],
        "--max-upload-bytes": ["1000"],
        "--max-message-bytes": ["3000000"],
        "--workers": ["3"],
        "--max-streams": ["5"],
        "--max-waiting": ["7"],
        "--tenant-share": ["50"],
        "--default-deadline-s": ["20.5"],
        "--worker-cpu-s": ["30"],
        "--worker-memory-bytes": ["3000000000"],
        "--tenant-upload-bytes": ["2000"],
        "--upload-keep-s": ["300"],
        "--upload-idle-s": ["4"],
        "--cache-bytes": ["2000000"],
        "--cache-keep-s": ["90"],
        "--env": ["blue", "green"],
        "--log-level": ["WARNING"],
        "--vad-model": [str(model)],
    }
    doors = {setting.flag for setting in DOOR_SETTINGS}
    assert set(told) == {setting.flag for setting in SETTINGS} - doors
    flags = [word for flag, values in told.items() for value in values for word in (flag, value)]
    variables = {
        setting.variable: (setting.separator or "?").join(told[setting.flag])
        for setting in SETTINGS
        if setting.flag in told
    }
    assert settings.read(flags, {}) == expected
    assert settings.read([], variables) == expected
    # A flag wins, even over a variable that is wrong.
    assert settings.read(flags, dict.fromkeys(variables, "wrong")) == expected
    # An empty variable is none.
    assert settings.read(flags, dict.fromkeys(variables, "")) == expected


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("localhost:1", "localhost", 1), ("[::1]:65535", "::1", 65535), ("a-b.c:0", "a-b.c", 0)],
)
def test_an_address_is_written_as_it_is_read(text, host, port):
    listen = settings.read(["--listen", text], HOME).listen
    assert (listen, str(listen)) == (ListenConfig(host, port), text)


WRONG = [
    ("--listen", "50051"),
    ("--listen", ":50051"),
    ("--listen", "localhost"),
    ("--listen", "localhost:"),
    ("--listen", "localhost:65536"),
    ("--listen", "localhost:-1"),
    ("--listen", "::1:50051"),
    ("--listen", "a b:1"),
    ("--listen", "unix:/tmp/x"),
    ("--media-root", "/no/such/folder"),
    ("--media-root", __file__),
    ("--cache-dir", __file__),
    ("--grace-s", "-1"),
    ("--grace-s", "nan"),
    ("--grace-s", "inf"),
    ("--grace-s", "3601"),
    ("--grace-s", "soon"),
    ("--max-upload-bytes", "0"),
    ("--max-upload-bytes", "1e9"),
    ("--max-upload-bytes", "1_000"),
    ("--max-message-bytes", "2097151"),
    ("--max-message-bytes", "2147483648"),
    ("--workers", "0"),
    ("--workers", "two"),
    ("--workers", "٣"),
    ("--workers", "9" * 5000),
    ("--max-streams", "1025"),
    ("--max-waiting", "-1"),
    ("--tenant-share", "0"),
    ("--tenant-share", "101"),
    ("--default-deadline-s", "0"),
    ("--default-deadline-s", "nan"),
    ("--worker-cpu-s", "inf"),
    ("--worker-memory-bytes", "1000000"),
    ("--tenant-upload-bytes", "0"),
    ("--upload-keep-s", "59"),
    ("--upload-idle-s", "0.5"),
    ("--cache-bytes", "1000"),
    ("--cache-keep-s", "never"),
    ("--env", "Prod"),
    ("--env", "a b"),
    ("--log-level", "loud"),
]


@pytest.mark.parametrize(("flag", "value"), WRONG)
@pytest.mark.parametrize("how", ["flag", "variable"])
def test_a_wrong_value_stops_the_start_with_one_line(capsys, monkeypatch, flag, value, how):
    (setting,) = (setting for setting in SETTINGS if setting.flag == flag)
    monkeypatch.setattr(os, "environ", {**HOME})
    if how == "variable":
        os.environ[setting.variable] = value
    assert main([f"{flag}={value}"] if how == "flag" else []) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    source = flag if how == "flag" else setting.variable
    # A list in a variable falls into its parts before they are read.
    assert re.match(rf"multicam-server: {source}: '.*' must be ", line)
    assert len(line) < 6000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "1"], "unrecognized arguments: --port 1"),
        (["stray"], "unrecognized arguments: stray"),
        (["--thr", "1"], "unrecognized arguments: --thr 1"),
        (["--workers"], "argument --workers: expected one argument"),
        (["--workers", "1", "--workers", "2"], "--workers: given 2 times; give it once"),
    ],
)
def test_a_wrong_command_line_stops_the_start(capsys, arguments, said):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"multicam-server: {said}")


def test_an_empty_folder_name_is_refused():
    for flag in ("--media-root", "--cache-dir"):
        with pytest.raises(ConfigError, match=flag):
            settings.read([f"{flag}="], HOME)


def test_uploads_never_lie_in_a_tenants_media(tmp_path):
    """Through a link, too."""
    (tmp_path / "media" / "t_a").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "media" / "t_a")
    root = str(tmp_path / "media")
    for cache in (root, f"{root}/t_a/cache", str(tmp_path / "link" / "cache")):
        with pytest.raises(ConfigError, match="--cache-dir"):
            settings.read(["--media-root", root, "--cache-dir", cache], {})


def test_no_home_and_no_cache_folder(monkeypatch):
    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ConfigError, match="--cache-dir: there is no home folder"):
        settings.read([], {})


@pytest.mark.parametrize(
    ("flag", "shown"), [("--help", "usage: multicam-server"), ("--version", "multicam-server 0.")]
)
def test_help_and_version_go_to_stdout(capsys, flag, shown):
    with pytest.raises(SystemExit) as ended:
        main([flag])
    assert ended.value.code == 0
    out, err = capsys.readouterr()
    assert out.startswith(shown)
    assert err == ""


def test_help_tells_every_setting():
    text = " ".join(settings.parser().format_help().split())
    for setting in SETTINGS:
        assert setting.flag in text
        assert f"${setting.variable}; default: {setting.default_text})" in text


def test_the_defaults_that_are_told_are_those_that_hold():
    for setting in SETTINGS:
        if setting.separator == "," or setting.flag in {
            "--listen",
            "--grace-s",
            "--max-upload-bytes",
            "--max-message-bytes",
            "--log-level",
        }:
            told = settings.read([], {**HOME, setting.variable: setting.default_text})
            assert told == settings.read([], HOME), setting.flag
