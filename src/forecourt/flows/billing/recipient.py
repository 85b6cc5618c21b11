"""Whom documents are made out to: a driver, by their own word, or a roaming partner, by the operator's."""

from dataclasses import dataclass, replace
from uuid import UUID

from forecourt.billing import printed_line, vat_number_of
from forecourt.drivers import Driver
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.partners import own_roaming
from forecourt.kernel import DriverId
from forecourt.notices import mail_address


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person or a firm, as it is typed."""

    name: str
    address: str = ""
    vat_number: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", printed_line("name", self.name, 100, required=True))
        object.__setattr__(self, "address", printed_line("address", self.address, 300))
        object.__setattr__(self, "vat_number", vat_number_of(self.vat_number))


def set_recipient(store: Store, driver_id: DriverId, wanted: Recipient) -> Driver:
    """For documents from now on; what was issued stays as it is."""
    after = replace(store.drivers.driver(driver_id), name=wanted.name, address=wanted.address, vat_number=wanted.vat_number)
    store.drivers.put_driver(after)
    return after


def describe_payer(store: Store, by: Staff, partner_id: UUID, wanted: Recipient, email: str) -> Driver:
    """Who pays what a partner's customers charge, for documents from now on. email: where its statements go; empty: nowhere."""
    before = store.drivers.driver(DriverId(own_roaming(store, by, partner_id).id))
    sent_to = mail_address(email) if email.strip() else ""
    after = replace(before, name=wanted.name, address=wanted.address, vat_number=wanted.vat_number, email=sent_to)
    store.drivers.put_driver(after)
    note(store, by, "roaming.payer", partner_id, f"{after.name}, {after.address}, {after.vat_number}, {after.email or 'no e-mail'}")
    return after
