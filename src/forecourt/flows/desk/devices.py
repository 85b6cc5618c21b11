"""Browsers on which a driver gets push notifications."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, Ids, NotFound
from forecourt.notices import Device, one_line

MAX_DEVICES = 10
# 65 and 16 bytes, base64url without padding.
_KEYS = {"p256dh": re.compile(r"[A-Za-z0-9_-]{87}"), "auth": re.compile(r"[A-Za-z0-9_-]{22}")}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as given by a browser (W3C Push API). label: the driver's name for the browser."""

    endpoint: str
    p256dh: str
    auth: str
    label: str = ""


def add_device(store: Store, driver_id: DriverId, subscription: Subscription, at: datetime, ids: Ids) -> Device:
    """Repeating it does not add the browser again. Raises BadInput for what no browser would send."""
    for name, shape in _KEYS.items():
        if not shape.fullmatch(getattr(subscription, name)):
            raise BadInput(name, "That is not a browser’s key.", "Reload the page and try again.")
    if not _may_be_called(subscription.endpoint):
        raise BadInput("endpoint", "That is not a push service’s address.", "Reload the page and try again.")
    devices = store.notices.devices_of(driver_id)
    known = next((one for one in devices if one.endpoint == subscription.endpoint), None)
    if known is None and len(devices) >= MAX_DEVICES:
        raise Conflict("many_devices", "You already get notifications on {most} devices.", "Remove one first.", most=MAX_DEVICES)
    label = one_line(subscription.label)[:60] or "A browser"
    operator_id = store.drivers.driver(driver_id).operator_id
    keys = (subscription.endpoint, subscription.p256dh, subscription.auth, label)
    device = Device(known.id if known else ids.new(at), operator_id, driver_id, *keys, known.made_at if known else at)
    store.notices.put_device(device)
    return device


def remove_device(store: Store, driver_id: DriverId, device_id: UUID) -> None:
    """Raises NotFound for someone else's device."""
    if device_id not in {one.id for one in store.notices.devices_of(driver_id)}:
        raise NotFound("device", "You have no such device.", "Your devices are listed under Messages.")
    store.notices.drop_device(device_id)


def _may_be_called(endpoint: str) -> bool:
    """Checks its form only; where it leads is checked when it is called."""
    try:
        parts = urlsplit(endpoint)
        has_host = bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return False
    is_printable = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    return has_host and is_printable and parts.scheme == "https" and len(endpoint) <= 1000
