"""Requests and responses as JSON: the protobuf JSON mapping, snake_case names kept."""

import json
import math
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from .failures import UsageError

Request = TypeVar("Request", bound=Message)

STANDARD_INPUT = "-"


def read_request(source: str, kind: type[Request]) -> Request:
    """The request in a JSON file, or on standard input for "-".

    Raises:
        UsageError: It cannot be read, is not JSON (NaN and infinities are not),
            or does not fit the message.
    """
    name = "standard input" if source == STANDARD_INPUT else repr(source)
    try:
        document = json.loads(
            _read(source).decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_without_duplicates,
        )
        if not isinstance(document, dict):
            raise json_format.ParseError("it is no JSON object")
        request = kind()
        json_format.ParseDict(document, request)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    except json_format.ParseError as error:
        message = kind.DESCRIPTOR.name
        article = "an" if message[0] in "AEIOU" else "a"
        raise UsageError(f"{name} is not {article} {message}: {_one_line(error)}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not JSON: {_one_line(error)}") from error
    return request


def to_json(message: Message) -> str:
    """A message as JSON text; fields without presence are always there."""
    return json.dumps(_document(message), indent=2) + "\n"


def list_to_json(messages: list[Message]) -> str:
    """Messages as one JSON array."""
    return json.dumps([_document(message) for message in messages], indent=2) + "\n"


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes all files or, when one cannot be written, none; a reader never sees half of one.

    Raises:
        OSError: A file cannot be written; what stood there before stands there still.
    """
    written: list[tuple[Path, Path]] = []
    try:
        for name, text in texts.items():
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            written.append((Path(temporary), folder / name))
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o666 & ~_umask())
        for temporary_path, path in written:
            temporary_path.replace(path)
    finally:
        for temporary_path, _ in written:
            temporary_path.unlink(missing_ok=True)


def _document(message: Message) -> dict[str, Any]:
    document = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return _in_contracts_order(document, cast(Descriptor, message.DESCRIPTOR))


def _in_contracts_order(document: Mapping[str, Any], descriptor: Descriptor) -> dict[str, Any]:
    """The same fields as the contract lists them; protobuf puts those that are 0 last."""
    ordered = {}
    for field in descriptor.fields:
        if field.name in document:
            value = document[field.name]
            inner = field.message_type
            if inner is not None and isinstance(value, list):
                value = [_in_contracts_order(element, inner) for element in value]
            elif inner is not None:
                value = _in_contracts_order(value, inner)
            ordered[field.name] = value
    return ordered


def _read(source: str) -> bytes:
    return sys.stdin.buffer.read() if source == STANDARD_INPUT else Path(source).read_bytes()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON; every number must be finite")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large; every number must be finite")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return document


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
