from collections.abc import Callable, Iterable
from typing import Any


def application(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"stand-in"]
