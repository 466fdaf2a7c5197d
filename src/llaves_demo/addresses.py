"""Which ports of this computer the demo takes; it is only ever served on the loopback interface."""

import errno
import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from llaves_demo.refusal import Refusal

LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


@dataclass(frozen=True)
class MailboxPorts:
    """Where the mailbox takes letters and where it shows them."""

    smtp: int = 1025
    page: int = 8025


@dataclass(frozen=True)
class RegistryPorts:
    """Where the registry's stand-in answers and where it is told to misbehave."""

    answers: int = 8443
    control: int = 8444


@dataclass(frozen=True)
class EntraPorts:
    """Where Entra's emulator answers, and where it shows the pairs to try."""

    answers: int = 8445
    page: int = 8446


@dataclass(frozen=True)
class Ports:
    """Every port but the portal's own."""

    mailbox: MailboxPorts
    registry: RegistryPorts
    entra: EntraPorts


P = TypeVar("P", MailboxPorts, RegistryPorts, EntraPorts)
REMEMBERED = {MailboxPorts: "mailbox.json", RegistryPorts: "registry.json", EntraPorts: "entra.json"}


def is_free(port: int) -> bool:
    """Whether nobody answers to the port as `localhost`, by IPv4 or IPv6.

    :raises PermissionError: the system doesn't let this user take it.
    """
    for family, address in LOOPBACKS:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((address, port))
            except PermissionError:
                raise
            except OSError as error:
                if family == socket.AF_INET or error.errno == errno.EADDRINUSE:
                    return False  # a computer without IPv6 gives another error, and no one answers there
    return True


def require_free(port: int) -> None:
    """Make sure that the portal can have its port.

    :raises Refusal: it is taken, or not for this user.
    """
    try:
        if is_free(port):
            return
    except PermissionError:
        raise Refusal(f"port {port} is reserved by the system: try script/server --port 8000") from None
    other = next((near for near in range(port + 1, min(port + 100, 65536)) if is_free(near)), 8000)
    raise Refusal(f"port {port} is taken by another program: try script/server --port {other}")


def choose(folder: Path, *, portal: int) -> Ports:
    """Return the ports of last time, or others where those are taken, and remember them."""
    taken = {portal}
    mailbox, registry = _choose(MailboxPorts, folder, taken), _choose(RegistryPorts, folder, taken)
    return Ports(mailbox, registry, _choose(EntraPorts, folder, taken))


def remembered(folder: Path) -> Ports:
    """Return the ports of last time, or the usual ones."""
    mailbox, registry = _remembered(MailboxPorts, folder), _remembered(RegistryPorts, folder)
    return Ports(mailbox, registry, _remembered(EntraPorts, folder))


def _choose(kind: type[P], folder: Path, taken: set[int]) -> P:
    found = {}
    for name, wanted in asdict(_remembered(kind, folder)).items():
        found[name] = _free_one(wanted, apart_from=taken)
        taken.add(found[name])
    (folder / REMEMBERED[kind]).write_text(json.dumps(found))
    return kind(**found)


def _remembered(kind: type[P], folder: Path) -> P:
    try:
        return kind(**json.loads((folder / REMEMBERED[kind]).read_text()))
    except (OSError, ValueError, TypeError):
        return kind()


def _free_one(wanted: int, *, apart_from: set[int]) -> int:
    if wanted not in apart_from and is_free(wanted):
        return wanted
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port: int = any_port.getsockname()[1]
    return port
