"""Highlights against the truth: generated sessions, baselines, metrics."""
