"""What every installation starts with: the catalogue of applications and version 1 of the three texts."""

import hashlib
from pathlib import Path

from django.db import migrations

TEXTS = Path(__file__).resolve().parent.parent / "texts"
APPLICATIONS = [
    (
        "ihce",
        "IHCE – Administración de Llaves de acceso",
        "Solicite y administre las llaves de interoperabilidad de la Historia Clínica Electrónica.",
        "",
    ),
    (
        "miseguridadsocial",
        "MiSeguridadSocial",
        "Registre su entidad, las personas y sus delegaciones.",
        "https://www.miseguridadsocial.gov.co",
    ),
    (
        "reps",
        "Registro Especial de Prestadores – REPS",
        "Consulte la habilitación de los prestadores de servicios de salud.",
        "https://prestadores.minsalud.gov.co/habilitacion/",
    ),
    (
        "sispro",
        "SISPRO",
        "Sistema Integrado de Información de la Protección Social.",
        "https://www.sispro.gov.co",
    ),
]


def fill(apps, schema_editor):
    Application = apps.get_model("identity", "Application")
    for position, (code, name, summary, address) in enumerate(APPLICATIONS):
        Application.objects.create(code=code, name=name, summary=summary, address=address, position=position)
    Agreement = apps.get_model("identity", "Agreement")
    for kind in ("confidencialidad", "terminos", "datos-personales"):
        text = (TEXTS / f"{kind}-1.txt").read_text(encoding="utf-8")
        Agreement.objects.create(kind=kind, version=1, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
