"""Manual entries by an accountant: numbered without a gap, dated into open books, and reversed only by another entry."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID, uuid5

from forecourt.billing import document_number
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_day, operator_zone
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, NotFound
from forecourt.ledger import BANK, Entry, ManualEntry, manual_txn, reversed_lines
from forecourt.settlement import remove_match

SERIES = "JRN"


@dataclass(frozen=True, slots=True)
class ManualEntryRequest:
    """key: made with the form, so that sending it twice posts once. day: of the operator's zone."""

    key: UUID
    day: date
    lines: tuple[Entry, ...]
    reason: str


def post_manual_entry(store: Store, by: Staff, request: ManualEntryRequest) -> ManualEntry:
    """Post an entry. Raises BadInput for invalid lines, day or reason; Conflict if the form was already sent with other contents."""
    entry_id = uuid5(by.operator_id, f"{by.actor}/{request.key}")
    return _posted(store, by, ManualEntry(entry_id, by.operator_id, "", request.day, request.lines, request.reason, by.actor, by.at))


def reverse_manual_entry(store: Store, by: Staff, number: str, day: date, reason: str) -> ManualEntry:
    """Reverse an entry, once. Raises BadInput, Conflict, NotFound."""
    entry = store.manual_entries.by_number(by.operator_id, number)
    if entry is None:
        raise NotFound("hand_entry", "There is no such manual entry.")
    if entry.reverses:
        raise Conflict("is_reversal", f"{number} is itself the reversal of {entry.reverses}.", "Post a new entry.")
    if day < entry.day:
        raise BadInput("day", f"{number} is dated {entry.day}.", "Reverse it on that day or later.")
    undone = ManualEntry(reversal_id(entry), by.operator_id, "", day, reversed_lines(entry), reason, by.actor, by.at, number)
    store.bank.lock(by.operator_id)
    reversal, line = _posted(store, by, undone, entry.id), store.bank.line_of(by.operator_id, entry.position)
    if line is not None:
        minor = sum(one.minor for one in entry.lines if one.account == BANK)
        store.bank.put(remove_match(line, entry.position, minor, f"{number} has already been reversed."))
    return reversal


def reversal_id(entry: ManualEntry) -> UUID:
    """An id derived from the entry, so that it is reversed only once."""
    return uuid5(entry.id, "reversed")


def _posted(store: Store, by: Staff, draft: ManualEntry, subject_id: UUID | None = None) -> ManualEntry:
    at, year = _begin(store, by, draft.day), draft.day.year
    store.documents.next_number(by.operator_id, SERIES, year, 0)  # of two at once, the second waits here
    known = store.manual_entries.entry(draft.id)
    if known is not None:
        return _same(known, draft)
    entry = replace(draft, number=document_number(SERIES, year, store.documents.next_number(by.operator_id, SERIES, year)))
    subject, txn = subject_id or entry.id, manual_txn(entry, subject_id or entry.id, at)
    store.ledger.post(txn)
    posted = next(one for one in store.ledger.of_subject(subject) if one.txn.key == txn.key)
    if posted.txn.about is not None:
        raise BadInput(
            "day", f"The books of {entry.day} are closed.", f"Choose {operator_day(store, by.operator_id, posted.txn.at)} or later."
        )
    entry = replace(entry, position=posted.position)
    store.manual_entries.put(entry)
    action = "ledger.reversal" if entry.reverses else "ledger.entry"
    note(store, by, action, entry.number, f"{entry.amount} on {entry.day}: {txn.text}"[:300])
    return entry


def _same(known: ManualEntry, draft: ManualEntry) -> ManualEntry:
    if replace(known, number="", posted_at=draft.posted_at) != draft:
        code, text = "hand_posted", f"This was already posted, with other contents, as {known.number}."
        raise Conflict("hand_reversed" if known.reverses else code, text, "Check it, and post another entry for anything still missing.")
    return known


def _begin(store: Store, by: Staff, day: date) -> datetime:
    if not 2000 <= day.year <= 2100 or day > operator_day(store, by.operator_id, by.at):
        raise BadInput("day", f"{day} is in the future.", "Choose the date on the bank's or the processor's document.")
    return datetime.combine(day, time(0), operator_zone(store, by.operator_id))
