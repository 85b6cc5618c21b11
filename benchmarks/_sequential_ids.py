"""Unique, sortable ids without randomness."""

import itertools
from datetime import datetime
from uuid import UUID

from forecourt.kernel import uuid7


class SequentialIds:
    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self, at: datetime) -> UUID:
        return uuid7(at, next(self._count).to_bytes(10, "big"))
