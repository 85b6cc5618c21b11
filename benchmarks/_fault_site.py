"""The site of one random day with faults: its chargers as they really behave, its cars, and what is known about them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from forecourt.drivers import Driver, PayBy, Token, TokenKind, token_uid
from forecourt.flows.ports import Grant, Store
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SiteId, TariffVersionId
from forecourt.planning import Plan, Problem, Solver
from forecourt.stations import Approval, Charger, Evse, Fact, Obedience, Operator, Protocol, Sharing, Site

MORNING = datetime(2026, 6, 1, 6, tzinfo=UTC)
OPERATOR, SITE = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
TARIFF = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "DAY",
    "currency": "EUR",
    "tax_included": "NO",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}],
}


class Killable:
    """The solver; a kill ends the planner after its answer was found and before it was kept."""

    took_ms = None

    def __init__(self) -> None:
        self._solver, self.killed = Solver(), False

    def plan(self, problem: Problem) -> Plan:
        plan = self._solver.plan(problem)
        if self.killed:
            raise KilledError
        return plan


class KilledError(Exception):
    pass


@dataclass
class Car:
    """wakes: when it begins to draw at all."""

    need_wh: float
    most_a: float
    wakes: float
    took_wh: float = 0.0

    def takes_a(self, at: float) -> float:
        if at < self.wakes or self.took_wh >= self.need_wh:
            return 0.0
        return max(6.0, self.most_a * (1.0 if self.took_wh < 0.9 * self.need_wh else 0.4))


@dataclass(frozen=True)
class FormerLimits:
    """fallback: as of a socket. limit_a, until: of the charge that runs."""

    fallback: tuple[int, int]
    limit_a: float = 0.0
    until: float = -math.inf


@dataclass
class Socket:
    """A charger with one socket. delay_s: from accepting a limit to obeying it; None: it never does."""

    evse: Evse
    delay_s: float | None
    linked: bool = True
    linked_at: float = -1e9
    lost_at: float = -1e9
    limit_a: float = 0.0
    until: float = -math.inf  # when that ends; then it offers its fallback
    fallback: tuple[int, int] | None = (0, 0)  # amps, from so many seconds of a charge on; None: lost
    before: FormerLimits | None = None  # what it kept until it lost it
    booted_at: float = -math.inf
    loss_reported: bool = False  # by a boot, or by a reading of a charge that nothing held
    loss_measured: bool = False  # such a reading was taken, and is not told yet
    pending_boot: Callable[[], None] | None = None  # it has come up, and is still out of contact
    begun_at: float = 0.0
    transaction: str | None = None
    car: Car | None = None
    wh: float = 1000.0
    waiting: list[Fact] = field(default_factory=list)
    begun: int = 0
    clock_s: float = 0.0
    obeyed_at: float = 0.0  # when the last order takes effect

    def draws_a(self, at: float, kept: FormerLimits | None = None) -> float:
        """kept: as if it still had that."""
        if self.car is None or self.transaction is None:
            return 0.0
        offer = self.offers_a(at, kept)
        return min(offer, self.car.takes_a(at)) if offer >= 6 else 0.0

    def offers_a(self, at: float, kept: FormerLimits | None = None) -> float:
        if self.delay_s is None:
            return float(self.evse.max_a)
        if at < self.until:
            return self.limit_a
        if kept is not None and at < kept.until:
            return kept.limit_a
        if (fallback := kept.fallback if kept is not None else self.fallback) is None:
            return float(self.evse.max_a)
        amps, after_s = fallback
        return amps if at >= self.begun_at + after_s else 0.0


@dataclass(frozen=True)
class Terms:
    """What a day is played under; the options of `faults.py`."""

    untested: bool = False
    fresh: bool = False
    strict: bool = False
    lost_h: float = 1.0
    delay_s: int = 0
    allowed: bool = False
    losing: bool = False


def draw_sockets(dice: Random) -> list[Socket]:
    number, three = dice.randint(6, 12), dice.random() < 0.5
    sockets = []
    for n in range(1, number + 1):
        phases = ("L1", "L2", "L3") if three and dice.random() < 0.4 else (dice.choice(("L1", "L2", "L3")),) if three else ("L1",)
        evse = Evse(EvseId(UUID(int=100 + n)), OPERATOR, SITE, ChargerId(f"CP{n}"), 1, f"B{n}", "IEC_62196_T2", "T2", phases, 230, 32)
        chance = dice.random()
        delay = None if chance < 0.05 else dice.uniform(20, 120) if chance < 0.1 else dice.uniform(0, 3)
        sockets.append(Socket(evse, delay))
    return sockets


def version_of(evse: Evse) -> Protocol:
    """Of two chargers one speaks OCPP 1.6."""
    return Protocol.OCPP16 if int(evse.label[1:]) % 2 else Protocol.OCPP201


def store_site(store: Store, sockets: list[Socket], terms: Terms, chance: Random) -> None:
    store.stations.put_operator(Operator(OPERATOR, "Day", "Day GmbH", "DE", "DE123456789", "Weg 1", "EUR"))
    place = (Decimal("52.5"), Decimal("13.4"))
    site = Site(SITE, OPERATOR, "day", "Day", "Weg 1", "DE", "Europe/Berlin", "EUR", *place)
    store.stations.put_site(replace(site, strict_commissioning=terms.strict, sharing=Sharing(random_delay_s=terms.delay_s)))
    driver = DriverId(UUID(int=3))
    store.drivers.put_driver(Driver(driver, OPERATOR, "Ada", "ada@x.example", "en", PayBy.ACCOUNT, "pm"))
    store.drivers.put_token(Token(token_uid("04CARD"), OPERATOR, driver, TokenKind.RFID))
    for socket in sockets:
        evse = socket.evse
        charger = Charger(evse.charger_id, Approval.APPROVED, OPERATOR, SITE, version_of(evse), connected=True, clock_right=True)
        store.stations.put_charger(replace(charger, booted_at=MORNING - timedelta(hours=2)))
        store.stations.put_evse(evse)
        socket.clock_s = chance.uniform(-60, 60)
        obeys = _test_outcome(socket, terms, chance)
        disobeyed, prompt = 3 if obeys is Obedience.IGNORES else 0, obeys is Obedience.OBEYS
        store.plans.put_grant(Grant(evse.id, OPERATOR, SITE, disobeyed=disobeyed, obeys=obeys, prompt=prompt))
    publish_tariff(store, Publication(TariffVersionId(UUID(int=5)), SITE, TARIFF, MORNING - timedelta(days=30)))


def _test_outcome(socket: Socket, terms: Terms, chance: Random) -> Obedience:
    """What its acceptance test said."""
    if terms.fresh or (terms.untested and (socket.delay_s is None or chance.random() < 0.2)):
        return Obedience.UNTESTED
    if socket.delay_s is None:
        return Obedience.IGNORES
    return Obedience.LATE if socket.delay_s > 3 else Obedience.OBEYS
