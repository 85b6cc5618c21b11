"""Months whose books are closed: what comes late is dated to the first open day and says which day it is about."""

from dataclasses import replace
from datetime import datetime

from forecourt.ledger.model import Txn


def dated(txn: Txn, open_from: datetime | None) -> Txn:
    """As it is to be kept in a book in which nothing is dated before open_from (None: nothing of it was ever closed)."""
    return txn if open_from is None or txn.at >= open_from else replace(txn, at=open_from, about=txn.about or txn.at)
