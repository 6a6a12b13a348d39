"""Who speaks when, measured from sound or gathered from what detectors heard."""

from .activity import measure_timeline

__all__ = ["measure_timeline"]
