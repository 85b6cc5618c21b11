"""Limits that partners set on their customers' charges (OCPI ChargingProfiles), parsed strictly, and our responses."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from forecourt.kernel import BadInput, instant_text
from forecourt.ocpi.commands import Url
from forecourt.ocpi.model import Instant
from forecourt.ocpi.times import instant_of

# Two days of quarter hours.
MAX_PERIODS = 192
_MAX_S = 366 * 86_400
_FAR = timedelta(days=366)
_HAIR_W = 1e-6

Seconds = Annotated[int, Meta(ge=0, le=_MAX_S)]
Rate = Annotated[float, Meta(ge=0, le=10_000_000)]


class RateUnit(StrEnum):
    W = "W"  # watts in total
    A = "A"  # amperes per phase


class ProfilePeriod(Struct, frozen=True):
    """start_period: seconds from the start of the profile."""

    start_period: Seconds
    limit: Rate


class ChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Without a start it begins with the charge; without a duration its last period continues."""

    charging_rate_unit: RateUnit
    charging_profile_period: Annotated[tuple[ProfilePeriod, ...], Meta(min_length=1, max_length=MAX_PERIODS)]
    start_date_time: Instant | None = None
    duration: Annotated[int, Meta(ge=1, le=_MAX_S)] | None = None
    min_charging_rate: Rate | None = None


class SetChargingProfile(Struct, frozen=True):
    charging_profile: ChargingProfile
    response_url: Url


class ActiveChargingProfile(Struct, frozen=True):
    start_date_time: str
    charging_profile: ChargingProfile


class ProfileResponse(StrEnum):
    """The immediate response: ChargingProfileResponseType."""

    ACCEPTED = "ACCEPTED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TOO_OFTEN = "TOO_OFTEN"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class ProfileResult(StrEnum):
    """The later outcome: ChargingProfileResultType."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class _Result(Struct, omit_defaults=True):
    result: ProfileResult
    profile: ActiveChargingProfile | None = None


def read_profile(document: object) -> SetChargingProfile:
    """From decoded JSON. Raises BadInput with what is wrong."""
    try:
        wanted = msgspec.convert(document, SetChargingProfile)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInput("field", f"SetChargingProfile: {error}.") from error
    profile = wanted.charging_profile
    starts = [one.start_period for one in profile.charging_profile_period]
    if starts[0] != 0 or any(later <= sooner for sooner, later in itertools.pairwise(starts)):
        raise BadInput("field", "charging_profile_period: periods must begin at 0 and follow one another.")
    if profile.duration is not None and starts[-1] >= profile.duration:
        raise BadInput("field", "charging_profile_period: a period begins after the duration is over.")
    return wanted


def read_url(text: str) -> str:
    """Parse the response URL of a request without a body. Raises BadInput."""
    try:
        return msgspec.convert(text, Url)
    except msgspec.ValidationError as error:
        raise BadInput("field", f"response_url: {error}.") from error


def limits_from(profile: ChargingProfile, began_at: datetime, watts_per_amp: float, now: datetime) -> list[tuple[datetime, int | None]]:
    """Watts by the instant from which they apply; None: no limit. began_at: the start of the charge. Raises BadInput for an implausible
    start."""
    start = instant_of(profile.start_date_time, "start_date_time") if profile.start_date_time else began_at
    if not -_FAR <= start - now <= _FAR:
        raise BadInput("field", "start_date_time: more than a year from now.")
    factor = watts_per_amp if profile.charging_rate_unit is RateUnit.A else 1.0
    limits: list[tuple[datetime, int | None]] = [
        (start + timedelta(seconds=one.start_period), floor(one.limit * factor + _HAIR_W)) for one in profile.charging_profile_period
    ]
    end = [(start + timedelta(seconds=profile.duration), None)] if profile.duration is not None else []
    return [*limits, *end]


def active_profile(at: datetime, duration_s: int, unit: RateUnit, limits: Sequence[tuple[int, float]]) -> ActiveChargingProfile:
    """limits: (seconds from the start, limit in the unit)."""
    periods = tuple(ProfilePeriod(start, limit) for start, limit in limits)
    profile = ChargingProfile(
        start_date_time=instant_text(at), duration=duration_s, charging_rate_unit=unit, charging_profile_period=periods
    )
    return ActiveChargingProfile(instant_text(at), profile)


def profile_result(result: ProfileResult, profile: ActiveChargingProfile | None = None) -> bytes:
    return msgspec.json.encode(_Result(result, profile))


def encode_profile(profile: ActiveChargingProfile) -> bytes:
    return msgspec.json.encode(profile)
