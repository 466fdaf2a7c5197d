"""Invented registry files, whole or with one thing wrong."""

from pathlib import Path

from llaves.providers.sources import Remark, Source
from llaves.providers.tables import Column

OPERATOR_NAME = "ana import-reps"
HEADER = (
    "depa_nombre,muni_nombre,codigo_habilitacion,nombre_prestador,nits_nit,dv,razon_social,clpr_codigo,clpr_nombre,ese,"
    "nivel,caracter,habilitado,fecha_radicacion,fecha_vencimiento,clase_persona,naju_codigo,naju_nombre,"
    "numero_sede_principal,fecha_corte_REPS"
)
FULL_HEADER = (
    "depa_nombre,muni_nombre,codigo_habilitacion,nombre_prestador,tido_codigo,nits_nit,razon_social,clpr_codigo,"
    "clpr_nombre,ese,direccion,telefono,fax,email,gerente,nivel,caracter,habilitado,fecha_radicacion,"
    "fecha_vencimiento,fecha_cierre,dv,clase_persona,naju_codigo,naju_nombre,numero_sede_principal,fecha_corte_REPS,"
    "telefono_adicional,email_adicional,rep_legal"
)
OPEN_DATA_HEADER = (
    "CodigoPrestador,NombrePrestador,CodigoHabilitacionSede,NombreSede,TipoId,NumeroIdentificacion,NaturalezaJuridica,"
    "ESE,Municipio Prestador,DepartamentoPrestadorDesc,MunicipioPrestadorDesc,DireccionPrestador,Email Prestador,"
    "TelefonoPrestador,MunicipioSede,DepartamentoDedeDesc,MunicipioSedeDesc,DirecciónSede,Email Sede,TeléfonoSede,"
    "ClasePrestador,Fecha Corte REPS"
)
USUAL = {
    "depa_nombre": "Antioquia",
    "muni_nombre": "MEDELLÍN",
    "codigo_habilitacion": "0500170001",
    "nombre_prestador": "CLÍNICA LOS ALISOS",
    "tido_codigo": "NI",
    "nits_nit": "950000001",
    "razon_social": "CLÍNICA LOS ALISOS S.A.S.",
    "clpr_codigo": "1",
    "habilitado": "SI",
    "clase_persona": "JURIDICO",
}


def line(header: str = HEADER, separator: str = ",", **other: str) -> str:
    """A line of the registry: the usual one, but for what is said otherwise."""
    values = {**USUAL, **other}
    return separator.join(values.get(name, "") for name in header.split(","))


def table(*lines: str, header: str = HEADER, separator: str = ",") -> str:
    return "\r\n".join((header.replace(",", separator), *lines, ""))


class Opened:
    """A file with what the import remarks on it."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self.remarks: list[Remark] = []
        self.source = Source(path, columns, on_remark=self.remarks.append)

    @property
    def refusals(self) -> dict[int, str]:
        return {remark.line: remark.text for remark in self.remarks if remark.is_refusal}


def write(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "archivo.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path
