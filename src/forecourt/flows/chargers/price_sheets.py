"""Chargers that calculate costs themselves are sent the prices of their sockets, if the result would equal the bill.

A socket is sent a price only if every price that may apply there can be sent; otherwise somebody would be shown a wrong cost.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_at, price_location
from forecourt.kernel import ChargerId, Ids, SiteId
from forecourt.sessions import Session
from forecourt.stations import (
    Approval,
    Charger,
    ClearSheets,
    Evse,
    OrderResult,
    Outcome,
    PriceSheet,
    SentPriceSheet,
    SetChargeSheet,
    SetSheet,
    Site,
)
from forecourt.tariffs import Buyer, TariffVersion, price_sheet_of, unsupported_terms

_TWO_FEES = "More than one price can apply there and one has a start fee, which a charger adds before it knows whose charge it is."


@dataclass(frozen=True, slots=True)
class SheetOf:
    """The sheet to send for a socket, for drivers without a contract; or why there is none. name: the tariff's."""

    evse: Evse
    sheet: PriceSheet | None
    name: str = ""
    because: tuple[str, ...] = ()


def send_price_sheets(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Send sheets that are missing, and remove outdated ones. Returns how many. A charger without an answer is sent it again next time."""
    site, sent = store.stations.site(site_id), 0
    for charger in store.stations.chargers(site_id, Approval.APPROVED):
        if charger.settings.keeps_prices and charger.connected:
            for one in sheets_of(store, site, charger, at):
                known = store.stations.charger(charger.id) or charger
                sent += _tell(store, known, one, at, ids)
    return sent


def sheets_of(store: Store, site: Site, charger: Charger, at: datetime) -> list[SheetOf]:
    own_evses = [evse for evse in store.stations.evses(site.id) if evse.charger_id == charger.id and evse.retired_at is None]
    return [_sheet_of(store, site, charger, evse, at) for evse in own_evses]


def send_charge_prices(store: Store, session: Session, at: datetime, ids: Ids) -> None:
    """If a driver's price differs from the socket's, have the charger show costs by the driver's."""
    charger = store.stations.charger(session.charger_id)
    if charger is None or session.tariff_version_id is None or not charger.settings.keeps_prices:
        return
    evse = store.stations.evse(session.evse_id)
    sent_sheet, sheet_id = charger.sheet_at(evse.number), _sheet_id(session, evse.number)
    if sent_sheet is None or sent_sheet.refused or sent_sheet.sheet_id == sheet_id:
        return
    sheet = price_sheet_of(store.prices.version(session.tariff_version_id).tariff, sheet_id)
    if sheet is not None:
        enqueue_order(store, charger.id, SetChargeSheet(session.transaction, sheet), at, ids, f"sheet/{session.id}")


def sent_sheet_of(store: Store, session: Session, charger: Charger) -> tuple[bool, bool]:
    """Whether the charger itself calculates a charge's cost; and whether by the price with which the charge began."""
    sheet = charger.sheet_at(store.stations.evse(session.evse_id).number) if charger.settings.keeps_prices else None
    by_itself = sheet is not None and bool(sheet.sheet_id) and not sheet.refused
    return by_itself, sheet is not None and sheet.sheet_id == _sheet_id(session, sheet.evse_number)


def sheet_answered(store: Store, charger_id: ChargerId, order: SetSheet | ClearSheets, result: OrderResult) -> None:
    charger = store.stations.charger(charger_id)
    known = charger.sheet_at(order.evse_number) if charger else None
    if charger is None or known is None or (isinstance(order, SetSheet) and known.sheet_id != order.sheet.id):
        return
    if result.outcome in (Outcome.UNREACHABLE, Outcome.UNANSWERED):
        store.stations.put_charger(charger.with_sheet(order.evse_number, None))
    elif result.outcome in (Outcome.REJECTED, Outcome.UNSUPPORTED):
        refused = replace(known, refused=result.detail or result.outcome.value)
        store.stations.put_charger(charger.with_sheet(order.evse_number, refused))


def _sheet_id(session: Session, number: int) -> str:
    return f"{session.tariff_version_id}/{number}"


def _tell(store: Store, charger: Charger, one: SheetOf, at: datetime, ids: Ids) -> bool:
    known, wanted = charger.sheet_at(one.evse.number), one.sheet.id if one.sheet else ""
    if known is not None and known.sheet_id == wanted:
        return False
    store.stations.put_charger(charger.with_sheet(one.evse.number, SentPriceSheet(one.evse.number, wanted)))
    order = SetSheet(one.evse.number, one.sheet) if one.sheet else ClearSheets(one.evse.number)
    enqueue_order(store, charger.id, order, at, ids, f"sheet/{one.evse.id}/{ids.new(at)}")
    return True


def _sheet_of(store: Store, site: Site, charger: Charger, evse: Evse, at: datetime) -> SheetOf:
    price_now = price_at(store, site, evse.kind, Buyer(), at)
    if price_now is None:
        return SheetOf(evse, None, because=("Drivers without a contract have no price there.",))
    possible = _possible(store, site, evse, at)
    found = tuple(f"{one.tariff.id}: {words}" for one in possible for words in unsupported_terms(one.tariff))
    sheet = price_sheet_of(price_now.version.tariff, f"{price_now.version.id}/{evse.number}")
    if sheet is not None and sheet.by_the_clock and charger.settings.zone != site.zone:
        found = (*found, f"Its prices depend on the time of day, and the charger has not confirmed that its clock is set to {site.zone}.")
    if len(possible) > 1 and any(one.tariff.plan.session.flat for one in possible):
        found = (*found, _TWO_FEES)
    return SheetOf(evse, None if found else sheet, price_now.version.tariff.id, found)


def _possible(store: Store, site: Site, evse: Evse, at: datetime) -> list[TariffVersion]:
    """The versions that apply there now to some driver."""
    location = price_location(store, site, evse.kind)
    keys = {one.tariff for one in store.prices.entries(site.operator_id, site.id) if one.is_valid_at(at) and one.fits(location)}
    versions = [one for key in keys for one in store.prices.versions_of(site.operator_id, key) if one.is_valid_at(at)]
    return sorted(versions, key=lambda one: (one.tariff.id, one.id))
