"""`$filter`, as far as the portal and Microsoft's clients use it: clauses that are joined by `and`."""

import re
from collections.abc import Callable

from entra_emulator.objects import Thing
from entra_emulator.refusals import Refusal

QUOTED = re.compile(r"'((?:[^']|'')*)'")
AND = re.compile(r"\s+and\s+")
COMPARED = re.compile(r"(\w+)\s+(eq|ne)\s+'(\d+)'")
CALLED = re.compile(r"(startswith|endswith)\(\s*(\w+)\s*,\s*'(\d+)'\s*\)", re.IGNORECASE)
TAGGED = re.compile(r"tags/any\((\w+):\s*\1\s+eq\s+'(\d+)'\)")
NEGATED = re.compile(r"not\s*\((.+)\)|not\s+(.+)")
ADVANCED = re.compile(r"\bne\b|\bnot\b|\bendswith\b", re.IGNORECASE)
ATTRIBUTES = {
    "id": "id",
    "appId": "app_id",
    "displayName": "display_name",
    "uniqueName": "unique_name",
}
LONGEST = 2_000
IDS = {"id", "appId"}
Test = Callable[[Thing], bool]


class Filter:
    """What one was written as; what stands in quotes is put aside first, for it may look like anything."""

    def __init__(self, text: str) -> None:
        """Read it.

        :raises Refusal: it is longer than anybody writes.
        """
        if len(text) > LONGEST:
            raise _unsupported()
        self._literals: list[str] = []
        self._clauses = [part.strip() for part in AND.split(QUOTED.sub(self._put_aside, text)) if part.strip()]

    def _put_aside(self, found: re.Match[str]) -> str:
        self._literals.append(found[1].replace("''", "'"))
        return f"'{len(self._literals) - 1}'"

    @property
    def is_advanced(self) -> bool:
        """Whether only the index that lags behind can answer it."""
        return any(ADVANCED.search(QUOTED.sub("", clause)) for clause in self._clauses)

    @property
    def looked_up(self) -> tuple[str, str] | None:
        """The value and the key for which there is an index, so that a country is not gone through."""
        found = COMPARED.fullmatch(self._clauses[0]) if len(self._clauses) == 1 else None
        if found is None or found[2] != "eq" or found[1] not in IDS | {"uniqueName"}:
            return None
        value = self._literals[int(found[3])]
        return (value.lower() if found[1] in IDS else value), found[1]

    def test(self) -> Test:
        """Return whether it lets something through.

        :raises Refusal: a clause that is not understood.
        """
        tests = [self._test(clause) for clause in self._clauses]
        return lambda thing: all(test(thing) for test in tests)

    def _test(self, clause: str) -> Test:
        if found := NEGATED.fullmatch(clause):
            test = self._plain_test((found[1] or found[2]).strip())
            return lambda thing: not test(thing)
        return self._plain_test(clause)

    def _plain_test(self, clause: str) -> Test:
        if found := COMPARED.fullmatch(clause):
            attribute, value, wanted = _attribute(found[1]), self._literals[int(found[3])].lower(), found[2] == "eq"
            return lambda thing: (_text(thing, attribute) == value) is wanted
        if found := CALLED.fullmatch(clause):
            compare = str.startswith if found[1].lower() == "startswith" else str.endswith
            name, part = _attribute(found[2]), self._literals[int(found[3])].lower()
            return lambda thing: compare(_text(thing, name), part)
        if found := TAGGED.fullmatch(clause):
            tag = self._literals[int(found[2])]
            return lambda thing: tag in thing.tags
        raise _unsupported()


def _unsupported() -> Refusal:
    return Refusal("Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")


def _attribute(name: str) -> str:
    if name not in ATTRIBUTES:
        raise Refusal("Request_UnsupportedQuery", f"Unsupported property filter clause for property '{name}'.")
    return ATTRIBUTES[name]


def _text(thing: Thing, attribute: str) -> str:
    return str(getattr(thing, attribute, None) or "").lower()
