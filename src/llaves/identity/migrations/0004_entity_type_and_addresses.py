"""What was chosen at the registration, where an account was last told something, and where a link was sent."""

from django.db import migrations, models

AS_THE_REGISTRY_HAS_THEM_NOW = """
UPDATE identity_account AS account SET notice_email = person.email
FROM providers_person AS person WHERE person.id = account.person_id;
UPDATE identity_singleuselink AS link SET sent_to = account.notice_email
FROM identity_account AS account WHERE account.id = link.account_id;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_consent_append_only"), ("providers", "0001_initial")]
    operations = [
        migrations.AddField(
            "account",
            "entity_type",
            models.CharField(blank=True, default="", max_length=10, help_text="as chosen at the registration"),
        ),
        migrations.AddField(
            "account",
            "notice_email",
            models.CharField(
                blank=True,
                default="",
                max_length=254,
                help_text="the registry's mail when its owner was last told of it",
            ),
        ),
        migrations.AddField(
            "singleuselink", "sent_to", models.CharField(default="", max_length=254), preserve_default=False
        ),
        migrations.RunSQL(AS_THE_REGISTRY_HAS_THEM_NOW, migrations.RunSQL.noop),
    ]
