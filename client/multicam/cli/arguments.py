"""What can be written on the command line."""

import argparse
import math
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

from . import align, analyze, conformance, probe, requests

_SERVER_HELP = """
Without --server the command starts a server of its own inside this process. It
serves exactly the files named here and listens nowhere else. With --server,
files are uploaded; a URI (file:///...) names a file that the server can reach. The
environment variable MULTICAM_TOKEN is sent as a bearer token, unless a file of one
is named.
"""

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class Parser(ArgumentParser):
    """argparse without guessing at abbreviated options, which would forbid new ones."""

    def __init__(self, **options: object) -> None:
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line. Ends the program with 2 when it is wrong."""
    return build_parser().parse_args(arguments)


def build_parser() -> ArgumentParser:
    """The parser of all commands; each sets `run` to the function that carries it out."""
    parser = Parser(
        prog="multicam",
        description="Align, cut, highlight and reframe the recordings of one event.",
    )
    version = f"%(prog)s {metadata.version('multicam')}"
    parser.add_argument("--version", action="version", version=version)
    parser.set_defaults(names=())
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    connection = _connection_options()
    for add in (_add_align, _add_probe, _add_requests, _add_analyze, _add_conformance):
        add(commands, connection)
    return parser


def _connection_options() -> Parser:
    """The options that every command shares."""
    shared = Parser(add_help=False)
    group = shared.add_argument_group("where the work is done", _SERVER_HELP)
    group.add_argument("--server", metavar="HOST:PORT", help="use this running service")
    group.add_argument("--tenant", metavar="T", help="tenant id; required with --server")
    group.add_argument("--env", metavar="E", help="environment; required with --server")
    group.add_argument("--tls", action="store_true", help="encrypt the connection")
    group.add_argument(
        "--ca", metavar="FILE", type=Path, help="trust these root certificates (PEM); implies --tls"
    )
    group.add_argument(
        "--cert",
        metavar="FILE",
        type=Path,
        help="show this certificate (PEM); needs --key; implies --tls",
    )
    group.add_argument(
        "--key", metavar="FILE", type=Path, help="the certificate's private key (PEM)"
    )
    group.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help="send the bearer token in this file, read again before every call",
    )
    group.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, help="longest wait for each answer"
    )
    return shared


def _add_align(commands: Commands, connection: Parser) -> None:
    parser = commands.add_parser(
        "align",
        parents=[connection],
        help="place recordings on one clock",
        description="Find when each recording started, and how fast its clock ran.",
    )
    _add_files_or_request(parser, "AlignRequest")
    _add_base(parser)
    _add_session(parser)
    _add_json(parser)
    parser.set_defaults(run=align.run)


def _add_probe(commands: Commands, connection: Parser) -> None:
    parser = commands.add_parser(
        "probe",
        parents=[connection],
        help="tell what media files are",
        description="Tell what media files are, and the timecodes found in them.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a media file or a URI")
    _add_json(parser)
    parser.set_defaults(run=probe.run)


def _add_requests(commands: Commands, connection: Parser) -> None:
    for command in requests.COMMANDS:
        parser = commands.add_parser(
            command.name,
            parents=[connection],
            help=command.help,
            description=f"{command.help.capitalize()}: request JSON in, response JSON out.",
        )
        parser.add_argument(
            "--request",
            metavar="FILE",
            required=True,
            help=f"JSON of a {command.request.DESCRIPTOR.name}; - reads standard input",
        )
        parser.set_defaults(run=command.run)


def _add_analyze(commands: Commands, connection: Parser) -> None:
    parser = commands.add_parser(
        "analyze",
        parents=[connection],
        help="align, cut, highlight and reframe in one go",
        description=(
            "Run the whole pipeline. Writes align.json, auto_cut.json, highlights.json and "
            "focus.json, and prints a summary."
        ),
    )
    _add_files_or_request(parser, "AnalyzeRequest")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder for the results; is made"
    )
    _add_base(parser)
    _add_session(parser)
    parser.add_argument("--pacing", choices=("fast", "medium", "slow"), help="how quickly to cut")
    parser.add_argument(
        "--target-duration-ms",
        metavar="MS",
        type=_milliseconds,
        help="longest highlights sequence (default: 30000)",
    )
    parser.add_argument(
        "--target-aspect-ratio", metavar="W:H", help='shape to reframe to (default: "9:16")'
    )
    _add_json(parser)
    parser.set_defaults(run=analyze.run)


def _add_conformance(commands: Commands, connection: Parser) -> None:
    parser = commands.add_parser(
        "conformance",
        parents=[connection],
        help="check a running service against the contract",
        description=(
            "Call a running service (--server) with material of its own, and tell which promises "
            "of the contract it keeps. Ends with 1 when one is broken."
        ),
    )
    parser.set_defaults(run=conformance.run)


def _add_files_or_request(parser: ArgumentParser, message: str) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="a media file or a URI")
    parser.add_argument(
        "--request",
        metavar="FILE",
        help=f"instead of files: JSON of an {message}; - reads standard input",
    )


def _add_base(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        metavar="N",
        type=int,
        help="the file whose time becomes the session's, counted from 1 (default: 1, the first)",
    )


def _add_session(parser: ArgumentParser) -> None:
    parser.add_argument("--session", metavar="NAME", help="the event's name; appears in results")


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the response as JSON")


def _seconds(text: str) -> float:
    return _positive(text, "seconds")


def _milliseconds(text: str) -> float:
    return _positive(text, "milliseconds")


def _positive(text: str, unit: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of {unit} above 0")
    return value
