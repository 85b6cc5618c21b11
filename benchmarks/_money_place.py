"""The site of a small world of money: one charger with a socket for each driver, and how each of them pays."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from forecourt.drivers import Driver, PayBy, Token, TokenKind
from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, PriceEntryId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.sessions import ChargeRecord
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Operator, Site, Socket, StopReason
from forecourt.tariffs import Phase, PhaseState, PriceEntry, tariff_version

BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOST = "host"
OPERATOR, SITE, VERSION = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), TariffVersionId(UUID(int=7))


def evse_of(number: int) -> EvseId:
    return EvseId(UUID(int=100 + number))


def build_place(store: Store, drivers: Sequence[DriverId], currency: str) -> None:
    store.stations.put_operator(Operator(OPERATOR, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", currency))
    where = (Decimal("52.5"), Decimal("13.4"))
    store.stations.put_site(
        Site(SITE, OPERATOR, "test", "Test", "Weg 1", "DE", "Europe/Berlin", currency, *where, host_shares=((HOST, Decimal(10)),))
    )
    for number, driver_id in enumerate(drivers):
        charger = ChargerId(f"CP{number}")
        store.stations.put_charger(Charger(charger, Approval.APPROVED, OPERATOR, SITE, connected=True))
        evse = Evse(evse_of(number), OPERATOR, SITE, charger, 1, f"B{number}", "IEC_62196_T2", "T2", ("L1",), 230, 32)
        store.stations.put_evse(evse)
        store.stations.put_socket(Socket(evse.id, ConnectorState.AVAILABLE, at=BEGIN))
        method = ("pm_card", "pm_account", "pm_broke", "pm_declined", "pm_purse", "pm_lean", "")[number]
        pay_by = PayBy.ACCOUNT if number == 1 else PayBy.CARD if number < 4 else PayBy.WALLET
        store.drivers.put_driver(Driver(driver_id, OPERATOR, f"D{number}", f"d{number}@x.example", "en", pay_by, method))
        store.drivers.put_token(Token(TokenUid(f"APP{number}"), OPERATOR, driver_id, TokenKind.APP))
    parts = [{"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1}, {"type": "ENERGY", "price": 0.4321, "vat": 7, "step_size": 1}]
    unused = {"price_components": [{"type": "FLAT", "price": 2, "vat": 19, "step_size": 1}]}
    elements = [{**unused, "restrictions": {"reservation": "RESERVATION_EXPIRES"}}, {"price_components": parts}]
    head = {"country_code": "DE", "party_id": "FCT", "id": "T", "currency": currency, "tax_included": "NO"}
    source = {**head, "elements": elements}
    version = tariff_version(source, VERSION, OPERATOR, SITE, BEGIN - timedelta(days=30))
    store.prices.put_version(version)
    store.prices.put_entry(PriceEntry(PriceEntryId(version.id), OPERATOR, SITE, version.key, "Price", version.valid_from))


def charge_of(number: int, driver_id: DriverId, session_id: SessionId, at: datetime, wh: int) -> ChargeRecord:
    """An hour at the socket of the driver of that number."""
    return ChargeRecord(
        session_id=session_id,
        operator_id=OPERATOR,
        site_id=SITE,
        evse_id=evse_of(number),
        charger_id=ChargerId(f"CP{number}"),
        transaction=str(session_id),
        started_at=at - timedelta(hours=1),
        ended_at=at,
        token=TokenUid("CARD"),
        driver_id=driver_id,
        tariff_version_id=VERSION,
        booking_id=None,
        meter_start_wh=0,
        meter_stop_wh=wh,
        energy_wh=wh,
        phases=(Phase(PhaseState.CHARGING, at - timedelta(hours=1), at, wh),),
        reason=StopReason.DRIVER,
    )
