"""Whatever the bytes of a file: it is refused as a whole, or each of its lines is taken or refused."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.providers import registry
from llaves.providers.actions import RegistryOutcome, import_registry
from llaves.providers.models import Provider
from llaves.providers.tables import UnusableFile
from tests.providers.files import HEADER, Opened, line, write

pytestmark = pytest.mark.django_db
ANA = Actor(kind=ActorKind.OPERATOR, name="ana import-reps")
patiently = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

COLUMNS = len(HEADER.split(","))
codes = st.from_regex(r"(0[58]|19|76)00150[0-9]{3}", fullmatch=True)
cells = st.text(max_size=12) | st.sampled_from(
    ["", '"', '""', "\n", ",", "SI", "1", "950000001", "0500170001", "\ufeff"]
)
lines_of_cells = st.lists(cells, max_size=COLUMNS + 2).map(",".join)
tables = st.lists(lines_of_cells, max_size=8).map(lambda lines: "\n".join((HEADER, *lines)))
contents = (
    st.binary(max_size=400)
    | st.binary(max_size=200).map(lambda tail: HEADER.encode() + b"\n" + tail)
    | tables.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | tables.map(lambda text: text.encode("utf-16", "surrogatepass"))
)


def load(folder: Path, content: bytes, at: datetime) -> tuple[Opened, RegistryOutcome]:
    opened = Opened(write(folder, content), registry.COLUMNS)
    with opened.source as source:
        lines = registry.provider_lines(source, known_names={})
        return opened, import_registry(lines=lines, origin=source, by=ANA, at=at)


@patiently
@given(content=contents)
def test_any_bytes_are_refused_by_name_or_accounted_for_line_by_line(
    content: bytes, tmp_path: Path, now: datetime
) -> None:
    with transaction.atomic():
        try:
            opened, outcome = load(tmp_path, content, now)
        except UnusableFile:
            assert not Provider.objects.exists()
            assert not Event.objects.exists()
        else:
            assert outcome.providers.new == Provider.objects.count() <= opened.source.read - opened.source.refused
            assert len(opened.refusals) == opened.source.refused
            assert load(tmp_path, content, now)[1].providers.new == 0
        transaction.set_rollback(True)


@patiently
@given(good=st.lists(codes, min_size=1, max_size=5, unique=True), bad=st.lists(st.text(max_size=40), max_size=5))
def test_bad_lines_never_cost_the_good_ones_nor_their_zeros(
    good: Sequence[str], bad: Sequence[str], tmp_path: Path, now: datetime
) -> None:
    mixed = [HEADER]
    for place in range(max(len(good), len(bad))):
        # A bad line keeps to one line, as a file's lines do: its own line ends are taken out.
        mixed += [" ".join(text.splitlines()) for text in bad[place : place + 1]]
        mixed += [line(codigo_habilitacion=code) for code in good[place : place + 1]]
    with transaction.atomic():
        load(tmp_path, "\n".join(mixed).encode("utf-8", "surrogatepass"), now)
        assert set(Provider.objects.values_list("code", flat=True)) == set(good)
        transaction.set_rollback(True)


@patiently
@given(names=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_the_same_again_changes_nothing_whatever_the_names(names: Sequence[str], tmp_path: Path, now: datetime) -> None:
    rows = [
        line(codigo_habilitacion=f"05001700{place:02}", nombre_prestador='"' + name.replace('"', '""') + '"')
        for place, name in enumerate(names)
    ]
    content = "\n".join((HEADER, *rows)).encode("utf-8", "surrogatepass")
    with transaction.atomic():
        _, first = load(tmp_path, content, now)
        _, again = load(tmp_path, content, now)
        assert (again.providers.new, again.providers.changed) == (0, 0)
        assert again.providers.same == first.providers.new
        transaction.set_rollback(True)
