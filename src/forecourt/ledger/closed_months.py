"""Closed months: a transaction that arrives late is dated to the first open day and records the day it is about."""

from dataclasses import replace
from datetime import datetime

from forecourt.ledger.model import Txn


def redate_closed(txn: Txn, open_from: datetime | None) -> Txn:
    """The transaction as it is to be stored in a ledger that is open from open_from (None: no month was ever closed)."""
    return txn if open_from is None or txn.at >= open_from else replace(txn, at=open_from, about=txn.about or txn.at)
