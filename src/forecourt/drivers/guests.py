"""People without an account, who pay for one charge at one socket, or book one."""

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
    """A guest's request to stay at a booked socket until `end`, which takes effect once the additional hold is in place."""

    end: datetime
    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class GuestVisit:
    """digest: SHA-256 of the secret in the visit's link, the only way to see and stop it. driver_id: created for this visit.

    tariff_version_id, price_because: the price shown before paying, which applies to the charge.
    longer: the latest request to stay longer; None = none.
    terminal: the charger at whose card terminal the hold was made, valid for any of its sockets.
    email_seed: seed from which the link's secret is derived for emails; empty = no address was given.
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
    email_seed: bytes = b""


def guest_token(payment_id: PaymentId) -> TokenUid:
    """The token of the charge that a hold pays for: 20 characters (OCPP 1.6), including 60 random bits."""
    return TokenUid(f"{_PREFIX}{payment_id.hex[-15:].upper()}")


def terminal_token(reference: str) -> TokenUid:
    """The token of a charge paid for by a hold at the charger's own terminal. reference: the processor's; the token does not reveal it."""
    return TokenUid(f"{_AT_TERMINAL}{hashlib.sha256(reference.encode()).hexdigest()[:24].upper()}")


def is_guest_token(text: str) -> bool:
    """Whether the text has the form that only we issue."""
    return text.startswith(_PREFIX)


def looks_like_guest(token: TokenUid | None) -> bool:
    """A quick first check; the token's kind decides."""
    return token is not None and token.startswith((_PREFIX, _AT_TERMINAL))


class GuestStep(StrEnum):
    """PAYING: the slot is reserved while the guest makes the hold. PAID: the booking is firm. OVER: nothing is left to do."""

    PAYING = "paying"
    PAID = "paid"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class GuestBooking:
    """A booking without an account. digest: SHA-256 of the secret in its link. driver_id: created for this booking.

    email, language: for its emails, once it is firm. origin: a keyed hash of the network it was made from. payment_id: the hold behind it.
    pay_until: how long the slot is reserved without the hold. until: the end of the promise.
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
    """The secret in the link of a guest's booking, 256 bits as text. It is derived again for each email; only its SHA-256 is stored.

    key: the installation's own secret. Raises ValueError if it is too short.
    """
    return _secret(key, f"guest booking/{booking_id}")


def visit_secret(key: bytes, form: bytes) -> str:
    """The same for a visit. form: SHA-256 of the key of the form that began it: the stored data does not allow resending the form."""
    return _secret(key, f"guest visit/{form.hex()}")


def terminal_secret(key: bytes, payment_id: PaymentId) -> str:
    """The same for a visit that began at a charger's terminal, whose display shows the link."""
    return _secret(key, f"terminal visit/{payment_id}")


def _secret(key: bytes, what: str) -> str:
    if len(key) < 32:
        raise ValueError("the key of links needs at least 32 bytes")
    return urlsafe_b64encode(hmac.new(key, what.encode(), hashlib.sha256).digest()).decode().rstrip("=")
