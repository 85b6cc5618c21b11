"""Somebody without an account, who pays for one charge at one socket."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.kernel import DriverId, EvseId, OperatorId, PaymentId, SiteId, TariffVersionId, TokenUid

_PREFIX = "GUEST"


@dataclass(frozen=True, slots=True)
class GuestVisit:
    """digest: SHA-256 of the secret in the visit's link, by which alone it is seen and stopped. driver_id: made for this visit.

    tariff_version_id, price_because: the price shown before paying, which is the charge's price.
    """

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    driver_id: DriverId
    digest: bytes
    tariff_version_id: TariffVersionId
    price_because: str
    made_at: datetime


def guest_token(payment_id: PaymentId) -> TokenUid:
    """The token of the charge that a hold pays for: 20 characters (OCPP 1.6), 60 of its bits by chance."""
    return TokenUid(f"{_PREFIX}{payment_id.hex[-15:].upper()}")


def looks_like_guest(token: TokenUid | None) -> bool:
    """A quick first look; whether it is one, its kind says."""
    return token is not None and token.startswith(_PREFIX)
