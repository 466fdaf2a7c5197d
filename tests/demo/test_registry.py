"""The registry's stand-in as a program: for the demo alone, changed by an edit or on request."""

import http.client
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from llaves.integrations.miseguridadsocial import NobodyTold, OrganizationTold
from tests.demo.running import SECONDS_OF_PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry import StandIn


def test_it_refuses_outside_a_demo(tmp_path: "Path") -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LLAVES_DEMO"}
    words = [sys.executable, "-m", "llaves_demo.registry", tmp_path, "1", "2"]

    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "for the demo alone" in done.stderr


def test_an_edit_of_its_files_counts_at_once(registry: "StandIn") -> None:
    client = registry.client()
    assert isinstance(client.organization("890303841"), OrganizationTold)

    registry.knows(organizations=[])

    assert isinstance(client.organization("890303841"), NobodyTold)


def test_its_key_is_for_its_owner_alone(registry: "StandIn") -> None:
    assert (registry.folder / "localhost.key").stat().st_mode & 0o077 == 0


def test_pages_of_other_sites_ask_for_no_faults(registry: "StandIn") -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json", "Host": "evil.example"}):
        connection = http.client.HTTPConnection("127.0.0.1", registry.control_port, timeout=SECONDS_OF_PATIENCE)
        connection.request("PUT", "/", b'{"fault": "cut"}', headers)
        assert connection.getresponse().status in {400, 415}
        connection.close()
    assert isinstance(registry.client().organization("890303841"), OrganizationTold)


def test_a_fault_that_it_does_not_know_is_refused_with_the_ones_it_does(registry: "StandIn") -> None:
    connection = http.client.HTTPConnection("127.0.0.1", registry.control_port, timeout=SECONDS_OF_PATIENCE)
    connection.request("PUT", "/", b'{"fault": "laziness"}', {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, b"broken json" in answer.read()) == (400, True)
    connection.close()
