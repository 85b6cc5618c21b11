"""The parties of a document and whether tax is charged, as of its issue."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from forecourt.billing import Exemption, Parties, Party, UsedBy, VatRelief, dealer_vat_relief
from forecourt.drivers import Driver, PayBy, RoamingPartner
from forecourt.flows.desk.fleet_payers import fleet_payer
from forecourt.flows.desk.fleets import card_label, fleet_membership
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, OperatorId, TokenUid
from forecourt.stations import Operator, Site


@dataclass(frozen=True, slots=True)
class Supply:
    """The local day on which something was supplied. energy: electricity; else a service, for which no country reverses the tax at home."""

    day: date
    energy: bool = True


def supplied_on(at: datetime, site: Site, energy: bool = True) -> Supply:
    return Supply(at.astimezone(ZoneInfo(site.zone)).date(), energy)


def parties(
    store: Store,
    operator_id: OperatorId,
    driver: Driver,
    supply: Supply | None = None,
    used_at: datetime | None = None,
    shown: TokenUid | None = None,
) -> Parties:
    """The operator sells to the driver, or to the roaming partner whose customer the driver is, with their present details. supply: what
    the document is about, if the partner may owe its tax. used_at: if the driver was on account in a fleet then, the fleet's payer is
    the buyer. shown: the token used to charge."""
    operator, partner = store.stations.operator(operator_id), _partner(store, driver)
    driver = store.drivers.driver(DriverId(partner.id)) if partner else driver
    used_by = _used_by(store, driver, used_at, shown) if used_at and not partner else None
    language, pays_by = driver.language, PayBy.ACCOUNT if used_by else driver.pay_by
    driver = store.drivers.driver(used_by.payer_id) if used_by else driver
    country = partner.tax.country if partner else driver.country
    # A guest's document has its own word for one. A partner has no account here either, but has a name and pays monthly.
    name = "" if driver.guest and driver.pay_by is not PayBy.ACCOUNT else driver.name
    buyer = Party(name, driver.address, country, driver.vat_number, driver.email, driver.order)
    exemption = Exemption(VatRelief.EXEMPT, operator.vat_exemption) if operator.vat_exemption else None
    if exemption is None and partner and supply and partner.tax.deals_on(supply.day):
        relief = dealer_vat_relief(seller(operator), buyer, partner.tax.at_home and supply.energy)
        exemption = Exemption(relief) if relief else None
    return Parties(seller(operator), buyer, language, exemption, pays_by, used_by, store.dunning.rules(operator_id).due_days)


def _used_by(store: Store, driver: Driver, at: datetime, shown: TokenUid | None) -> UsedBy | None:
    payer = fleet_payer(store, driver.id, at)
    if payer is None:
        return None
    stay = fleet_membership(store, driver.operator_id, driver.id, at)
    known = store.drivers.token(driver.operator_id, shown) if shown else None
    card = known.held_by(driver.id) if known else None
    centre = (card.cost_centre if card else "") or (stay.cost_centre if stay else "")
    return UsedBy(payer.id, driver.name, driver.email, centre, card_label(card))


def _partner(store: Store, driver: Driver) -> RoamingPartner | None:
    return store.roaming.partner(driver.roaming_partner_id) if driver.roaming_partner_id else None


def seller(operator: Operator) -> Party:
    return Party(operator.legal_name, operator.address, operator.country, operator.vat_number)
