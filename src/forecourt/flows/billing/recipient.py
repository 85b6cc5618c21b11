"""The recipient on documents: a driver, who enters it, or a roaming partner, entered by the operator."""

from dataclasses import dataclass, replace
from uuid import UUID

from forecourt.billing import country_code, in_union, is_vat_number_of, printable_address, printable_line, vat_number_of
from forecourt.drivers import Driver, PartnerTax, RoamingPartner
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.partners import own_roaming_partner
from forecourt.kernel import Conflict, DriverId
from forecourt.notices import mail_address


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person or company, as entered. A company, which has a VAT number, has an address. country: of the address
    (ISO 3166-1 alpha-2); empty: not stated."""

    name: str
    address: str = ""
    vat_number: str = ""
    order: str = ""
    country: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", printable_line("name", self.name, 100, required=True))
        object.__setattr__(self, "vat_number", vat_number_of(self.vat_number, country_code(self.country)))
        object.__setattr__(self, "address", printable_address(self.address, self.vat_number))
        object.__setattr__(self, "country", country_code(self.country))
        object.__setattr__(self, "order", printable_line("order", self.order, 40))


def set_recipient(store: Store, driver_id: DriverId, wanted: Recipient) -> Driver:
    """Change the recipient for future documents."""
    before = store.drivers.driver(driver_id)
    after = replace(
        before, name=wanted.name, address=wanted.address, country=wanted.country, vat_number=wanted.vat_number, order=wanted.order
    )
    store.drivers.put_driver(after)
    return after


def set_partner_tax(store: Store, by: Staff, partner_id: UUID, wanted: PartnerTax) -> RoamingPartner:
    """Set how the partner's charges are taxed on future documents, by day of supply.

    Raises Conflict for a dealer if a number required on its documents is missing, or the seller's tax law is not known here.
    """
    before = own_roaming_partner(store, by, partner_id)
    partner = replace(store.roaming.lock_partner(partner_id) or before, tax=wanted)
    if wanted.dealer_since is not None:
        _check_dealer(store, by, wanted, store.drivers.driver(DriverId(partner.id)).vat_number)
    store.roaming.put_partner(partner)
    since = f"dealer since {wanted.dealer_since}" if wanted.dealer_since else "no dealer"
    summary = f"{partner.name}: {wanted.country or 'no country'}, {since}{', also at home' if wanted.at_home else ''}"
    note(store, by, "roaming.tax", partner.id, summary)
    return partner


def _check_dealer(store: Store, by: Staff, wanted: PartnerTax, vat_number: str) -> None:
    operator = store.stations.operator(by.operator_id)
    if not in_union(operator.country):
        raise Conflict(
            "tax_seller", f"The rules for dealers in {operator.country} are unknown here.", "Tax is charged as set in the tariff."
        )
    if not is_vat_number_of(operator.vat_number, operator.country):
        raise Conflict("tax_seller", f"Such bills must show your own VAT number of {operator.country}.", "Enter it under Company.")
    if in_union(wanted.country) and not is_vat_number_of(vat_number, wanted.country):
        text = f"The partner has no VAT number of {wanted.country}."
        raise Conflict("tax_buyer", text, "Enter it under “Billing details”.")


def set_partner_billing(store: Store, by: Staff, partner_id: UUID, wanted: Recipient, email: str) -> Driver:
    """Set the payer of a partner's customers' charges for future documents. email: for its statements; empty: none are sent."""
    partner = own_roaming_partner(store, by, partner_id)
    before = store.drivers.driver(DriverId(partner.id))
    if partner.tax.dealer_since and wanted.vat_number != before.vat_number:
        _check_dealer(store, by, partner.tax, wanted.vat_number)
    sent_to = mail_address(email) if email.strip() else ""
    after = replace(before, name=wanted.name, address=wanted.address, vat_number=wanted.vat_number, email=sent_to)
    store.drivers.put_driver(after)
    note(store, by, "roaming.payer", partner_id, f"{after.name}, {after.address}, {after.vat_number}, {after.email or 'no e-mail'}")
    return after
