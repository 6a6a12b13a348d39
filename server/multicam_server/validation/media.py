"""Rules for assets, timecodes and frame rates."""

import numpy as np

from ..domain.media import Asset, FrameRate, Timecode, Waveform
from ..domain.timecode import parse_timecode
from .lists import check_length
from .report import Report

MIN_SAMPLE_RATE_HZ = 1_000.0
MAX_SAMPLE_RATE_HZ = 192_000.0
MAX_SAMPLES = 50_000_000
"""17 minutes at 48 kHz, more than the default limit of a message holds; longer sound is for
UploadMedia."""

MIN_FRAME_RATE = 1.0
MAX_FRAME_RATE = 1_000.0


def check_asset(report: Report, path: str, asset: Asset, *, source_required: bool) -> None:
    """An asset: its name, its source, its length."""
    report.name(f"{path}.asset_id", asset.asset_id, required=source_required)
    check_source(report, path, asset, required=source_required)
    report.duration(f"{path}.duration_ms", asset.duration_ms)


def check_source(report: Report, path: str, asset: Asset, *, required: bool) -> None:
    """An asset's source; which file it is, and whether it may be read, is media's to say."""
    if asset.uri is not None and not asset.uri:
        report.add(f"{path}.uri", "must not be empty")
    if asset.upload_id is not None and not asset.upload_id:
        report.add(f"{path}.upload_id", "must not be empty; it is what UploadMedia returned")
    if asset.waveform is not None:
        _check_waveform(report, f"{path}.waveform", asset.waveform)
    if required and not asset.has_source:
        report.add(f"{path}.source", "is missing; give one of uri, waveform and upload_id")


def _check_waveform(report: Report, path: str, waveform: Waveform) -> None:
    report.number(
        f"{path}.sample_rate_hz",
        waveform.sample_rate_hz,
        least=MIN_SAMPLE_RATE_HZ,
        most=MAX_SAMPLE_RATE_HZ,
    )
    if not len(waveform.samples):
        report.add(f"{path}.samples", "must not be empty")
    check_length(report, f"{path}.samples", len(waveform.samples), MAX_SAMPLES)
    report.column(
        ~np.isfinite(waveform.samples),
        lambda place: f"{path}.samples[{place}]",
        "must be a finite number",
    )


def check_frame_rate(report: Report, path: str, rate: FrameRate) -> bool:
    """A frame rate; returns whether it can be used."""
    positive = True
    if rate.numerator < 1:
        report.add(f"{path}.numerator", f"is {rate.numerator}; must be 1 or more")
        positive = False
    if rate.denominator < 1:
        report.add(f"{path}.denominator", f"is {rate.denominator}; must be 1 or more")
        positive = False
    return positive and report.number(
        path, rate.numerator / rate.denominator, least=MIN_FRAME_RATE, most=MAX_FRAME_RATE
    )


def check_timecode(report: Report, path: str, timecode: Timecode) -> None:
    """A timecode and its rate."""
    if timecode.frame_rate is None:
        report.add(f"{path}.frame_rate", "is missing; a timecode counts frames of some rate")
    elif check_frame_rate(report, f"{path}.frame_rate", timecode.frame_rate):
        try:
            parse_timecode(timecode.value, timecode.frame_rate)
        except ValueError as error:
            report.add(f"{path}.value", str(error))
