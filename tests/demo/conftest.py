import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Demo, processes_of, until


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Give a folder that the database's account may pass through; root's pytest makes closed ones."""
    folder = Path(tempfile.mkdtemp(prefix="test-demo-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    until(lambda: not processes_of(folder))
    shutil.rmtree(folder)


@pytest.fixture
def demo(place: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    demo = Demo(place / request.node.name[:40])
    yield demo
    demo.release()
