"""Drivers, operators' people, their tokens and logins; permit or refusal."""

from forecourt.drivers.channels import channel_of
from forecourt.drivers.guests import GuestBooking, GuestStep, GuestVisit, LongerStay, guest_token, link_secret, looks_like_guest
from forecourt.drivers.model import (
    Account,
    ChargingNeed,
    Driver,
    Duty,
    GroupMember,
    PayBy,
    Role,
    SignIn,
    Standing,
    Token,
    TokenKind,
    TokenStatus,
)
from forecourt.drivers.permission import decide, token_uid

__all__ = [
    "Account",
    "ChargingNeed",
    "Driver",
    "Duty",
    "GroupMember",
    "GuestBooking",
    "GuestStep",
    "GuestVisit",
    "LongerStay",
    "PayBy",
    "Role",
    "SignIn",
    "Standing",
    "Token",
    "TokenKind",
    "TokenStatus",
    "channel_of",
    "decide",
    "guest_token",
    "link_secret",
    "looks_like_guest",
    "token_uid",
]
