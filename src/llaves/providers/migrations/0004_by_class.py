from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("providers", "0003_reference_tables")]

    operations = [
        migrations.AddIndex("provider", models.Index(fields=["provider_class", "code"], name="provider_by_class")),
    ]
