"""The demo network: a real garage, its limits, a price, and a driver for every recorded session."""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from uuid import UUID, uuid5

from forecourt.assembly.secrets import hash_charger_secret, hash_password, key_digest
from forecourt.drivers import Account, Driver, PayBy, Role, SignIn, Token, TokenKind, token_uid
from forecourt.flows.ports import Grant, Store, Transactions
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import BadInput, ChargerId, DriverId, EvseId, OperatorId, SiteId, TariffVersionId
from forecourt.simulation import SiteSpec, StationSpec
from forecourt.stations import (
    NOTHING_SAID,
    Approval,
    Charger,
    Evse,
    LimitRow,
    Obedience,
    Operator,
    Protocol,
    PublicFacts,
    Site,
)
from forecourt.tariffs import parse_tariff

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-de30000000aa")
_DRIVER_ACCOUNT = uuid5(_NAMESPACE, "account/driver")
COLUMNS = 9
OPERATOR_EMAIL, OPERATOR_PASSWORD = "operator@forecourt.example", "forecourt-demo"
DRIVER_EMAIL, DRIVER_PASSWORD = "driver@forecourt.example", "forecourt-demo"
FIRST_NAMES = (
    "Ada",
    "Ben",
    "Chloe",
    "Dan",
    "Elif",
    "Finn",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Luis",
    "Mara",
    "Noor",
    "Otto",
    "Pia",
)
LAST_NAMES = ("Abe", "Brandt", "Costa", "Diaz", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jansen", "Khan", "Lopez", "Meyer", "Novak")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the simulated world needs to communicate with the network. secret: every password and card is derived from it."""

    secret: bytes

    def charger_password(self, charger_id: str) -> str:
        """32 hexadecimal characters, within what OCPP 1.6 (40) and 2.0.1 (40) allow."""
        return self._derived("charger", charger_id)[:32]

    def api_key(self, ref: str) -> str:
        return self._derived("driver", ref)

    def card(self, ref: str) -> str:
        """The text of an RFID card: 14 hexadecimal characters (a 7-byte UID)."""
        return self._derived("card", ref)[:14].upper()

    def _derived(self, kind: str, name: str) -> str:
        return hmac.new(self.secret, f"{kind}/{name}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class _Place:
    """The location of a garage; a site plan contains only its name."""

    name: str
    address: str
    latitude: Decimal = Decimal(0)
    longitude: Decimal = Decimal(0)
    region: str = ""
    facts: PublicFacts = NOTHING_SAID


_CALTECH = _Place(
    "Caltech Garage",
    "California Parking Garage, Pasadena, CA 91125",
    Decimal("34.134"),
    Decimal("-118.126"),
    "US-CA",
    PublicFacts("+1 626 555 0142", attended=False),
)


def operator_id() -> OperatorId:
    return OperatorId(uuid5(_NAMESPACE, "operator"))


_OPERATOR = Operator(
    id=operator_id(),
    name="Forecourt Demo",
    legal_name="Forecourt Demo Charging LLC",
    country="US",
    vat_number="95-0000000",
    address="1200 E California Blvd, Pasadena, CA 91125",
    currency="USD",
    zone="America/Los_Angeles",
)


def site_id(slug: str) -> SiteId:
    return SiteId(uuid5(_NAMESPACE, f"site/{slug}"))


def build_network(store: Store, spec: SiteSpec, limit_kw: float | None, credentials: Credentials, at: datetime) -> Site:
    """Create the operator, the site with its limits, chargers with their secrets, the price and two people to sign in as.

    The site has been commissioned: every socket has passed its acceptance test, as the simulated ones do, so no power is reserved for
    tests.
    """
    place = _CALTECH if spec.slug == "caltech" else _Place(spec.name, spec.name)
    source = spec.tariff or (files("forecourt.assembly") / "demo_tariff.json").read_text()
    tariff = parse_tariff(source)
    operator = replace(_OPERATOR, currency=tariff.currency, zone=spec.zone)
    if spec.tariff:  # in that case it is sold in the tariff's country
        operator = replace(operator, country=_country(source), vat_number="", address=place.address)
    region = place.region if place.region.startswith(f"{operator.country}-") else ""
    site = Site(
        id=site_id(spec.slug),
        operator_id=operator.id,
        slug=spec.slug,
        name=place.name,
        address=place.address,
        country=operator.country,
        zone=spec.zone,
        currency=operator.currency,
        latitude=place.latitude,
        longitude=place.longitude,
        limits=tuple(LimitRow(row.name, row.limit_a, row.weights) for row in spec.rows_at(limit_kw)),
        limit_w=round(1000 * (limit_kw or spec.transformer_kw)),
        host_shares=(("campus-garage", Decimal("12.5")),),
        region=region,
        facts=place.facts,
    )
    store.stations.put_operator(operator)
    store.stations.put_site(site)
    for index, station in enumerate(spec.stations):
        charger_id = ChargerId(station.id)
        store.stations.put_charger(
            Charger(charger_id, Approval.APPROVED, operator.id, site.id, Protocol(station.protocol), vendor="Forecourt", model="Simulated")
        )
        evse = _evse(site, spec, index)
        store.stations.put_evse(evse)
        store.plans.put_grant(Grant(evse.id, operator.id, site.id, obeys=Obedience.OBEYS, prompt=True))
    reset_chargers(store, spec, credentials)
    _publish_price(store, site, source, at)
    _add_people(store, at)
    return site


def _country(source: str) -> str:
    """The country where a tariff is sold, from its OCPI. Raises BadInput: laws and tax depend on it."""
    code = str(json.loads(source).get("country_code", ""))
    if not re.fullmatch("[A-Z]{2}", code):
        raise BadInput("tariff_country", "The tariff names no country.", 'Write it like "country_code": "DE".')
    return code


def reset_chargers(store: Store, spec: SiteSpec, credentials: Credentials) -> None:
    """Simulated chargers start as new each time: whatever password they were sent before, they use the first one, and they have
    forgotten their fallback, which a real one keeps."""
    for station in spec.stations:
        store.stations.put_secret_hash(ChargerId(station.id), hash_charger_secret(credentials.charger_password(station.id)))
    for grant in store.plans.grants(site_id(spec.slug)).values():
        store.plans.put_grant(replace(grant, fallback_a=None, fallback_after_s=0))


def all_have_fallback(transactions: Transactions, site: SiteId) -> bool:
    """Whether every charger has accepted the fallback sent to it after boot, and no orders to chargers are under way."""
    with transactions.begin() as store:
        grants = store.plans.grants(site)
        have_fallback = all(
            (grant := grants.get(evse.id)) is not None and grant.fallback_a is not None for evse in store.stations.evses(site)
        )
        return have_fallback and not store.outbox.open_items("charger", limit=1)


def _evse(site: Site, spec: SiteSpec, index: int) -> Evse:
    station = spec.stations[index]
    return Evse(
        id=EvseId(uuid5(_NAMESPACE, f"evse/{spec.slug}/{station.id}")),
        operator_id=site.operator_id,
        site_id=site.id,
        charger_id=ChargerId(station.id),
        number=1,
        label=station.id,
        standard=f"IEC_62196_T{_type(station)}",
        kind=_kind(station),
        phases=station.phases,
        voltage_v=station.voltage_v,
        max_a=station.max_a,
        phase_deg=station.phase_deg,
        allowed_a=station.allowed_a,
        bay_x=float(index % COLUMNS) * 2.7,
        bay_y=float(index // COLUMNS) * 6.0,
    )


def _type(station: StationSpec) -> int:
    """Type 2 is the connector for three phases."""
    return 2 if station.loads == 3 else 1


def _kind(station: StationSpec) -> str:
    power_kw = station.voltage_v * station.max_a * station.loads / 1000
    return f"Type {_type(station)} {round(power_kw, 1 if power_kw < 10 else 0):g} kW"


def _publish_price(store: Store, site: Site, source: str, at: datetime) -> None:
    version_id = TariffVersionId(uuid5(_NAMESPACE, f"tariff/{site.slug}"))
    publish_tariff(store, Publication(version_id, site.id, json.loads(source), at - timedelta(days=1), name="Standard"))


def _add_people(store: Store, at: datetime) -> None:
    """A person on the operator's staff, and a driver with a stored card and an RFID card, for visitors of the demo."""
    store.drivers.put_account(
        Account(uuid5(_NAMESPACE, "account/operator"), operator_id(), OPERATOR_EMAIL, Role.OPERATOR, hash_password(OPERATOR_PASSWORD))
    )
    driver_id = DriverId(uuid5(_NAMESPACE, "driver/demo"))
    driver = Driver(driver_id, operator_id(), "Robin Demo", DRIVER_EMAIL, "en", PayBy.CARD, "pm_demo")
    store.drivers.put_driver(driver)
    store.drivers.put_token(Token(token_uid("APPDEMO"), operator_id(), driver_id, TokenKind.APP, label="App"))
    store.drivers.put_account(Account(_DRIVER_ACCOUNT, operator_id(), DRIVER_EMAIL, Role.DRIVER, hash_password(DRIVER_PASSWORD), driver_id))


def add_drivers(store: Store, refs: Sequence[str], credentials: Credentials, at: datetime) -> None:
    """A driver for every recorded session: alternately one with an RFID card on account, and one with the app and a payment card.

    ref: identifies the recorded session; its driver, card and API key are derived from it.
    """
    for index, ref in enumerate(refs):
        name = f"{FIRST_NAMES[index % len(FIRST_NAMES)]} {LAST_NAMES[index // len(FIRST_NAMES) % len(LAST_NAMES)]}"
        driver_id = DriverId(uuid5(_NAMESPACE, f"driver/{ref}"))
        email = f"driver-{driver_id.hex[:12]}@forecourt.example"
        driver = Driver(
            driver_id, operator_id(), name, email, "en", PayBy.CARD if uses_app(index) else PayBy.ACCOUNT, f"pm_{driver_id.hex[:12]}"
        )
        store.drivers.put_driver(driver)
        app = Token(token_uid("APP" + driver_id.hex[:17]), operator_id(), driver_id, TokenKind.APP, label="App")
        card = Token(token_uid(credentials.card(ref)), operator_id(), driver_id, TokenKind.RFID, label="Card")
        store.drivers.put_token(app)
        store.drivers.put_token(card)
        account = Account(uuid5(_NAMESPACE, f"account/{ref}"), operator_id(), email, Role.DRIVER, "", driver_id)
        store.drivers.put_account(account)
        digest = key_digest(credentials.api_key(ref))
        store.drivers.put_sign_in(SignIn(digest, account.id, at, at + timedelta(days=3650), api=True, label="Simulated phone"))


def add_simulated_phone(store: Store, credentials: Credentials, at: datetime) -> None:
    """A simulated phone acts for the demo's driver, so that anyone who signs in as the driver finds charges and receipts."""
    digest = key_digest(credentials.api_key(DRIVER_EMAIL))
    store.drivers.put_sign_in(SignIn(digest, _DRIVER_ACCOUNT, at, at + timedelta(days=3650), api=True, label="Simulated phone"))


def uses_app(index: int) -> bool:
    return index % 2 == 1
