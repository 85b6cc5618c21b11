"""What was kept to be known again for a while, and would else be kept for ever."""

from datetime import datetime, timedelta

import psycopg
from psycopg import sql

# Nobody sends a form, nor the processor an event, again after so long; nor is a session that ended so long ago looked at.
KEPT_FOR = timedelta(days=90)
_SPENT = (("commands", "at"), ("webhook_events", "at"), ("sign_ins", "expires_at"))


def forget_spent(url: str, at: datetime) -> int:
    """Answers kept for who asks twice, events of the processor that came, and sign-ins that ended, all 90 days after. How many."""
    with psycopg.connect(url) as connection:
        return sum(
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE {} < {}").format(sql.Identifier(table), sql.Identifier(since), sql.Literal(at - KEPT_FOR))
            ).rowcount
            for table, since in _SPENT
        )
