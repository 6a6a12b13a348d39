"""docs/operations.md says what the server does."""

import re
from pathlib import Path

import pytest
from multicam_server.app import KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS, MIN_PING_INTERVAL_MS
from multicam_server.config import SETTINGS
from multicam_server.interceptors.identity import PROJECT, TENANT, USER
from multicam_server.interceptors.request_id import REQUEST_ID


@pytest.fixture(scope="module")
def text():
    return (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def test_the_table_of_settings_is_the_parsers(text):
    rows = re.findall(
        r"^\| `(--\S+?)(?: (\S+))?` \| `(\S+)` \| (.+) \| (.+) \|$", text, re.MULTILINE
    )
    assert rows == [
        (
            setting.flag,
            setting.metavar,
            setting.variable,
            setting.default_text,
            setting.meaning,
        )
        for setting in SETTINGS
    ]


def test_the_keepalive_times_hold(text):
    prose = " ".join(text.split())
    assert f"asks a silent client after {KEEPALIVE_MS // 1000} seconds" in prose
    assert f"gives up on it {KEEPALIVE_TIMEOUT_MS // 1000} seconds later" in prose
    assert "pings every 10 seconds" in prose
    assert MIN_PING_INTERVAL_MS < 10_000


def test_the_forms_of_metadata_hold(text):
    for rule in (TENANT, REQUEST_ID, USER, PROJECT):
        assert f"`{rule.key}`" in text
    assert REQUEST_ID.pattern.fullmatch("aZ0._:/+=@-")
    assert "letters, digits or any of `. _ : / + = @ -`" in text


def test_every_field_of_a_log_line_is_told(text):
    told = set(re.findall(r"`([a-z_]+)`", text.partition("## Logs")[2].partition("## ")[0]))
    bound = {"request_id", "method", "tenant", "env", "reason", "code", "ms", "traceback"}
    bound |= {"subject", "why", "trace_id"}
    assert {"time", "level", "logger", "message", *bound} <= told
