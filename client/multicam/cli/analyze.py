"""`multicam analyze`: the whole pipeline, its results as files."""

import argparse
import os
import sys
from pathlib import Path

import grpc

from ..client import Client
from ..errors import ErrorReport, error_from
from ..v1.analyze_pb2 import AnalyzeRequest, AnalyzeResult, AnalyzeTrack
from ..v1.auto_cut_pb2 import AutoCutRequest
from ..v1.focus_pb2 import FocusRequest
from ..v1.highlights_pb2 import HighlightsRequest
from ..v1.media_pb2 import Asset
from .connection import connected, embedded_files, sources
from .documents import list_to_json, to_json, write_files
from .failures import UsageError
from .inputs import base_asset_id, files_of, named_media, request_option
from .progress import Progress
from .summaries import analysis_notes, analysis_tables
from .tables import print_report
from .wording import count

_SET_IN_REQUEST = ("base", "session", "pacing", "target_duration_ms", "target_aspect_ratio")


def run(options: argparse.Namespace) -> None:
    """Writes the results into --out and prints a summary, or JSON for --json."""
    request = request_option(options, AnalyzeRequest, not_with=_SET_IN_REQUEST)
    if request is None:
        media = named_media(options, at_least=2)
        base = base_asset_id(options, media)
        _make_folder(options.out)
        message = f"analyzing {count(len(media), 'recording')}"
        with (
            Progress(message) as shown,
            connected(options, embedded_files(options, media)) as client,
        ):
            assets = sources(client, options, media, shown)
            shown.update(None, message)
            result = _follow(client, _request(options, base, assets), shown)
    else:
        _make_folder(options.out)
        message = f"analyzing {count(len(request.tracks), 'recording')}"
        with Progress(message) as shown, connected(options, files_of(request)) as client:
            result = _follow(client, request, shown)
    written = _write(options.out, result)
    if options.json:
        sys.stdout.write(to_json(result))
    else:
        reframed = f"{count(len(result.focus), 'clip')} reframed"
        files = [reframed, *(f"wrote {path}" for path in written)]
        print_report(analysis_tables(result), [*analysis_notes(result), *files])


def _request(options: argparse.Namespace, base: str, assets: list[Asset]) -> AnalyzeRequest:
    pacing = f"PACING_{(options.pacing or 'unspecified').upper()}"
    return AnalyzeRequest(
        session_id=options.session or "",
        base_asset_id=base,
        tracks=[AnalyzeTrack(asset=asset) for asset in assets],
        auto_cut=AutoCutRequest(pacing=pacing),
        highlights=HighlightsRequest(target_duration_ms=options.target_duration_ms),
        focus=FocusRequest(target_aspect_ratio=options.target_aspect_ratio or ""),
    )


def _follow(client: Client, request: AnalyzeRequest, shown: Progress) -> AnalyzeResult:
    """Shows the progress of an analysis; returns its result."""
    with client.analyze(request) as events:
        for event in events:
            if event.HasField("progress"):
                shown.update(event.progress.fraction, event.progress.message)
            elif event.HasField("result"):
                return event.result
        message = "the analysis ended without a result"
        raise error_from(
            ErrorReport(grpc.StatusCode.UNKNOWN, message, request_id=events.request_id)
        )


def _make_folder(folder: Path) -> None:
    """Makes the folder for the results before the work begins.

    Raises:
        UsageError: It cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"--out {folder}: no permission to write there")


def _write(folder: Path, result: AnalyzeResult) -> list[Path]:
    texts = {
        "align.json": to_json(result.align),
        "auto_cut.json": to_json(result.auto_cut),
        "highlights.json": to_json(result.highlights),
        "focus.json": list_to_json(list(result.focus)),
    }
    try:
        write_files(folder, texts)
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}") from error
    return [folder / name for name in texts]
