"""Sends orders to the gateway that holds a charger's socket."""

from forecourt.assembly.parts import Parts
from forecourt.bus import BusDown, HolderFailed, NoAnswer, NoHolder
from forecourt.gateway import OrderCourier


def courier_of(parts: Parts) -> OrderCourier:
    return OrderCourier(parts.bus.request, unreachable=(NoHolder, BusDown), unanswered=(NoAnswer, HolderFailed))
