"""JSON from outside, taken only as far as the emulator can write it down and say it again."""

import json
from typing import Any

DEEPEST = 32


def read(octets: bytes) -> Any:
    """Return what it says.

    :raises ValueError: it is no JSON, too deep, or holds a number or a character that JSON cannot: NaN, 1e999, half a
        surrogate pair.
    """
    try:
        said = json.loads(octets)
        json.dumps(said, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("too deep") from None
    if _is_deeper(said, DEEPEST):
        raise ValueError("too deep")
    return said


def _is_deeper(said: Any, left: int) -> bool:
    if isinstance(said, dict | list):
        held = said.values() if isinstance(said, dict) else said
        return left == 0 or any(_is_deeper(each, left - 1) for each in held)
    return False
