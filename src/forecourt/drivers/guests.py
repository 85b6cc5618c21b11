"""Somebody without an account, who pays for one charge at one socket, or books one."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import BookingId, ChargerId, DriverId, EvseId, OperatorId, PaymentId, SiteId, TariffVersionId, TokenUid

_PREFIX, _AT_TERMINAL = "GUEST", "TERMINAL"


@dataclass(frozen=True, slots=True)
class LongerStay:
    """A guest wants to stay at a booked socket until `end`, once the hold that it takes besides stands."""

    end: datetime
    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class GuestVisit:
    """digest: SHA-256 of the secret in the visit's link, by which alone it is seen and stopped. driver_id: made for this visit.

    tariff_version_id, price_because: the price shown before paying, which is the charge's price.
    longer: what was asked for last; None = nothing.
    terminal: the charger at whose card terminal the hold was put up, for any of its sockets.
    letters: what the secret of the link is worked out from for letters; empty = no address was left.
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
    longer: LongerStay | None = None
    terminal: ChargerId | None = None
    letters: bytes = b""


def guest_token(payment_id: PaymentId) -> TokenUid:
    """The token of the charge that a hold pays for: 20 characters (OCPP 1.6), 60 of its bits by chance."""
    return TokenUid(f"{_PREFIX}{payment_id.hex[-15:].upper()}")


def terminal_token(reference: str) -> TokenUid:
    """The token of a charge that a hold of the charger's own terminal pays for. reference: the processor's, of which this tells nothing."""
    return TokenUid(f"{_AT_TERMINAL}{hashlib.sha256(reference.encode()).hexdigest()[:24].upper()}")


def is_guest_token(text: str) -> bool:
    """Of a form that only we give."""
    return text.startswith(_PREFIX)


def looks_like_guest(token: TokenUid | None) -> bool:
    """A quick first look; whether it is one, its kind says."""
    return token is not None and token.startswith((_PREFIX, _AT_TERMINAL))


class GuestStep(StrEnum):
    """PAYING: the slot is kept for who is putting up the hold. PAID: the booking is firm. OVER: nothing is to be seen to any more."""

    PAYING = "paying"
    PAID = "paid"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class GuestBooking:
    """A booking without an account. digest: SHA-256 of the secret in its link. driver_id: made for this booking.

    email, language: of its letters, once it is firm. origin: a keyed hash of where it was asked from. payment_id: the hold behind it.
    pay_until: the slot is kept for so long without one. until: the end of what was promised.
    """

    booking_id: BookingId
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    digest: bytes
    email: str
    language: str
    origin: str
    payment_id: PaymentId
    made_at: datetime
    pay_until: datetime
    until: datetime
    step: GuestStep = GuestStep.PAYING


def link_secret(key: bytes, booking_id: BookingId) -> str:
    """The secret in the link of a guest's booking, 256 bits as text. It is worked out anew for each letter; only its SHA-256 is kept.

    key: the installation's own secret. Raises ValueError where there is none.
    """
    return _secret(key, f"guest booking/{booking_id}")


def visit_secret(key: bytes, form: bytes) -> str:
    """The same of a visit. form: SHA-256 of the key of the form that began it: who knows what is kept cannot send the form again."""
    return _secret(key, f"guest visit/{form.hex()}")


def terminal_secret(key: bytes, payment_id: PaymentId) -> str:
    """The same of the visit that began at a charger's terminal, whose display shows the link."""
    return _secret(key, f"terminal visit/{payment_id}")


def _secret(key: bytes, what: str) -> str:
    if len(key) < 32:
        raise ValueError("the key of links needs at least 32 bytes")
    return urlsafe_b64encode(hmac.new(key, what.encode(), hashlib.sha256).digest()).decode().rstrip("=")
