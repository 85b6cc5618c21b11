"""Drivers, operators' people, their tokens and logins; permit or refusal."""

from forecourt.drivers.model import (
    Account,
    ChargingNeed,
    Driver,
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
    "PayBy",
    "Role",
    "SignIn",
    "Standing",
    "Token",
    "TokenKind",
    "TokenStatus",
    "decide",
    "token_uid",
]
