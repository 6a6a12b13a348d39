"""Remembering answers, tenant by tenant."""

from .alignments import AlignmentCache
from .results import ResultStore

__all__ = ["AlignmentCache", "ResultStore"]
