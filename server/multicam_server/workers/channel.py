"""The pipe between the server and one worker: headers as JSON, bodies as they are.

The server unpickles nothing that comes from a worker: a worker decodes hostile
files, and what takes it over may send data, but no code.
"""

import json
import select
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

STALL_S = 5
"""How long the other side may stop in the middle of a message before it counts as dead."""


@dataclass(frozen=True)
class Message:
    """One message: its kind, its facts, and the bytes of a request or a reply."""

    kind: str
    fields: Mapping[str, Any]
    body: bytes | None


class Channel:
    """One end of the pipe. Any thread may send; one receives.

    Every method raises EOFError or OSError when the other side is gone.
    """

    def __init__(self, end: socket.socket) -> None:
        patience = struct.pack("ll", STALL_S, 0)
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            end.setsockopt(socket.SOL_SOCKET, option, patience)
        self._connection = Connection(end.detach())
        self._sending = threading.Lock()
        self._incoming = select.poll()
        self._incoming.register(self._connection.fileno(), select.POLLIN)

    def send(self, kind: str, body: bytes | None = None, **fields: Any) -> None:
        """Sends one message; `fields` must be JSON."""
        header = json.dumps({"kind": kind, "with_body": body is not None, "fields": fields})
        with self._sending:
            self._connection.send_bytes(header.encode())
            if body is not None:
                self._connection.send_bytes(body)

    def has_message(self, timeout_s: float) -> bool:
        """Waits for a message, or for the other side's end."""
        return bool(self._incoming.poll(timeout_s * 1e3))

    def wait(self) -> None:
        """Waits for a message, however long."""
        self._incoming.poll()

    def receive(self) -> Message:
        """The next message, once its first byte is there."""
        header = json.loads(self._connection.recv_bytes())
        body = self._connection.recv_bytes() if header["with_body"] else None
        return Message(header["kind"], header["fields"], body)

    def close(self) -> None:
        """Closes this end."""
        self._connection.close()
