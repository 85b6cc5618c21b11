"""Messages about a charge that arrive before its start (OCPP 2.x): they are quarantined, and joined to the charge when it comes."""

from collections.abc import Iterator

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.quarantine import UNKNOWN_TRANSACTION, resolve_row
from forecourt.flows.ports.inbox import Inbox, InboxRow
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.stations import TransactionEnded, TransactionStarted, TransactionUpdated


def early(store: Store, row: InboxRow, begun: TransactionStarted, ids: Ids, inbox: Inbox) -> Iterator[InboxRow]:
    """The quarantined messages of a charge that has just begun, in their own order, the end last; each is settled and logged.
    Those that a person has cleared stay cleared. inbox: the inbox to read from.

    Only if the charger numbers its messages (seq). Messages older than the start belong to an earlier charge with the same id.
    """
    if begun.seq is None:
        return
    messages = [
        (fact, one) for one in inbox.of_session(row.message.charger_id, begun.transaction) if (fact := _of_its_life(one, row, begun))
    ]
    for _, one in sorted(messages, key=lambda pair: (isinstance(pair[0], TransactionEnded), pair[0].seq or 0, pair[0].at, pair[1].id)):
        at, name = row.message.received_at, row.message.charger_id
        resolution = f"Its start was received after it: {begun.transaction}, started {begun.at:%Y-%m-%d %H:%M} UTC."
        if resolve_row(store, one, UNKNOWN_TRANSACTION, at, resolution):
            note(store, Staff(row.message.operator_id, "system", at, ids), "quarantine.join", name, resolution)
            yield one


def _of_its_life(one: InboxRow, row: InboxRow, begun: TransactionStarted) -> TransactionUpdated | TransactionEnded | None:
    fact = one.message.fact
    if not isinstance(fact, TransactionUpdated | TransactionEnded) or one.message.site_id != row.message.site_id:
        return None
    return fact if fact.seq is not None and fact.at >= begun.at else None
