"""Certificates that end soon, and those that wait for a person."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import quote

from forecourt.flows.chargers import RENEW_BEFORE
from forecourt.flows.ports import ChargerBrief
from forecourt.stations import Approval
from forecourt.web.views.console import Alarm


def certificate_alarms(known: Iterable[ChargerBrief], now: datetime, door_ends: datetime | None) -> Iterator[Alarm]:
    """known: all chargers. door_ends: when the certificate that chargers are shown does."""
    if door_ends is not None and door_ends - now <= RENEW_BEFORE:
        text = "Every charger that looks at it stays away from then on."
        yield Alarm("bad", f"The certificate of the chargers' port {_ends(door_ends, now)}.", text, "/console/chargers")
    for one in (one for one in known if one.approval is Approval.APPROVED and one.site_id):
        ends, page = one.certificate_ends, f"/console/chargers/{quote(one.id, safe='')}"
        if one.signs_by_hand:
            yield Alarm("warn", f"{one.id} asks for a certificate.", "Have its request signed.", page)
        elif ends is not None and ends - now <= RENEW_BEFORE / 2:
            yield Alarm("warn", f"The certificate of {one.id} {_ends(ends, now)}.", "It was told to ask for another one.", page)


def _ends(at: datetime, now: datetime) -> str:
    return f"ends on {at:%Y-%m-%d}" if at > now else f"ended on {at:%Y-%m-%d}"
