"""Generated from protos/multicam/v1 by protos/generate.py: never edited by hand."""
