"""What a command works on: files of the command line, or a request in JSON."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from google.protobuf.message import Message

from ..v1.align_pb2 import AlignRequest
from ..v1.analyze_pb2 import AnalyzeRequest
from ..v1.auto_cut_pb2 import AutoCutRequest
from ..v1.highlights_pb2 import HighlightsRequest
from ..v1.media_pb2 import Asset
from .documents import read_request
from .failures import UsageError
from .files import NamedMedia, local_path, name_media

Request = TypeVar("Request", bound=Message)

_WITH_ASSETS = (AlignRequest, AnalyzeRequest, AutoCutRequest, HighlightsRequest)


def request_option(
    options: argparse.Namespace, kind: type[Request], *, not_with: Sequence[str]
) -> Request | None:
    """The request of --request, or None where files are named instead.

    Raises:
        UsageError: Both or neither are given, or options of `not_with` that the
            request has fields for.
    """
    if options.request is None:
        return None
    if options.files:
        raise UsageError("name files or give --request, not both")
    for name in not_with:
        if getattr(options, name) is not None:
            option = name.replace("_", "-")
            raise UsageError(f"--{option} does not go with --request: set it in the request")
    return required_request(options, kind)


def required_request(options: argparse.Namespace, kind: type[Request]) -> Request:
    """The request of --request.

    Raises:
        UsageError: It cannot be read.
    """
    request = read_request(options.request, kind)
    options.names = [asset_id for asset_id, _ in _tracks(request)]
    return request


def named_media(options: argparse.Namespace, *, at_least: int) -> tuple[NamedMedia, ...]:
    """The files of the command line.

    Raises:
        UsageError: There are too few, or one is not there.
    """
    if len(options.files) < at_least:
        raise UsageError(f"name at least {at_least} files (or give --request FILE)")
    media = name_media(options.files)
    options.names = [item.asset_id for item in media]
    return media


def base_asset_id(options: argparse.Namespace, media: Sequence[NamedMedia]) -> str:
    """The asset that --base N counts to, from 1; the first without it.

    Raises:
        UsageError: There is no such file.
    """
    number = 1 if options.base is None else options.base
    if not 1 <= number <= len(media):
        raise UsageError(f"--base {number}: there are files 1 to {len(media)}, counted from 1")
    return media[number - 1].asset_id


def files_of(request: Message) -> list[Path]:
    """The files of this machine that a request's assets name."""
    paths = [local_path(asset.uri) for _, asset in _tracks(request) if asset.HasField("uri")]
    return [path for path in paths if path is not None]


def _tracks(request: Message) -> list[tuple[str, Asset]]:
    """Asset id and asset of each track, in the request's order."""
    if not isinstance(request, _WITH_ASSETS):
        return []
    if isinstance(request, AutoCutRequest | HighlightsRequest):
        return [(track.asset_id, track.asset) for track in request.tracks]
    return [(track.asset.asset_id, track.asset) for track in request.tracks]
