"""Chargers that lose the fallback they accepted, in the ways listed in decision 172: new firmware, a manual reset, or silently."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from random import Random

from _fault_site import FormerLimits, Socket, version_of

from forecourt.stations import ChargerBooted, OrderResult, Outcome

NOTICED_S = 60  # a link that is lost is noticed by then


class LossSign(Enum):
    """FIRMWARE: it boots with another; RESET: it boots as it was; NONE: nobody is told, as when a profile is cleared at the box."""

    FIRMWARE = "firmware"
    RESET = "reset"
    NONE = "none"


@dataclass(frozen=True)
class Loss:
    """at: seconds of the day. ends: a boot ends the charge that runs; else the charge goes on, without its limit."""

    socket: Socket
    at: float
    sign: LossSign
    ends: bool


def draw_losses(dice: Random, sockets: list[Socket], day_s: float) -> Iterator[Loss]:
    """A third of all that keep profiles, once each."""
    for socket in sockets:
        if socket.delay_s is not None and dice.random() < 0.35:
            yield Loss(socket, dice.uniform(600, day_s - 600), dice.choice(list(LossSign)), dice.random() < 0.5)


def boot_of(loss: Loss, at: datetime) -> ChargerBooted:
    return ChargerBooted(at, version_of(loss.socket.evse), "", "", firmware="2" if loss.sign is LossSign.FIRMWARE else "")


def reported_schedule(socket: Socket, at: float) -> OrderResult:
    """What it says that it gives."""
    return OrderResult(Outcome.ACCEPTED, "A", (("0", str(socket.offers_a(at))),))


def lose_fallback(socket: Socket, sign: LossSign) -> None:
    """What it was told for all charges; as it boots, what it was told for this one as well."""
    fallback = socket.fallback or (socket.before.fallback if socket.before else (0, 0))
    if sign is LossSign.NONE:
        socket.before = FormerLimits(fallback)
    else:
        socket.before, socket.until = FormerLimits(fallback, socket.limit_a, socket.until), -math.inf
    socket.fallback, socket.loss_reported = None, False


def knowable_a(socket: Socket, at: float, grace_s: float) -> float:
    """What it draws, as far as the server can know: a loss it was told nothing of, and for as long as the others need to make room."""
    return socket.draws_a(at, socket.before) if socket.before is not None and _is_unknown(socket, at, grace_s) else socket.draws_a(at)


def _is_unknown(socket: Socket, at: float, grace_s: float) -> bool:
    if socket.fallback is not None:
        return at - socket.booted_at < grace_s
    if socket.linked:
        return at - max(socket.linked_at, -math.inf if socket.loss_reported else socket.begun_at) < grace_s
    return not socket.loss_reported or at - socket.lost_at < NOTICED_S + grace_s
