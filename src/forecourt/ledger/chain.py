"""The hash chain: each transaction of a ledger seals the one before it."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from forecourt.kernel import Conflict, instant_text
from forecourt.ledger.model import ChainedTxn, Txn

GENESIS_DIGEST = "0" * 64
_FIELD = "\x1f"
_RECORD = "\x1e"


def chain_txn(previous: ChainedTxn | None, txn: Txn) -> ChainedTxn:
    """Chain a transaction to the ledger's last one (previous; None for the first transaction)."""
    if previous is not None and previous.txn.operator_id != txn.operator_id:
        raise Conflict("chain_operator", f"{txn.key} belongs to another operator's book.")
    return chain_after(previous.position if previous else 0, previous.digest if previous else GENESIS_DIGEST, txn)


def chain_after(position: int, digest: str, txn: Txn) -> ChainedTxn:
    """Like `chain_txn`, but from the last position and digest alone (0 and START for an empty ledger)."""
    return ChainedTxn(position + 1, txn, digest, digest_of(digest, txn))


def digest_of(previous: str, txn: Txn) -> str:
    """SHA-256 over the previous digest and every field of the transaction, unambiguously delimited."""
    original_instant = () if txn.about is None else (_instant(txn.about),)
    head = (previous, txn.key, str(txn.operator_id), _instant(txn.at), txn.text, str(txn.subject), *original_instant)
    rows = [_FIELD.join(_clean(part) for part in head)]
    for posting in txn.postings:
        amount = posting.amount
        rows.append(_FIELD.join((_clean(posting.source.name), _clean(posting.destination.name), str(amount.minor), amount.currency)))
    return sha256(_RECORD.join(rows).encode()).hexdigest()


def verify_chain(book: Iterable[ChainedTxn]) -> int:
    """Check a whole ledger from its first transaction and return how many there are. Raises Conflict at the first that does not fit."""
    position, digest = 0, GENESIS_DIGEST
    for entry in book:
        if entry.position != position + 1 or entry.previous != digest or entry.digest != digest_of(digest, entry.txn):
            raise Conflict("chain_broken", f"Transaction {entry.position} ({entry.txn.key}) is not what was once posted there.")
        position, digest = entry.position, entry.digest
    return position


def _instant(at: datetime) -> str:
    """The instant to the microsecond, the precision the database stores."""
    return f"{instant_text(at)}/{at.microsecond}"


def _clean(text: str) -> str:
    return text.replace("\\", "\\\\").replace(_FIELD, "\\f").replace(_RECORD, "\\r")
