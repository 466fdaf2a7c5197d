"""`llaves migrate`: the whole database, the cache's table and the serving role's rights too."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection
from psycopg import sql

_RIGHTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # Besides the triggers, which the owner of the tables could take away: the portal is not that owner.
    "REVOKE UPDATE, DELETE ON audit_event, identity_agreement, identity_acceptance FROM {role}",
    "REVOKE UPDATE, DELETE ON providers_referencetable FROM {role}",
)


class Command(DjangoMigrate):
    help = (
        "Creates or updates the portal's database. With LLAVES_OWNER_DATABASE_URL, as that role, and then grants the "
        "role of DATABASE_URL what serving needs: so the portal can neither change the trail nor its guards."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        serving = connection.settings_dict["USER"]
        if settings.OWNER_DATABASE:
            connection.close()
            connection.settings_dict.update(settings.OWNER_DATABASE)
        super().handle(*args, **options)
        call_command("createcachetable", database=options["database"], verbosity=0)
        if settings.OWNER_DATABASE:
            _grant(serving)


def _grant(role: str) -> None:
    with connection.cursor() as cursor:
        for right in _RIGHTS:
            cursor.execute(sql.SQL(right).format(role=sql.Identifier(role)))
