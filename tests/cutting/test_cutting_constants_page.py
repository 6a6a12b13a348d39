"""docs/cutting-constants.md tells every constant with its reason, as the code does.

    RECORD_PAGE=1 python -m pytest tests/cutting/test_cutting_constants_page.py

writes the page anew.
"""

import ast
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "server" / "multicam_server"
PAGE = ROOT / "docs" / "cutting-constants.md"

SHARED = "..."

HEAD = """# AutoCut's constants

Every constant that AutoCut's results depend on, with the reason for its value, as it stands beside
it in the code. Names end in their unit. `scoring_version` changes with any of them
([how they are used](cutting.md)).
"""


def modules() -> list[Path]:
    return sorted(
        path for name in ("conversation", "cutting") for path in (SERVER / name).glob("*.py")
    )


def constants(module: Path) -> Iterator[tuple[str, str, str]]:
    """Each constant's names, its value as written, and the text below it.

    The text is "..." where the next line is one more constant, which shares its text.
    """
    body = ast.parse(module.read_text("utf-8")).body
    for statement, following in pairwise([*body, ast.Pass()]):
        if not isinstance(statement, ast.Assign):
            continue
        names = ast.unparse(statement.targets[0]).strip("()")
        if not names.replace(", ", "").isupper() or names.startswith("_"):
            continue
        said = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            said = " ".join(str(following.value.value).split())
        elif isinstance(following, ast.Assign) and following.lineno == statement.end_lineno + 1:
            said = SHARED
        yield names, ast.unparse(statement.value).strip("()"), said


def page() -> str:
    """The page as the code has it. Constants on adjacent lines share the text below."""
    parts, missing = [HEAD], []
    for module in modules():
        rows, waiting = [], []
        for names, value, said in constants(module):
            waiting.append((names, value))
            if said != SHARED:
                missing += [] if said else [f"{module.name}: {names}"]
                told = "<br>".join(f"`{names}` = {value}" for names, value in waiting)
                rows.append(f"| {told} | {said} |".replace("\n", " "))
                waiting = []
        if rows:
            title = module.relative_to(SERVER).as_posix()
            parts.append(
                f"\n## {title}\n\n| Constant | Why |\n|---|---|\n" + "\n".join(rows) + "\n"
            )
    assert not missing, f"constants without a reason: {missing}"
    return "".join(parts)


def test_the_page_tells_what_the_code_does() -> None:
    if os.environ.get("RECORD_PAGE"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page(), "write the page anew: see the top of this file"
