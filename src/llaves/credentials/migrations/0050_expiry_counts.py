"""How many credentials expire on each day, kept by the database itself: the forecast need not count them all.

A change adds a row and touches none, so that nobody waits for anybody; an hourly job sums the rows up.
"""

from django.db import migrations, models

COUNT = """
CREATE FUNCTION credentials_count_expiries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO credentials_expirycount (day, credentials)
        SELECT expires_on, count(*) FROM appeared
        WHERE standing = 'vigente' AND overlap_ends_on IS NULL GROUP BY expires_on;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO credentials_expirycount (day, credentials)
        SELECT expires_on, -count(*) FROM disappeared
        WHERE standing = 'vigente' AND overlap_ends_on IS NULL GROUP BY expires_on;
    ELSE
        INSERT INTO credentials_expirycount (day, credentials)
        SELECT expires_on, sum(change) FROM (
            SELECT expires_on, 1 AS change FROM appeared WHERE standing = 'vigente' AND overlap_ends_on IS NULL
            UNION ALL
            SELECT expires_on, -1 FROM disappeared WHERE standing = 'vigente' AND overlap_ends_on IS NULL
        ) AS changes GROUP BY expires_on HAVING sum(change) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER credential_appears AFTER INSERT ON credentials_credential
    REFERENCING NEW TABLE AS appeared
    FOR EACH STATEMENT EXECUTE FUNCTION credentials_count_expiries();
CREATE TRIGGER credential_changes AFTER UPDATE ON credentials_credential
    REFERENCING OLD TABLE AS disappeared NEW TABLE AS appeared
    FOR EACH STATEMENT EXECUTE FUNCTION credentials_count_expiries();
CREATE TRIGGER credential_disappears AFTER DELETE ON credentials_credential
    REFERENCING OLD TABLE AS disappeared
    FOR EACH STATEMENT EXECUTE FUNCTION credentials_count_expiries();

INSERT INTO credentials_expirycount (day, credentials)
SELECT expires_on, count(*) FROM credentials_credential
WHERE standing = 'vigente' AND overlap_ends_on IS NULL GROUP BY expires_on;
"""
LEAVE = """
DROP TRIGGER credential_appears ON credentials_credential;
DROP TRIGGER credential_changes ON credentials_credential;
DROP TRIGGER credential_disappears ON credentials_credential;
DROP FUNCTION credentials_count_expiries();
"""


class Migration(migrations.Migration):
    dependencies = [("credentials", "0030_proving")]

    operations = [
        migrations.CreateModel(
            name="ExpiryCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("credentials", models.IntegerField()),
            ],
        ),
        migrations.RunSQL(COUNT, LEAVE),
    ]
