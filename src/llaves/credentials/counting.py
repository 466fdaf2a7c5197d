"""The database counts by itself what expires when (migration 0050); here its counts are summed up from time to time."""

from django.db import connection, transaction

_SUM_UP = """
WITH several AS (
    SELECT day FROM credentials_expirycount GROUP BY day HAVING count(*) > 1 OR sum(credentials) = 0
), counted AS (
    DELETE FROM credentials_expirycount WHERE day IN (SELECT day FROM several) RETURNING day, credentials
)
INSERT INTO credentials_expirycount (day, credentials)
SELECT day, sum(credentials) FROM counted GROUP BY day HAVING sum(credentials) <> 0
"""


@transaction.atomic
def sum_up() -> None:
    """Leave one row for each day. Nothing that anybody can see changes; two at once do no harm."""
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP)
