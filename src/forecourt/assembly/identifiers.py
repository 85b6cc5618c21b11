"""Fresh ids from the machine's source of randomness."""

import os
from datetime import datetime
from uuid import UUID

from forecourt.kernel import uuid7


class RandomIds:
    def new(self, at: datetime) -> UUID:
        return uuid7(at, os.urandom(10))
