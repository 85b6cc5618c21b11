"""Whom a driver's receipts are made out to, by the driver's own word."""

from dataclasses import dataclass, replace

from forecourt.billing import printed_line, vat_number_of
from forecourt.drivers import Driver
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId


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
