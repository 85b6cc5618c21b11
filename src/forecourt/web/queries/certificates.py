"""Certificates that end soon, and those that wait for a person."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from forecourt.flows.chargers import RENEW_BEFORE
from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId
from forecourt.stations import Approval, Charger, RequestState
from forecourt.web.views.console import Alarm


def certificate_alarms(store: Store, operator_id: OperatorId, now: datetime, door_ends: datetime | None) -> Iterator[Alarm]:
    """door_ends: when the certificate that chargers are shown does."""
    if door_ends is not None and door_ends - now <= RENEW_BEFORE:
        text = "Every charger that looks at it stays away from then on."
        yield Alarm("bad", f"The certificate of the chargers' port {_ends(door_ends, now)}.", text, "/console/chargers")
    for site in store.stations.sites(operator_id):
        for charger in store.stations.chargers(site.id, Approval.APPROVED):
            yield from _of(charger, now)


def _of(charger: Charger, now: datetime) -> Iterator[Alarm]:
    request, ends, page = charger.certificates.request, charger.way_in.certificate_ends, f"/console/chargers/{quote(charger.id, safe='')}"
    if request is not None and request.state is RequestState.BY_HAND:
        yield Alarm("warn", f"{charger.id} asks for a certificate.", "Have its request signed.", page)
    elif ends is not None and ends - now <= RENEW_BEFORE / 2:
        yield Alarm("warn", f"The certificate of {charger.id} {_ends(ends, now)}.", "It was told to ask for another one.", page)


def _ends(at: datetime, now: datetime) -> str:
    return f"ends on {at:%Y-%m-%d}" if at > now else f"ended on {at:%Y-%m-%d}"
