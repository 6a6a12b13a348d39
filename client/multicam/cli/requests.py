"""`multicam autocut|highlights|focus`: request JSON in, response JSON out."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from ..client import Client
from ..v1.auto_cut_pb2 import AutoCutRequest
from ..v1.focus_pb2 import FocusRequest
from ..v1.highlights_pb2 import HighlightsRequest
from .connection import connected
from .documents import to_json
from .inputs import files_of, required_request
from .progress import Progress


@dataclass(frozen=True)
class RequestCommand:
    """A command that passes one request on."""

    name: str
    help: str
    request: type[Message]
    call: Callable[..., Message]
    message: str

    def run(self, options: argparse.Namespace) -> None:
        """Prints the response's JSON."""
        request = required_request(options, self.request)
        with Progress(self.message), connected(options, files_of(request)) as client:
            response = self.call(client, request)
        sys.stdout.write(to_json(response))


COMMANDS = (
    RequestCommand(
        "autocut", "cut a programme", AutoCutRequest, Client.auto_cut, "cutting the programme"
    ),
    RequestCommand(
        "highlights",
        "pick the best moments",
        HighlightsRequest,
        Client.highlights,
        "picking the best moments",
    ),
    RequestCommand("focus", "reframe a clip", FocusRequest, Client.focus, "reframing the clip"),
)
