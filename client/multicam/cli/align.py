"""`multicam align`: places recordings on one clock."""

import argparse
import sys

from ..v1.align_pb2 import AlignRequest, AlignResponse, AlignTrack
from .connection import connected, embedded_files, sources
from .documents import to_json
from .inputs import base_asset_id, files_of, named_media, request_option
from .progress import Progress
from .summaries import alignment_notes, alignment_table
from .tables import print_report
from .wording import count


def run(options: argparse.Namespace) -> None:
    """Prints the alignment: a table for people, JSON for --json and --request."""
    request = request_option(options, AlignRequest, not_with=("base", "session"))
    response = _align_files(options) if request is None else _align(options, request)
    if options.json or request is not None:
        sys.stdout.write(to_json(response))
    else:
        print_report([alignment_table(response)], alignment_notes(response))


def _align(options: argparse.Namespace, request: AlignRequest) -> AlignResponse:
    with (
        Progress(f"aligning {count(len(request.tracks), 'recording')}"),
        connected(options, files_of(request)) as client,
    ):
        return client.align(request)


def _align_files(options: argparse.Namespace) -> AlignResponse:
    media = named_media(options, at_least=2)
    base = base_asset_id(options, media)
    message = f"aligning {count(len(media), 'recording')}"
    with Progress(message) as shown, connected(options, embedded_files(options, media)) as client:
        assets = sources(client, options, media, shown)
        shown.update(None, message)
        request = AlignRequest(
            session_id=options.session or "",
            base_asset_id=base,
            tracks=[AlignTrack(asset=asset) for asset in assets],
        )
        return client.align(request)
