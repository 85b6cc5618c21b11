"""The site of `takeover.py`: two sockets behind one wire, a price, a driver with a card."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from forecourt.drivers import Driver, PayBy, Token, TokenKind, token_uid
from forecourt.flows.ports import Grant, Store
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SiteId, TariffVersionId
from forecourt.stations import Approval, Charger, Evse, Fact, LimitRow, Message, Operator, Site

OPERATOR, SITE, DRIVER = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), DriverId(UUID(int=3))
CARD = "04BENCH"
TARIFF = {
    "country_code": "DE", "party_id": "FCT", "id": "T", "currency": "EUR", "tax_included": "NO",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}],
}  # fmt: skip


def site(limit_a: float) -> Site:
    place = (Decimal("52.5"), Decimal("13.4"))
    limits = (LimitRow("supply", limit_a, (("B1", 1.0), ("B2", 1.0))),)
    return Site(SITE, OPERATOR, "bench", "Bench", "Weg 1", "DE", "Europe/Berlin", "EUR", *place, limits=limits)


def build(store: Store, at: datetime) -> None:
    store.stations.put_operator(Operator(OPERATOR, "Bench", "Bench GmbH", "DE", "DE1", "Weg 1", "EUR"))
    store.stations.put_site(site(40))
    for number in (1, 2):
        charger_id, evse_id = ChargerId(f"CP{number}"), EvseId(UUID(int=100 + number))
        store.stations.put_charger(Charger(charger_id, Approval.APPROVED, OPERATOR, SITE, connected=True))
        store.stations.put_evse(Evse(evse_id, OPERATOR, SITE, charger_id, 1, f"B{number}", "IEC_62196_T2", "T2-7kW", ("L1",), 230, 32))
        store.plans.put_grant(Grant(evse_id, OPERATOR, SITE, fallback_a=0, fallback_at=at))
    store.drivers.put_driver(Driver(DRIVER, OPERATOR, "Ada Bench", "ada@bench.example", "en", PayBy.ACCOUNT))
    store.drivers.put_token(Token(token_uid(CARD), OPERATOR, DRIVER, TokenKind.RFID))
    publish_tariff(store, Publication(TariffVersionId(UUID(int=5)), SITE, TARIFF, at - timedelta(days=1)))


def message(charger: str, fact: Fact, key: str) -> Message:
    return Message(ChargerId(charger), OPERATOR, SITE, fact.at, type(fact).__name__, fact, key, "{}")
