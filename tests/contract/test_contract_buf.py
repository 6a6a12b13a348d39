import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

# - 2026-11-24 `<sha256>` The first contract.
CHANGE = re.compile(r"^- (\d{4}-\d{2}-\d{2}) `([0-9a-f]{64})` \S.*$")


def recorded_changes(root: Path) -> list[tuple[str, str]]:
    """(date, SHA-256) of every line under CONTRACT CHANGE, newest first."""
    text = (root / "docs" / "contract.md").read_text("utf-8")
    section = text.split("\n## CONTRACT CHANGE\n")[1].split("\n## ")[0]
    entries = [line for line in section.splitlines() if line.startswith("- ")]
    matches = [CHANGE.match(entry) for entry in entries]
    assert all(matches), f"not '- DATE `SHA-256` what changed': {entries}"
    return [(match[1], match[2]) for match in matches if match]


def test_lint_passes_and_demands_a_comment_everywhere(buf, root):
    assert {"STANDARD", "COMMENTS"} <= set(re.findall(r"- (\w+)$", lint_rules(root), re.MULTILINE))
    result = buf("lint")
    assert result.returncode == 0, result.stdout


def lint_rules(root: Path) -> str:
    return (root / "buf.yaml").read_text("utf-8").split("lint:")[1].split("breaking:")[0]


def test_protos_are_formatted(buf):
    result = buf("format", "--diff", "--exit-code")
    assert result.returncode == 0, result.stdout


def test_nothing_breaks_the_released_contract(buf, image):
    result = buf("breaking", "--against", image)
    assert result.returncode == 0, result.stdout


def edited(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(edited("string session_id = 1;", "string session = 1;"), id="renamed"),
        pytest.param(edited("string session_id = 1;", "int64 session_id = 1;"), id="retyped"),
        pytest.param(edited("double confidence = 4;", "double confidence = 14;"), id="renumbered"),
        pytest.param(edited("  ALIGN_STATUS_PINNED = 5;\n", ""), id="enum value removed"),
    ],
)
def test_a_breaking_change_is_seen(buf, root, image, tmp_path, edit):
    shutil.copytree(root / "protos" / "multicam", tmp_path / "protos" / "multicam")
    shutil.copyfile(root / "buf.yaml", tmp_path / "buf.yaml")
    proto = tmp_path / "protos" / "multicam" / "v1" / "align.proto"
    proto.write_text(edit(proto.read_text("utf-8")), "utf-8")

    assert buf("breaking", "--against", image, cwd=tmp_path).returncode != 0


def test_the_image_is_the_contract_as_it_stands(contract, image):
    released = FileDescriptorSet.FromString(image.read_bytes())
    now = FileDescriptorSet.FromString(contract.SerializeToString())
    for descriptors in (released, now):
        descriptors.DiscardUnknownFields()  # buf's own notes on the image
    assert released == now, "the protos have changed: run make image, then tell in docs/contract.md"


def test_the_image_changes_only_with_a_line_in_the_docs(root, image):
    changes = recorded_changes(root)
    assert changes[0][1] == hashlib.sha256(image.read_bytes()).hexdigest(), (
        "the newest line under CONTRACT CHANGE in docs/contract.md must name the image's SHA-256"
    )


def test_contract_changes_are_listed_newest_first_and_once(root):
    changes = recorded_changes(root)
    dates = [date for date, _ in changes]
    hashes = [sha256 for _, sha256 in changes]
    assert dates == sorted(dates, reverse=True)
    assert len(set(hashes)) == len(hashes)
