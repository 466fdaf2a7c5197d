"""Writes what the demo invented as the files that the registry's stand-in answers from."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from llaves.providers.queries import all_delegations, all_organizations, all_people

_TABLES = {
    "organizaciones.csv": (("nit", "razon_social", "persona_natural"), all_organizations),
    "personas.csv": (("tipo_documento", "numero_documento", "nombre", "correo", "telefono"), all_people),
    "delegaciones.csv": (("tipo_documento", "numero_documento", "nit", "desde", "hasta"), all_delegations),
}


def is_written(folder: Path) -> bool:
    """Whether the files are there; somebody may have changed them to see what follows, so they are left alone."""
    return all((folder / name).exists() for name in _TABLES)


def write(folder: Path) -> None:
    """Write the files, each whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, (header, rows) in _TABLES.items():
        _write(folder / name, header, rows())


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    part.rename(path)
