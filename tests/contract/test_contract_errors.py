import re
from collections.abc import Iterator
from pathlib import Path

import grpc

# The code stands first in the comment: "// NOT_FOUND: the tenant has no such upload".
REASON = re.compile(r"  // ([A-Z_]+): [^\n]*\n(?:  //[^\n]*\n)*  ERROR_REASON_([A-Z_]+) = \d+;")
ROW = re.compile(r"^\| `([A-Z_]+)` \| `([A-Z_]+)` \| \S", re.MULTILINE)


def stated(root: Path) -> Iterator[tuple[str, str]]:
    text = (root / "protos" / "multicam" / "v1" / "errors.proto").read_text("utf-8")
    return ((reason, code) for code, reason in REASON.findall(text))


def test_the_docs_list_every_reason_with_its_code(root, contract):
    text = (root / "docs" / "contract.md").read_text("utf-8")
    listed = ROW.findall(text.split("\n## Errors\n")[1].split("\n## ")[0])

    assert listed == list(stated(root))
    enum = next(
        enum for file in contract.file for enum in file.enum_type if enum.name == "ErrorReason"
    )
    assert [f"ERROR_REASON_{reason}" for reason, _ in listed] == [
        value.name for value in enum.value if value.number
    ]


def test_every_code_is_canonical(root):
    assert {code for _, code in stated(root)} <= {code.name for code in grpc.StatusCode}
