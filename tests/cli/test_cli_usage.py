"""Wrong usage ends with 2 and a line that says what would be right; nothing is sent."""

import json
import os
from importlib import metadata

import pytest

SERVER = ("--server", "127.0.0.1:1", "--tenant", "t_a", "--env", "dev")


@pytest.fixture
def usage_error(multicam):
    """Runs a command that must be refused as wrong usage; returns what stderr says."""

    def run(*arguments, **options):
        done = multicam(*arguments, **options)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        return done.stderr

    return run


def test_version(multicam):
    done = multicam("--version")
    assert (done.returncode, done.stdout) == (0, f"multicam {metadata.version('multicam')}\n")


@pytest.mark.parametrize(
    "arguments",
    [(), ("unknown",), ("align", "--bas", "1", "a", "b"), ("autocut",), ("analyze", "a", "b")],
)
def test_argparse_refuses(usage_error, arguments):
    assert "usage: multicam" in usage_error(*arguments)


@pytest.mark.parametrize("options", [("align",), ("analyze", "--out", "out")], ids=" ".join)
def test_one_file_is_not_enough(usage_error, recordings, options):
    assert "at least 2 files" in usage_error(*options, recordings[0], *SERVER)


def test_a_missing_file(usage_error, recordings):
    stderr = usage_error("align", recordings[0], "none.wav", *SERVER)
    assert "there is no file 'none.wav'" in stderr
    assert "file:///" in stderr


def test_a_folder_is_no_file(usage_error, recordings, tmp_path):
    assert "is not a regular file" in usage_error("align", recordings[0], tmp_path, *SERVER)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(usage_error, recordings):
    recordings[1].chmod(0)
    assert "permission denied" in usage_error("align", *recordings, *SERVER)


def test_a_file_named_twice(usage_error, recordings):
    stderr = usage_error("align", recordings[0], f"./{recordings[0].name}", *SERVER)
    assert "'a.wav' is named 2 times" in stderr


@pytest.mark.parametrize("number", ["0", "3", "-1"])
def test_a_base_that_is_not_there(usage_error, recordings, number):
    stderr = usage_error("align", *recordings, f"--base={number}", *SERVER)
    assert "files 1 to 2, counted from 1" in stderr


def test_the_help_says_from_where_the_base_is_counted(multicam):
    assert "counted from 1" in " ".join(multicam("align", "--help").stdout.split())


@pytest.mark.parametrize("missing", ["--tenant", "--env"])
def test_a_server_needs_tenant_and_env(usage_error, recordings, missing):
    options = ["--server", "127.0.0.1:1", "--tenant", "t_a", "--env", "dev"]
    position = options.index(missing)
    del options[position : position + 2]
    assert f"--server needs {missing}" in usage_error("align", *recordings, *options)


def test_a_server_is_named_without_a_scheme(usage_error, recordings):
    options = ("--server", "http://127.0.0.1:1", "--tenant", "t_a", "--env", "dev")
    assert "without a scheme" in usage_error("align", *recordings, *options)


@pytest.mark.parametrize(
    "option",
    [("--tls",), *((f"--{name}", "a.pem") for name in ("ca", "cert", "key", "token-file"))],
)
def test_tls_is_for_a_running_service(usage_error, recordings, option):
    assert "--server" in usage_error("align", *recordings, *option)


@pytest.mark.parametrize("option", ["--ca", "--cert", "--token-file"])
def test_a_missing_file_of_credentials(usage_error, recordings, option):
    key = ("--key", "none.pem") if option == "--cert" else ()
    stderr = usage_error("align", *recordings, *SERVER, option, "none.pem", *key)
    assert f"{option} none.pem: No such file" in stderr


@pytest.mark.parametrize("option", ["--cert", "--key"])
def test_certificate_and_key_belong_together(usage_error, recordings, option):
    assert "belong together" in usage_error("align", *recordings, *SERVER, option, "a.pem")


def test_an_empty_token_file(usage_error, recordings, tmp_path):
    (tmp_path / "token").write_text("\n")
    stderr = usage_error("align", *recordings, *SERVER, "--token-file", str(tmp_path / "token"))
    assert "holds no token" in stderr


@pytest.mark.parametrize("text", ["0", "-3", "nan", "inf", "soon"])
def test_a_timeout_is_a_number_above_zero(usage_error, recordings, text):
    assert "seconds above 0" in usage_error("align", *recordings, f"--timeout={text}", *SERVER)


def test_files_and_a_request_exclude_each_other(usage_error, recordings):
    assert "not both" in usage_error("align", *recordings, "--request", "-", *SERVER)


def test_options_for_files_do_not_go_with_a_request(usage_error):
    stderr = usage_error("align", "--request", "-", "--base", "1", *SERVER, stdin="{}")
    assert "--base does not go with --request" in stderr
    options = ("--out", "out", "--target-duration-ms", "5", *SERVER)
    assert "--target-duration-ms" in usage_error("analyze", "--request", "-", *options, stdin="{}")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(usage_error, number):
    request = f'{{"tracks": [{{"asset_id": "a", "offset_ms": {number}}}]}}'
    stderr = usage_error("autocut", "--request", "-", *SERVER, stdin=request)
    assert number in stderr
    assert "every number must be finite" in stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"tracks": [], "tracks": []}', "'tracks' stands twice"),
        ('{"trakcs": []}', "trakcs"),
        ('{"tracks": 3}', "tracks"),
        ('{"pacing": "PACING_SLOWER"}', "PACING_SLOWER"),
        ("[]", "is not an AutoCutRequest"),
        ("null", "is not an AutoCutRequest"),
        ("3", "is not an AutoCutRequest"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(usage_error, text, says):
    stderr = usage_error("autocut", "--request", "-", *SERVER, stdin=text)
    assert "standard input" in stderr
    assert says in stderr
    assert stderr.count("\n") == 1


def test_a_request_file_that_is_not_there(usage_error):
    stderr = usage_error("focus", "--request", "none.json", *SERVER)
    assert "'none.json' cannot be read" in stderr


def test_a_request_file_that_is_not_text(usage_error, tmp_path):
    (tmp_path / "request.json").write_bytes(b"\xff\xfe{}")
    assert "is not JSON" in usage_error("focus", "--request", "request.json", *SERVER)


def test_a_byte_order_mark_does_not_matter(multicam, tmp_path):
    (tmp_path / "request.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({}).encode())
    assert multicam("focus", "--request", "request.json", *SERVER).returncode == 1


def test_results_need_a_folder(usage_error, recordings, tmp_path):
    (tmp_path / "out").write_text("a file")
    assert "--out out" in usage_error("analyze", *recordings, "--out", "out", *SERVER)


def test_a_uri_needs_a_running_service(usage_error, recordings):
    stderr = usage_error("align", recordings[0], "s3://bucket/b.wav")
    assert "--server" in stderr
