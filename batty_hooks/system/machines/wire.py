"""A plain value as bytes, and back: what JSON can say, and bytes. Never objects: what comes over a wire is not run."""

from __future__ import annotations

import json
from typing import Any

_DIGITS = 8
_BYTES = "\0bytes"


def packed(value: Any) -> bytes:
    """A value as it goes over a wire."""
    parts: list[bytes] = []

    def put(part: Any) -> dict[str, int]:
        if not isinstance(part, bytes):
            raise TypeError(f"{type(part).__name__} is nothing that goes over a wire")
        parts.append(part)
        return {_BYTES: len(part)}

    text = json.dumps(value, default=put).encode()
    return b"".join([framed(text), *parts])


def unpacked(data: bytes) -> Any:
    """What was packed. Raises ValueError where it is none."""
    size = int(data[:_DIGITS], 16)
    place = _DIGITS + size

    def take(found: dict[str, Any]) -> Any:
        nonlocal place
        if found.keys() != {_BYTES}:
            return found
        begin, place = place, place + int(found[_BYTES])
        return data[begin:place]

    return json.loads(data[_DIGITS : _DIGITS + size], object_hook=take)


def framed(data: bytes) -> bytes:
    """Bytes behind the number of them."""
    return b"%0*x" % (_DIGITS, len(data)) + data


def first(data: bytes) -> bytes | None:
    """The first whole frame in what has come so far, without its number; None: there is more to come."""
    if len(data) < _DIGITS:
        return None
    end = _DIGITS + int(data[:_DIGITS], 16)
    return data[_DIGITS:end] if len(data) >= end else None


def after_first(data: bytes) -> bytes:
    """What has come behind the first whole frame."""
    return data[_DIGITS + int(data[:_DIGITS], 16) :]
