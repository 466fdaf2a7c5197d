"""script/server: starts the demo, says where it is, and stops all of it at the end."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from llaves_demo import addresses, elsewhere, entra, folders, keys
from llaves_demo.database import Cluster
from llaves_demo.folders import Holder
from llaves_demo.refusal import Refusal
from llaves_demo.sockets import Database
from llaves_demo.supervisor import Child, Children, Stopped, Wish, await_answer, fresh_log
from llaves_demo.traces import await_end_of_the_last

SCRIPT = "script/server"
HEALTH = "/salud"
# -P: what lies in the folder from which the script is called must not pass for a module.
LLAVES = (sys.executable, "-P", "-m", "llaves")
MAILBOX = (sys.executable, "-P", "-m", "llaves_demo.mailbox")
REGISTRY = (sys.executable, "-P", "-m", "llaves_demo.registry")
ENTRA = (sys.executable, "-P", "-m", "entra_emulator")


@dataclass(frozen=True)
class Plan:
    """What the person asked for."""

    port: int
    providers: int
    pending: int
    starts_anew: bool
    folder: Path
    database_url: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo until somebody stops it, and return the exit status."""
    os.umask(0o077)  # its logs and letters are nobody else's
    wish = Wish()
    plan = read(sys.argv[1:] if arguments is None else arguments, os.environ)
    wish.listen()
    try:
        serve(plan, wish)
    except Stopped:
        say("Stopped.")
        return 0
    except folders.HeldError as held:
        return _refuse(str(held))
    except Refusal as refusal:
        return _refuse(f"{refusal}{_disk_is_full(plan.folder)}")
    except OSError as error:
        full = f"the disk is full: {plan.folder}" if error.errno == errno.ENOSPC else str(error)
        return _refuse(full)
    return 0


def read(arguments: Sequence[str], environ: Mapping[str, str]) -> Plan:
    """Read the command line; argparse ends the program where it makes no sense."""
    parser = argparse.ArgumentParser(
        prog=SCRIPT,
        description="Starts the portal with invented data, on this computer alone. Ctrl-C stops everything.",
        epilog="LLAVES_DATA: the folder of its data. DATABASE_URL: a PostgreSQL server in place of its own.",
    )
    parser.add_argument("--port", type=_number(1, 65535), default=8000, help="the portal's port (default: 8000)")
    parser.add_argument("--fresh", action="store_true", help="delete the demo's data first")
    parser.add_argument(
        "--providers",
        type=_number(1, 1_000_000),
        default=600,
        help="how many (default: 600; a country: 60000)",
    )
    parser.add_argument("--pending", type=_number(0, 1_000_000), default=8, help="how many wait for keys (default: 8)")
    chosen = parser.parse_args(arguments)
    database_url = environ.get("DATABASE_URL", "")
    if chosen.fresh and database_url:
        parser.error("--fresh does not empty the database of DATABASE_URL: do that there")
    return Plan(chosen.port, chosen.providers, chosen.pending, chosen.fresh, folders.data_folder(environ), database_url)


def serve(plan: Plan, wish: Wish) -> None:
    """Bring everything up in order, and wait for the end.

    :raises Stopped: somebody asked for it.
    :raises Refusal: something is missing, or a program has ended by itself.
    """
    folders.prepare(plan.folder)
    with folders.claim(plan.folder, Holder(SCRIPT, os.getpid(), plan.port)), ExitStack() as stack:
        make_room(plan)
        ports = addresses.choose(plan.folder, portal=plan.port)
        logs = plan.folder / "log"
        folders.make(logs)
        address, server = stack.enter_context(database(plan, logs))
        environment = keys.environment(plan.folder, database=address, port=plan.port, ports=ports)
        children = Children(logs, wish, environment)
        stack.callback(children.stop)
        start(children, plan, ports)
        await_answer(plan.port, HEALTH, wait=lambda: children.watch(*server))
        announce(children, plan, ports)
        while True:
            children.watch(*server)


def make_room(plan: Plan) -> None:
    """Make sure of the port and of the space, and delete old data if that is asked for.

    :raises Refusal: something is in the way.
    """
    addresses.require_free(plan.port)
    if plan.starts_anew:
        await_end_of_the_last(plan.folder / "database" / "data")
        folders.empty(plan.folder)
    folders.require_space(plan.folder, free=folders.megabytes_free(plan.folder))


@contextmanager
def database(plan: Plan, logs: Path) -> Iterator[tuple[Database, list[Child]]]:
    """Give the address of a database that answers, and its server where that is ours to watch."""
    if plan.database_url:
        elsewhere.prove(plan.database_url)
        yield Database(plan.database_url), []
        return
    with Cluster(plan.folder / "database", log=fresh_log(logs, "postgres")) as cluster:
        yield cluster.address, [Child("postgres", cluster.process, cluster.log)]


def start(children: Children, plan: Plan, ports: addresses.Ports) -> None:
    """Fill the database, then start what serves it; they stop in the reverse order."""
    children.run("migrate", [*LLAVES, "migrate"])
    registry = str(keys.registry_folder(plan.folder))
    country = ["--providers", str(plan.providers), "--pending", str(plan.pending), "--registry", registry]
    children.run("demo", [*LLAVES, "demo", *country], is_shown=True)
    folder, mailbox = str(plan.folder / "mail"), ports.mailbox
    children.start("mailbox", [*MAILBOX, folder, str(mailbox.smtp), str(mailbox.page), f"http://localhost:{plan.port}"])
    children.start("registry", [*REGISTRY, registry, str(ports.registry.answers), str(ports.registry.control)])
    children.start("entra", [*ENTRA, *entra.words(plan.folder, ports.entra)])
    children.start("worker", [*LLAVES, "worker"])
    command = [*LLAVES, "serve", "--host", "127.0.0.1", "--port", str(plan.port)]
    children.start("web", command, farewell=signal.SIGTERM)


def announce(children: Children, plan: Plan, ports: addresses.Ports) -> None:
    """Say where everything is."""
    say("")
    say(f"Portal    http://localhost:{plan.port}   (a demo: every person and provider is invented)")
    say(f"Mailbox   http://localhost:{ports.mailbox.page}   (every letter that the portal sends, and Beto's code)")
    control = f"faults on request at http://localhost:{ports.registry.control}"
    say(f"Registry  https://localhost:{ports.registry.answers}   (stands in for MiSeguridadSocial; {control})")
    stands_in = f"stands in for Microsoft Entra ID at https://localhost:{ports.entra.answers}"
    say(f"Entra     http://localhost:{ports.entra.page}   (pairs of keys to try by hand; {stands_in})")
    say(f"Data      {plan.folder}")
    say("")
    children.run("accounts", [*LLAVES, "demo", "--accounts"], is_shown=True)
    say("Ctrl-C stops everything.")


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201 - the terminal is this program's page


def _refuse(line: str) -> int:
    print(f"{SCRIPT}: {line}", file=sys.stderr)  # noqa: T201
    return 1


def _disk_is_full(folder: Path) -> str:
    """Return the cause behind most failures on a full disk, which the failed program may not have told."""
    free = folders.megabytes_free(folder)
    return f" - the disk is full: {free} MB free in {folder}" if free < folders.MEGABYTES_OF_A_FULL_DISK else ""


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if text.isdecimal() and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"a number from {least} to {most}, not {text!r}")

    return number


if __name__ == "__main__":
    sys.exit(main())
