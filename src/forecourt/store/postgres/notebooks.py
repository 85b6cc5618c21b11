"""The repositories of notices, orders and notes together: one unit of work has them all."""

from forecourt.store.postgres.made import Made
from forecourt.store.postgres.notes import AuditLog, CommandLog, LogSeals
from forecourt.store.postgres.notices import Notices
from forecourt.store.postgres.outbox import Outbox


class NoteBooks:
    notices = Made(lambda unit: Notices(unit._link))
    outbox = Made(lambda unit: Outbox(unit._link))
    audit = Made(lambda unit: AuditLog(unit._link))
    log_seals = Made(lambda unit: LogSeals(unit._link))
    commands = Made(lambda unit: CommandLog(unit._link))
