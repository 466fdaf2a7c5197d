"""The master keys, from the terminal: looked at, renewed, and never shown."""

import json
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.vault import actions, queries
from llaves.vault.envelope import Binding
from llaves.vault.models import SealedSecret
from tests.master_keys import key_set, master_key
from tests.people import VISITOR

pytestmark = pytest.mark.django_db

Said = pytest.CaptureFixture[str]
Hold = Callable[..., None]
OLD, NEW, SPARE = master_key("old", 1), master_key("new", 2), master_key("spare", 3)
PLACE = Binding("credential", {"provider": "1900100001", "credential": "c-1"})


def seal(now: datetime, times: int = 1) -> list[UUID]:
    return [actions.seal("abc8Q~secret", binding=PLACE, by=VISITOR, at=now).id for _ in range(times)]


@pytest.fixture
def two_keys(now: datetime, hold: Hold) -> list[UUID]:
    """Three secrets under the old key, and a new one that seals from now on."""
    hold(OLD)
    sealed = seal(now, 3)
    hold(NEW, OLD)
    return sealed


def status(said: Said) -> list[str]:
    call_command("vault", "status")
    return [" ".join(line.split()) for line in said.readouterr().out.splitlines()]


def test_status_tells_what_each_key_does(two_keys: list[UUID], now: datetime, hold: Hold, capsys: Said) -> None:
    seal(now)
    hold(NEW, OLD, SPARE)
    lines = status(capsys)
    assert "new 1 sella y abre" in lines
    assert "old 3 abre" in lines
    assert "spare 0 ya no se necesita" in lines


def test_status_tells_of_lost_and_wrong_keys(two_keys: list[UUID], now: datetime, hold: Hold, capsys: Said) -> None:
    seal(now)
    hold(master_key("new", 9))
    lines = status(capsys)
    assert any(line.startswith("new 1 ES OTRA") for line in lines)
    assert any(line.startswith("old 3 FALTA") for line in lines)


def test_a_rotation_says_what_it_did_and_names_who_ran_it(two_keys: list[UUID], capsys: Said) -> None:
    call_command("vault", "rotate", "--batch", "2")
    assert "Secretos sellados de nuevo: 3. Todos están bajo new." in capsys.readouterr().out
    events = Event.objects.filter(name="vault.key.rotated").order_by("id")
    assert [event.details["secrets"] for event in events] == [2, 1]
    assert {(event.actor_kind, event.actor.endswith(" vault rotate")) for event in events} == {("operator", True)}
    assert "old 0 ya no se necesita" in status(capsys)


def test_what_does_not_open_is_named(two_keys: list[UUID]) -> None:
    SealedSecret.objects.filter(id=two_keys[1]).update(envelope="altered")
    with pytest.raises(Error, match=f"2 sellados de nuevo. No se abren y quedaron como estaban: {two_keys[1]}"):
        call_command("vault", "rotate")


@pytest.mark.parametrize("size", ["0", "-1", "1001", "x"])
def test_a_batch_of_an_unusable_size_is_refused(two_keys: list[UUID], size: str) -> None:
    with pytest.raises(Exception, match="entre 1 y 1000"):
        call_command("vault", "rotate", "--batch", size)
    assert queries.secrets_by_key() == {"old": 3}


def kids(file: Path) -> list[str]:
    return [key["kid"] for key in json.loads(file.read_text())["keys"]]


def test_a_new_key_comes_last_in_a_file_of_its_owner_alone(hold: Hold, tmp_path: Path, capsys: Said) -> None:
    hold(OLD)
    file = tmp_path / "keys.json"
    call_command("vault", "new-key", str(file))
    written = json.loads(file.read_text())["keys"]
    assert written[0] == OLD
    assert written[1]["kid"] in capsys.readouterr().out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_two_new_keys_are_two(hold: Hold, tmp_path: Path) -> None:
    hold(OLD)
    for name in ("a", "b"):
        call_command("vault", "new-key", str(tmp_path / name))
    first, second = (json.loads((tmp_path / name).read_text())["keys"][1] for name in ("a", "b"))
    assert first["k"] != second["k"]
    assert first["kid"] != second["kid"]


def test_no_key_is_ever_shown(hold: Hold, tmp_path: Path, capsys: Said) -> None:
    hold(NEW, OLD)
    for words in (["status"], ["new-key"], ["first-key", "old"], ["drop-key", "old"], ["rotate"]):
        files = [str(tmp_path / words[0])] if words[0].endswith("-key") else []
        call_command("vault", *words, *files)
    shown = "".join(capsys.readouterr())
    materials = [key["k"] for file in tmp_path.iterdir() for key in json.loads(file.read_text())["keys"]]
    assert len(materials) == 3 + 2 + 1
    assert not [material for material in materials if material in shown]


def test_the_whole_way_from_one_key_to_another(now: datetime, hold: Hold, tmp_path: Path, capsys: Said) -> None:
    hold(OLD)
    secret = seal(now)[0]
    call_command("vault", "new-key", str(tmp_path / "1"))
    hold(*json.loads((tmp_path / "1").read_text())["keys"])
    fresh = kids(tmp_path / "1")[1]
    call_command("vault", "first-key", fresh, str(tmp_path / "2"))
    hold(*json.loads((tmp_path / "2").read_text())["keys"])
    call_command("vault", "rotate")
    call_command("vault", "drop-key", "old", str(tmp_path / "3"))
    hold(*json.loads((tmp_path / "3").read_text())["keys"])
    assert [kids(tmp_path / name) for name in "123"] == [["old", fresh], [fresh, "old"], [fresh]]
    assert actions.unseal(secret, binding=PLACE, by=VISITOR, at=now) == "abc8Q~secret"
    capsys.readouterr()
    assert f"{fresh} 1 sella y abre" in status(capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["drop-key", "old"], "todavía sella secretos"),
        (["drop-key", "new"], "es la primera"),
        (["drop-key", "nobody"], "No hay una clave nobody"),
        (["first-key", "nobody"], "No hay una clave nobody"),
    ],
)
def test_a_step_out_of_order_is_refused(two_keys: list[UUID], tmp_path: Path, words: list[str], said: str) -> None:
    with pytest.raises(Error, match=said):
        call_command("vault", *words, str(tmp_path / "keys.json"))
    assert not list(tmp_path.iterdir())


def test_no_file_is_written_over(hold: Hold, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(key_set(OLD))
    hold(OLD)
    with pytest.raises(Error, match="ya existe"):
        call_command("vault", "new-key", str(file))
    assert file.read_text() == key_set(OLD)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_said(hold: Hold, tmp_path: Path) -> None:
    hold(OLD)
    with pytest.raises(Error, match="No se puede escribir"):
        call_command("vault", "new-key", str(tmp_path / "nowhere" / "keys.json"))
