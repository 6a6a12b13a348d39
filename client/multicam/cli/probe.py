"""`multicam probe`: tells what media files are."""

import argparse
import sys

from ..v1.probe_pb2 import ProbeMediaRequest
from .connection import connected, embedded_files, sources
from .documents import to_json
from .inputs import named_media
from .progress import Progress
from .summaries import media_notes, media_table
from .tables import print_report
from .wording import count


def run(options: argparse.Namespace) -> None:
    """Prints what the files are: a table for people, JSON for --json."""
    media = named_media(options, at_least=1)
    message = f"reading {count(len(media), 'file')}"
    with Progress(message) as shown, connected(options, embedded_files(options, media)) as client:
        assets = sources(client, options, media, shown)
        shown.update(None, message)
        response = client.probe_media(ProbeMediaRequest(assets=assets))
    if options.json:
        sys.stdout.write(to_json(response))
    else:
        print_report([media_table(response)], media_notes(response))
