"""The hash chain: each transaction of a book seals the one before it."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from forecourt.kernel import Conflict, instant_text
from forecourt.ledger.model import ChainedTxn, Txn

START = "0" * 64
_FIELD = "\x1f"
_RECORD = "\x1e"


def chained(previous: ChainedTxn | None, txn: Txn) -> ChainedTxn:
    """The transaction as the next of its book; previous: the book's last one, None for the first."""
    if previous is not None and previous.txn.operator_id != txn.operator_id:
        raise Conflict("chain_operator", f"{txn.key} belongs to another operator's book.")
    return linked(previous.position if previous else 0, previous.digest if previous else START, txn)


def linked(position: int, digest: str, txn: Txn) -> ChainedTxn:
    """As `chained`, from the last position and digest alone (0 and START for an empty book)."""
    return ChainedTxn(position + 1, txn, digest, digest_of(digest, txn))


def digest_of(previous: str, txn: Txn) -> str:
    """SHA-256 over the digest before it and every field of the transaction, separated unambiguously."""
    about = () if txn.about is None else (_instant(txn.about),)
    head = (previous, txn.key, str(txn.operator_id), _instant(txn.at), txn.text, str(txn.subject), *about)
    rows = [_FIELD.join(_clean(part) for part in head)]
    for posting in txn.postings:
        amount = posting.amount
        rows.append(_FIELD.join((_clean(posting.source.name), _clean(posting.destination.name), str(amount.minor), amount.currency)))
    return sha256(_RECORD.join(rows).encode()).hexdigest()


def verify(book: Iterable[ChainedTxn]) -> int:
    """Walk a whole book from its first transaction; how many there are. Raises Conflict at the first one that does not fit."""
    position, digest = 0, START
    for kept in book:
        if kept.position != position + 1 or kept.previous != digest or kept.digest != digest_of(digest, kept.txn):
            raise Conflict("chain_broken", f"Transaction {kept.position} ({kept.txn.key}) is not what was once posted there.")
        position, digest = kept.position, kept.digest
    return position


def _instant(at: datetime) -> str:
    """To the microsecond, as the database keeps it."""
    return f"{instant_text(at)}/{at.microsecond}"


def _clean(text: str) -> str:
    return text.replace("\\", "\\\\").replace(_FIELD, "\\f").replace(_RECORD, "\\r")
