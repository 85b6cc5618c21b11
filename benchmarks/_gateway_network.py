"""A network for the load: operators' sites of fifty chargers, with one driver and card per charger."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from _gateway_load import card_of
from argon2 import PasswordHasher

from forecourt.drivers import Driver, PayBy, Token, TokenKind, token_uid
from forecourt.flows.ports import Grant, Store
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SiteId, TariffVersionId
from forecourt.stations import Approval, Charger, Evse, LimitRow, Operator, Site
from forecourt.store import PostgresTransactions, migrate

PASSWORD = "0123456789abcdef0123456789abcdef"
A_SITE = 50
MAX_A = 32
SPACE = UUID("0192e4a0-0000-7000-8000-be0000000000")
OPERATOR = OperatorId(uuid5(SPACE, "operator"))


def names(count: int) -> list[str]:
    return [f"B{number:05d}" for number in range(count)]


def build(url: str, count: int) -> None:
    """The whole network, approved, with a price."""
    migrate(url)
    at = datetime.now(UTC)
    # One hash for all: what is measured is that the gateway verifies it for each.
    secret_hash = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash(PASSWORD)
    with PostgresTransactions(url) as transactions:
        with transactions.begin() as store:
            store.stations.put_operator(Operator(OPERATOR, "Bench", "Bench Charging LLC", "US", "95-0000000", "1 Test Street", "USD"))
        chargers = names(count)
        for first in range(0, count, A_SITE):
            with transactions.begin() as store:
                _site(store, first // A_SITE, chargers[first : first + A_SITE], at, secret_hash)


def _site(store: Store, number: int, chargers: Sequence[str], at: datetime, secret_hash: str) -> None:
    site = Site(
        id=SiteId(uuid5(SPACE, f"site/{number}")),
        operator_id=OPERATOR,
        slug=f"bench-{number}",
        name=f"Bench {number}",
        address="1 Test Street",
        country="US",
        zone="America/Los_Angeles",
        currency="USD",
        latitude=Decimal("34.1"),
        longitude=Decimal("-118.1"),
        # Enough for all: the load draws its 16 A whatever it is sent, and would else be refused once a meter shows that.
        limits=(LimitRow("main", float(A_SITE * MAX_A), tuple((name, 1.0) for name in chargers)),),
    )
    store.stations.put_site(site)
    tariff = {
        "country_code": "US",
        "party_id": "BEN",
        "id": "BENCH",
        "currency": "USD",
        "tax_included": "NO",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.34, "vat": 10.25, "step_size": 1}]}],
    }
    publish_tariff(store, Publication(TariffVersionId(uuid5(SPACE, f"tariff/{number}")), site.id, tariff, at - timedelta(days=1)))
    for name in chargers:
        _charger(store, site, name, secret_hash)


def _charger(store: Store, site: Site, name: str, secret_hash: str) -> None:
    charger_id = ChargerId(name)
    store.stations.put_charger(Charger(charger_id, Approval.APPROVED, OPERATOR, site.id, firmware="1"))
    store.stations.put_secret_hash(charger_id, secret_hash)
    evse_id = EvseId(uuid5(SPACE, f"evse/{name}"))
    store.stations.put_evse(Evse(evse_id, OPERATOR, site.id, charger_id, 1, name, "IEC_62196_T1", "J1772", ("L1", "L2"), 208, MAX_A))
    store.plans.put_grant(Grant(evse_id, OPERATOR, site.id, fallback_a=MAX_A))  # as any that has come up before
    driver_id = DriverId(uuid5(SPACE, f"driver/{name}"))
    store.drivers.put_driver(Driver(driver_id, OPERATOR, "Ada Bench", f"{name}@bench.example", "en", PayBy.ACCOUNT))
    store.drivers.put_token(Token(token_uid(card_of(name)), OPERATOR, driver_id, TokenKind.RFID))
