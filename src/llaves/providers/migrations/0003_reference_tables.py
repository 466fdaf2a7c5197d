"""Entity types and document types become data, in versions that are never changed; version 1 is what stood in code."""

import hashlib
import json

from django.db import migrations, models

ENTITY_TYPES = [{"code": "PSS", "label": "Entidades Prestadoras de Servicios de Salud PSS"}]
DOCUMENT_TYPES = [
    dict(zip(("code", "label", "alphabet", "shortest", "longest", "leading_zero", "shape"), values, strict=True))
    for values in (
        ("CC", "Cédula de ciudadanía", "digits", 3, 10, False, "entre 3 y 10 dígitos"),
        ("CE", "Cédula de extranjería", "digits", 3, 7, False, "entre 3 y 7 dígitos"),
        ("PA", "Pasaporte", "letters-and-digits", 3, 16, True, "entre 3 y 16 letras o dígitos"),
        ("PT", "Permiso por Protección Temporal", "digits", 6, 8, True, "entre 6 y 8 dígitos"),
        ("PE", "Permiso Especial de Permanencia", "digits", 15, 15, True, "15 dígitos"),
        ("CD", "Carné diplomático", "letters-and-digits", 3, 11, True, "entre 3 y 11 letras o dígitos"),
        ("SC", "Salvoconducto", "letters-and-digits", 9, 16, True, "entre 9 y 16 letras o dígitos"),
    )
]
REFUSE = """
CREATE OR REPLACE FUNCTION providers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'published tables are never changed: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
END $$;

CREATE OR REPLACE TRIGGER providers_referencetable_is_append_only BEFORE UPDATE OR DELETE ON providers_referencetable
    FOR EACH STATEMENT EXECUTE FUNCTION providers_refuse_change();
CREATE OR REPLACE TRIGGER providers_referencetable_is_never_emptied BEFORE TRUNCATE ON providers_referencetable
    FOR EACH STATEMENT EXECUTE FUNCTION providers_refuse_change();
ALTER TABLE providers_referencetable ENABLE ALWAYS TRIGGER providers_referencetable_is_append_only;
ALTER TABLE providers_referencetable ENABLE ALWAYS TRIGGER providers_referencetable_is_never_emptied;
"""


def fill(apps, schema_editor):
    ReferenceTable = apps.get_model("providers", "ReferenceTable")
    for name, entries in (("tipos-de-entidad", ENTITY_TYPES), ("tipos-de-documento", DOCUMENT_TYPES)):
        written = json.dumps(entries, ensure_ascii=False, sort_keys=True).encode()
        ReferenceTable.objects.create(name=name, version=1, entries=entries, sha256=hashlib.sha256(written).hexdigest())


class Migration(migrations.Migration):
    dependencies = [("providers", "0002_confirmed")]
    operations = [
        migrations.AlterField("person", "document_type", models.CharField(max_length=2)),
        migrations.CreateModel(
            name="ReferenceTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("tipos-de-entidad", "tipos-de-entidad"),
                            ("tipos-de-documento", "tipos-de-documento"),
                        ],
                        max_length=20,
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                ("entries", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField(null=True, help_text="empty: it came with the portal")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name", "version"), name="one_table_per_version")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(REFUSE, migrations.RunSQL.noop),
    ]
