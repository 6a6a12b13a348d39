"""Tables for people: drawn by rich on a terminal, else plain aligned columns."""

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

_GAP = "  "
_WIDE = frozenset("WF")  # East Asian Width (Unicode UAX 11): two cells on a terminal


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers stand right."""

    heading: str
    right: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of text under headings."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def print_report(tables: Sequence[Table], notes: Sequence[str]) -> None:
    """Prints tables, then sentences, on stdout."""
    draw = _draw_rich if sys.stdout.isatty() and find_spec("rich") is not None else _draw_plain
    for index, table in enumerate(tables):
        if index:
            print()
        draw(_printable_table(table))
    for index, note in enumerate(notes):
        if not index and tables:
            print()
        print(_printable(note))


def plain(table: Table) -> str:
    """A table as text: a title, a line of headings, one line per row."""
    headings = tuple(column.heading for column in table.columns)
    lines = (headings, *table.rows)
    widths = [max(map(_cells, texts)) for texts in zip(*lines, strict=True)]
    return "\n".join([table.title, *(_line(line, table.columns, widths) for line in lines)])


def _line(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = []
    for text, column, width in zip(texts, columns, widths, strict=True):
        padding = " " * (width - _cells(text))
        padded.append(padding + text if column.right else text + padding)
    return _GAP.join(padded).rstrip()


def _cells(text: str) -> int:
    """Terminal cells that a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in _WIDE)
        for char in text
    )


def _draw_plain(table: Table) -> None:
    print(plain(table))


def _draw_rich(table: Table) -> None:
    from rich import box  # noqa: PLC0415  an extra
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = RichTable(title=Text(table.title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in table.columns:
        drawn.add_column(column.heading, justify="right" if column.right else "left")
    for row in table.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


def _printable_table(table: Table) -> Table:
    rows = tuple(tuple(_printable(cell) for cell in row) for row in table.rows)
    return Table(_printable(table.title), table.columns, rows)


def _printable(text: str) -> str:
    """Without control characters: a file's name must not command the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
