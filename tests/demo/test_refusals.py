"""What script/server says when it can't start: one line, on what is wrong and what to do."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from llaves_demo import folders
from llaves_demo.database import OWNER, Cluster
from llaves_demo.refusal import Refusal

from .running import Demo


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with Cluster(settings={"fsync": "off"}) as cluster:
        yield cluster


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1"])  # noqa: S104
def test_a_port_that_is_taken_is_named_and_another_suggested(demo: Demo, address: str) -> None:
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as other:
        demo.port = other.getsockname()[1]

        said = demo.refuse()

    assert f"port {demo.port} is taken" in said
    assert "--port " in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://ana:Secreta99@127.0.0.1:1/llaves", "refused"),
        ("postgresql://ana:Secreta99@nowhere.invalid/llaves", "nowhere.invalid"),
        ("postgresql://ana:Secreta99@127.0.0.1:port/llaves", "not an address"),
        ("postgresql:/ana:Secreta99@127.0.0.1/llaves", "not an address"),
        ("mysql://ana:Secreta99@127.0.0.1/llaves", "not an address"),
        ("Secreta99", "not an address"),
    ],
)
def test_a_wrong_database_address_is_told_without_its_password(demo: Demo, url: str, reason: str) -> None:
    demo.environment["DATABASE_URL"] = url

    said = demo.refuse()

    assert reason in said
    assert "Secreta99" not in said
    assert said.count("\n") == 1


def test_an_unknown_database_and_a_refused_user_are_told_apart(demo: Demo, server: Cluster) -> None:
    demo.environment["DATABASE_URL"] = server.url("missing")
    assert 'database "missing" does not exist' in demo.refuse()

    demo.environment["DATABASE_URL"] = server.url().replace("llaves@", "ana:Secreta99@")
    refused = demo.refuse()
    assert '"ana"' in refused
    assert "Secreta99" not in refused


def test_a_database_of_ones_own_is_used_instead(demo: Demo, server: Cluster) -> None:
    demo.environment["DATABASE_URL"] = server.url(role=OWNER)

    demo.start()

    assert not (demo.folder / "database").exists()


def test_starting_anew_is_refused_where_the_data_are_elsewhere(demo: Demo) -> None:
    demo.environment["DATABASE_URL"] = "postgresql://127.0.0.1/llaves"

    process = demo.launch("--fresh")

    assert "--fresh does not empty" in process.communicate()[0]
    assert process.returncode == 2


def test_too_little_space_is_told_in_megabytes(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="299 MB free, 300 MB needed"):
        folders.require_space(tmp_path, free=299)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_small_disk_is_refused(demo: Demo) -> None:
    demo.folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=50m,mode=711", "tmpfs", demo.folder], check=True)  # noqa: S607
    try:
        assert "MB free, 300 MB needed" in demo.refuse()
    finally:
        subprocess.run(["umount", demo.folder], check=True)  # noqa: S607


def test_a_folder_with_files_of_ones_own_is_never_taken_over(demo: Demo) -> None:
    (demo.folder / "mail").mkdir(parents=True)

    said = demo.refuse("--fresh")

    assert "holds other files" in said
    assert (demo.folder / "mail").exists()


def test_a_folder_that_cannot_be_made_is_named(demo: Demo) -> None:
    demo.folder.write_text("a file")

    assert "set LLAVES_DATA" in demo.refuse()
