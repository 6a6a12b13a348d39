"""Finds Silero VAD's model, and says what is missing for it.

The wheel `silero-vad` (MIT licence) brings the model, but depends on PyTorch, which
running the model does not need. So the wheel is installed without its dependencies,
never imported, and the model is read from it as a file.
"""

from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

WHEEL, MODEL = "silero-vad", "silero_vad_16k_sequence.onnx"
"""The model that takes many windows at a time, in the wheel from version 6.2.1 on."""

INSTALLED = "silero"
"""The setting's value for the model in the installed wheel."""


def parse_vad_model(text: str) -> Path:
    """A model's file, made absolute; "silero" finds that of the installed wheel."""
    if find_spec("onnxruntime") is None:
        raise ValueError("needs onnxruntime: install multicam[server,vad]")
    if text == INSTALLED:
        found = find_model()
        if found is None:
            raise ValueError("is not installed: pip install --no-deps 'silero-vad>=6.2.1'")
        return found
    if not Path(text).is_file():
        raise ValueError("must be a file, or silero for that of the installed wheel")
    return Path(text).resolve()


def find_model() -> Path | None:
    """The model in the installed wheel; None without one."""
    try:
        contents = files(WHEEL) or []
    except PackageNotFoundError:
        return None
    found = (Path(str(file.locate())) for file in contents if file.name == MODEL)
    return next((path for path in found if path.is_file()), None)
