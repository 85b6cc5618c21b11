"""Drivers, operators' people, their tokens and logins; permit or refusal."""

from forecourt.drivers.channels import channel_of
from forecourt.drivers.guests import GuestBooking, GuestStep, GuestVisit, LongerStay, guest_token, link_secret, looks_like_guest
from forecourt.drivers.model import (
    Account,
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
from forecourt.drivers.needs import BatteryGoal, ChargingNeed, NeedWords, Pace
from forecourt.drivers.permission import decide, token_uid
from forecourt.drivers.second_factor import DIGITS, RECOVERY_CODES, STEP_S, SecondFactor, code_at, recovery_digest, step_of, tidied

__all__ = [
    "DIGITS",
    "RECOVERY_CODES",
    "STEP_S",
    "Account",
    "BatteryGoal",
    "ChargingNeed",
    "Driver",
    "Duty",
    "GroupMember",
    "GuestBooking",
    "GuestStep",
    "GuestVisit",
    "LongerStay",
    "NeedWords",
    "Pace",
    "PayBy",
    "Role",
    "SecondFactor",
    "SignIn",
    "Standing",
    "Token",
    "TokenKind",
    "TokenStatus",
    "channel_of",
    "code_at",
    "decide",
    "guest_token",
    "link_secret",
    "looks_like_guest",
    "recovery_digest",
    "step_of",
    "tidied",
    "token_uid",
]
