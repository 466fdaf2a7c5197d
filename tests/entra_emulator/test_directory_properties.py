"""Whatever is made, deleted, restored and purged: names are held once, the quota holds, and the file says the same."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from entra_emulator.book import Book
from entra_emulator.directory import Directory
from entra_emulator.objects import Application, plain
from entra_emulator.refusals import Refusal
from entra_emulator.rules import Rules

TENANT = "t"
KINDS = ["create", "principal", "password", "uri", "delete", "unprincipal", "restore", "purge"]
MOVES = st.tuples(st.sampled_from(KINDS), st.integers(0, 2))


@dataclass
class Played:
    """What the moves have done."""

    directory: Directory
    at: float = 0.0
    refused: list[str] = field(default_factory=list)

    def play(self, move: str, number: int) -> None:
        self.at += 1
        try:
            self._play(move, number)
        except Refusal as refusal:
            self.refused.append(refusal.code)

    def _play(self, move: str, number: int) -> None:
        directory, at = self.directory, self.at
        if move == "create":
            name = {"displayName": "x", "uniqueName": f"llaves-{number}", "passwordCredentials": [{}]}
            directory.create_application(name, owner="portal", at=at)
        elif move in {"restore", "purge"}:
            binned = list(directory.bin)
            if number < len(binned):
                directory.restore(binned[number], at=at) if move == "restore" else directory.purge(binned[number])
        elif application := directory.application(f"llaves-{number}", "uniqueName"):
            principal = directory.principal(application.app_id, "appId")
            if move == "principal":
                directory.create_principal(application, {}, owner="portal", at=at)
            elif move == "password":
                directory.add_password(application, {}, at=at)
            elif move == "uri":
                directory.change_application(application, {"identifierUris": [f"api://{at % 2:.0f}"]}, at=at)
            elif move == "delete":
                directory.delete(application, at=at)
            elif principal:
                directory.delete(principal, at=at)


def said(directory: Directory) -> dict[str, object]:
    things = [*directory.applications.values(), *directory.principals.values(), *directory.bin.values()]
    return {each.id: plain(each) for each in things}


@settings(max_examples=200)
@given(st.lists(MOVES, max_size=40))
def test_a_directory_never_contradicts_itself_or_its_file(moves: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder) / "directory.sqlite")
        played = Played(Directory(TENANT, Rules(quota=5), book))
        for move in moves:
            played.play(*move)
        directory = played.directory
        again = Directory(TENANT, Rules(), book)
        for thing in book.things(TENANT):
            again.take_in(thing, is_kept=True)
        assert said(again) == said(directory)
        book.close()
    everything = [*directory.applications.values(), *directory.bin.values()]
    names = [each.unique_name for each in everything if isinstance(each, Application)]
    assert len(names) == len(set(names))
    assert directory.used <= 5
    for application in directory.applications.values():
        assert directory.application(str(application.unique_name), "uniqueName") is application
        assert directory.application(application.app_id, "appId") is application
    of_principals = [each.app_id for each in directory.principals.values()]
    assert len(of_principals) == len(set(of_principals))
    assert all(directory.application(app_id, "appId") for app_id in of_principals)
    everybodys = [uri for each in directory.applications.values() for uri in each.uris]
    assert len(everybodys) == len(set(everybodys))
    for principal in directory.principals.values():
        of_it = directory.application(principal.app_id, "appId")
        assert of_it is not None
        assert principal.mirrors(of_it)
        assert all(directory.principal(uri, "name") is principal for uri in of_it.uris)
