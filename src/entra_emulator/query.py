"""`$filter`, `$select`, `$top` and pages, as far as the portal and Microsoft's clients use them."""

import base64
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from entra_emulator.calls import Answer, Call
from entra_emulator.objects import Json, Thing
from entra_emulator.refusals import Refusal, bad

PAGE, LONGEST_PAGE = 100, 999
LITERAL = r"'((?:[^']|'')*)'"
EQUALS = re.compile(rf"(\w+)\s+eq\s+{LITERAL}")
STARTS = re.compile(rf"startswith\((\w+),\s*{LITERAL}\)", re.IGNORECASE)
TAGGED = re.compile(rf"tags/any\((\w+):\s*\1\s+eq\s+{LITERAL}\)")
ATTRIBUTES = {
    "id": "id",
    "appId": "app_id",
    "displayName": "display_name",
    "uniqueName": "unique_name",
}
Test = Callable[[Thing], bool]


def listed(call: Call, things: Sequence[Thing], shape: Callable[[Thing], Json], fragment: str) -> Answer:
    """Return one page of what the filter lets through, and where the next is.

    :raises Refusal: a filter or a number that is not understood.
    """
    matches = _matches(call.query.get("$filter", ""))
    wanted = [each for each in things if matches(each) and call.sees(each)]
    size = _size(call.query.get("$top", ""))
    start = _start(call.query.get("$skiptoken", ""))
    page = [selected(call, shape(each)) for each in wanted[start : start + size]]
    body = call.context(fragment)
    if "$count" in call.query:
        body["@odata.count"] = len(wanted)
    if start + size < len(wanted):
        body["@odata.nextLink"] = _next(call, start + size)
    return Answer(200, body | {"value": page})


def selected(call: Call, shaped: Json) -> Json:
    """Return what was asked for of it."""
    names = call.query.get("$select", "")
    if not names or names == "*":
        return shaped
    return {name: shaped[name] for name in names.replace(" ", "").split(",") if name in shaped}


def looked_up(text: str) -> tuple[str, str] | None:
    """Return the value and the key of a filter for which there is an index, so that a country is not gone through."""
    found = EQUALS.fullmatch(text.strip())
    if found and found[1] in {"id", "appId", "uniqueName"}:
        return found[2].replace("''", "'"), found[1]
    return None


def _matches(text: str) -> Test:
    tests = [_test(part.strip()) for part in re.split(r"\s+and\s+", text) if part.strip()]
    return lambda thing: all(test(thing) for test in tests)


def _test(text: str) -> Test:
    if found := EQUALS.fullmatch(text):
        attribute, value = _attribute(found[1]), found[2].replace("''", "'").lower()
        return lambda thing: str(getattr(thing, attribute, None) or "").lower() == value
    if found := STARTS.fullmatch(text):
        attribute, value = _attribute(found[1]), found[2].replace("''", "'").lower()
        return lambda thing: str(getattr(thing, attribute, None) or "").lower().startswith(value)
    if found := TAGGED.fullmatch(text):
        value = found[2].replace("''", "'")
        return lambda thing: value in thing.tags
    raise Refusal("Request_UnsupportedQuery", f"Unsupported or invalid query filter clause specified: '{text}'.")


def _attribute(name: str) -> str:
    if name not in ATTRIBUTES:
        raise Refusal("Request_UnsupportedQuery", f"Unsupported property filter clause for property '{name}'.")
    return ATTRIBUTES[name]


def _size(text: str) -> int:
    if not text:
        return PAGE
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text):
        raise bad(f"Invalid page size specified: '{text}'. Must be between 1 and {LONGEST_PAGE} inclusive.")
    return int(text)


def _start(token: str) -> int:
    try:
        start = int(base64.urlsafe_b64decode(token or "MA==").decode())
    except ValueError:
        start = -1
    if start < 0:
        raise bad("The specified page token value has expired and can no longer be included in your request.")
    return start


def _next(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    asked = {**call.query, "$skiptoken": token}
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    return f"{call.address}/{call.path}?{words}"
