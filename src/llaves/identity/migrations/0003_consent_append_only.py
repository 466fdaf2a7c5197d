"""Published texts and acceptances are never changed: the database refuses it, also where replication would let it."""

from django.db import migrations, models

REFUSE = """
CREATE OR REPLACE FUNCTION identity_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'published texts and acceptances are never changed: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
END $$;

CREATE OR REPLACE TRIGGER identity_agreement_is_append_only BEFORE UPDATE OR DELETE ON identity_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE OR REPLACE TRIGGER identity_agreement_is_never_emptied BEFORE TRUNCATE ON identity_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE OR REPLACE TRIGGER identity_acceptance_is_append_only BEFORE UPDATE OR DELETE ON identity_acceptance
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE OR REPLACE TRIGGER identity_acceptance_is_never_emptied BEFORE TRUNCATE ON identity_acceptance
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
ALTER TABLE identity_agreement ENABLE ALWAYS TRIGGER identity_agreement_is_append_only;
ALTER TABLE identity_agreement ENABLE ALWAYS TRIGGER identity_agreement_is_never_emptied;
ALTER TABLE identity_acceptance ENABLE ALWAYS TRIGGER identity_acceptance_is_append_only;
ALTER TABLE identity_acceptance ENABLE ALWAYS TRIGGER identity_acceptance_is_never_emptied;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_catalogue_and_agreements")]
    operations = [
        migrations.AddField(
            "agreement", "published_at", models.DateTimeField(null=True, help_text="empty: it came with the portal")
        ),
        migrations.RunSQL(REFUSE, migrations.RunSQL.noop),
    ]
