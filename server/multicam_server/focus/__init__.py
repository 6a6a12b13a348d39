"""Reframing one clip to another shape: a camera operator, not a tracker.

Source: M. Grundmann, V. Kwatra, I. Essa, "Auto-Directed Video Stabilization with
Robust L1 Optimal Camera Paths", CVPR 2011, for what a good path is; docs/focus.md
for the whole method.
"""

from .reframe import AUTOMATION_VERSION, reframe

__all__ = ["AUTOMATION_VERSION", "reframe"]
