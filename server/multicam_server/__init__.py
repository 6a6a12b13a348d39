"""multicam: media analysis for multi-camera editing. The service."""

import os

# Requests run side by side, and a matrix product that takes every core for itself
# slows all of them: aligning four hour-long files cost 9.3 instead of 5.9 s of
# processor time. Read when numpy is first imported, which is after this.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
