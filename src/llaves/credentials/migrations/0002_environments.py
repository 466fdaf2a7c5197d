"""The three environments of the manual. The tenant and the scope are the ministry's to set (`llaves environment`)."""

from django.db import migrations

ENVIRONMENTS = [
    ("desarrollo", "Desarrollo", ""),
    ("preproduccion", "Preproducción", "https://sandbox.ihcecol.gov.co/ihce"),
    ("produccion", "Producción", "https://www.ihcecol.gov.co/ihce"),
]


def fill(apps, schema_editor):
    Environment = apps.get_model("credentials", "Environment")
    for position, (code, name, endpoint) in enumerate(ENVIRONMENTS):
        Environment.objects.create(code=code, name=name, endpoint=endpoint, position=position)


class Migration(migrations.Migration):
    dependencies = [("credentials", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
