"""Highlights: the best moments of a session, whole, once, and never too long."""

from .pick import SCORING_VERSION, pick_highlights

__all__ = ["SCORING_VERSION", "pick_highlights"]
