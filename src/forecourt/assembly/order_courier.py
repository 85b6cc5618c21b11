"""Sends orders to the gateway that holds a charger's socket."""

from forecourt.assembly.parts import Parts
from forecourt.bus import BusDown, HolderFailed, NoAnswer, NoOneHolds
from forecourt.gateway import OrderCourier


def courier_of(parts: Parts) -> OrderCourier:
    return OrderCourier(parts.bus.ask, unreachable=(NoOneHolds, BusDown), unanswered=(NoAnswer, HolderFailed))
