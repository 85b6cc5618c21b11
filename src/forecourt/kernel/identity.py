"""Ids. A NewType each, so that a site is never passed where an EVSE is meant."""

from datetime import UTC, datetime
from typing import NewType, Protocol
from uuid import UUID

OperatorId = NewType("OperatorId", UUID)
SiteId = NewType("SiteId", UUID)
EvseId = NewType("EvseId", UUID)
DriverId = NewType("DriverId", UUID)
TariffVersionId = NewType("TariffVersionId", UUID)
PriceEntryId = NewType("PriceEntryId", UUID)
BookingId = NewType("BookingId", UUID)
SessionId = NewType("SessionId", UUID)
DocumentId = NewType("DocumentId", UUID)
PaymentId = NewType("PaymentId", UUID)
# The name by which a charger identifies itself in its URL (at most 48 characters), unique in the network.
ChargerId = NewType("ChargerId", str)
# The text of an RFID card or app token, folded to upper case (OCPP 1.6 CiString).
TokenUid = NewType("TokenUid", str)


class Ids(Protocol):
    """Where flows get fresh ids from; an edge supplies the randomness."""

    def new(self, at: datetime) -> UUID:
        """A fresh UUID of version 7 whose time part is `at`."""
        ...


def instant_of(identity: UUID) -> datetime | None:
    """When the id was made; None unless it is of version 7."""
    return datetime.fromtimestamp((identity.int >> 80) / 1000, UTC) if identity.version == 7 else None


def uuid7(at: datetime, random: bytes) -> UUID:
    """The UUID of version 7 (RFC 9562) for a UTC instant and 10 random bytes."""
    if len(random) != 10:
        raise ValueError("a version 7 id takes 10 random bytes")
    milliseconds = int(at.timestamp() * 1000)
    bits = (milliseconds << 80) | int.from_bytes(random, "big")
    bits = (bits & ~(0xF << 76)) | (0x7 << 76)
    bits = (bits & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=bits)
