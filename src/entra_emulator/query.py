"""`$filter`, `$select`, `$top` and pages, as far as the portal and Microsoft's clients use them."""

import base64
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from entra_emulator.calls import Answer, Call
from entra_emulator.filters import Filter
from entra_emulator.objects import Json, Thing
from entra_emulator.refusals import Refusal, bad

PAGE, LONGEST_PAGE = 100, 999
OF_LISTS = frozenset({"$filter", "$select", "$top", "$skiptoken", "$count"})
OF_ONE = frozenset({"$select"})
OPTIONS = {
    "list-applications": OF_LISTS,
    "list-principals": OF_LISTS,
    "list-deleted": OF_LISTS,
    "read-application": OF_ONE,
    "read-principal": OF_ONE,
    "organization": OF_ONE,
}
"""What an operation knows; the others know none."""


def check(call: Call, operation: str) -> None:
    """Make sure that all that is asked for is heeded: nothing is passed over in silence.

    :raises Refusal: the index would have to be asked, and is not; an option that is not there.
    """
    asked = {name for name in call.query if name.startswith("$")}
    is_hard = Filter(call.query.get("$filter", "")).is_advanced
    if is_hard or "$search" in asked or {"$filter", "$orderby"} <= asked or _is_counted(call):
        if not call.is_eventual:
            raise _unsupported("it needs the header ConsistencyLevel: eventual")
        if is_hard and not _is_counted(call):
            raise _unsupported("it needs $count=true")
    if unknown := asked - OPTIONS.get(operation, frozenset()):
        raise _unsupported(f"the emulator has no {', '.join(sorted(unknown))} here")


def _is_counted(call: Call) -> bool:
    return call.query.get("$count", "").lower() == "true"


def _unsupported(why: str) -> Refusal:
    return Refusal("Request_UnsupportedQuery", f"Request not supported: {why}.")


def listed(call: Call, things: Sequence[Thing], shape: Callable[[Thing], Json], fragment: str) -> Answer:
    """Return one page of what the filter lets through, and where the next is.

    :raises Refusal: a filter or a number that is not understood.
    """
    matches = Filter(call.query.get("$filter", "")).test()
    wanted = [each for each in things if matches(each) and call.sees(each)]
    size = _size(call.query.get("$top", ""))
    start = _start(call.query.get("$skiptoken", ""))
    page = [selected(call, shape(each)) for each in wanted[start : start + size]]
    body = call.context(fragment)
    if _is_counted(call):
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
