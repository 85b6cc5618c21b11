"""Change a partner's details, pause its offers, and end the partnership."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from forecourt.billing import printable_line, vat_number_of
from forecourt.flows.billing import issue_statement_now
from forecourt.flows.desk.account_notices import warn_of_partner_address
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.driver_accounts import normalise_email
from forecourt.flows.desk.operator_scope import partner_for_update
from forecourt.flows.offers.partner_offers import save_partner
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict
from forecourt.offers import Partner
from forecourt.settlement import Statement
from forecourt.stations import Site

_MAX_CHARS = {"name": 80, "address": 200, "country": 2}


@dataclass(frozen=True, slots=True)
class PartnerDetails:
    """The details as entered. email: for statements; empty = none sent. Staff who may pay out set its bank account (`set_payee`)."""

    name: str
    email: str = ""
    address: str = ""
    country: str = ""
    vat_number: str = ""
    pay_within_days: int = 14

    def __post_init__(self) -> None:
        for name, longest in _MAX_CHARS.items():
            object.__setattr__(self, name, printable_line(name, getattr(self, name), longest, required=name == "name"))
        object.__setattr__(self, "country", self.country.upper())
        if self.country and not (self.country.isascii() and self.country.isalpha() and len(self.country) == 2):
            raise BadInput("country", "This is not a country code.", "Enter two letters, such as DE.")
        object.__setattr__(self, "email", normalise_email(self.email) if self.email.strip() else "")
        object.__setattr__(self, "vat_number", vat_number_of(self.vat_number))


def details_fingerprint(partner: Partner) -> str:
    """A mark of a partner's details, to notice changes since they were displayed."""
    return sha256(repr([getattr(partner, one.name) for one in fields(PartnerDetails)]).encode()).hexdigest()[:16]


def change_partner(store: Store, by: Staff, partner_id: UUID, wanted: PartnerDetails, seen: str) -> Partner:
    """Change the details for future statements. The short name stays, as the ledger identifies the partner by it.

    Raises NotFound; Conflict if the details have changed since they were displayed.
    """
    partner = partner_for_update(store, by, partner_id)
    if seen != details_fingerprint(partner):
        raise Conflict("partner_changed", "Someone else has changed the partner.", "Check it and save again.")
    after = replace(partner, **{one.name: getattr(wanted, one.name) for one in fields(wanted)})
    if after != partner:
        save_partner(store, by, after)
    if after.email != partner.email:
        warn_of_partner_address(store, by, partner, after)
    return after


def pause_partner(store: Store, by: Staff, partner: Partner, paused: bool) -> Partner:
    """A paused partner's offers are hidden and issue no vouchers; vouchers in circulation stay valid."""
    _check_not_left(partner)
    after = replace(partner, active=not paused)
    store.partners.put_partner(after)
    note(store, by, "partner.pause" if paused else "partner.resume", partner.id, partner.name)
    return after


def end_partner(store: Store, by: Staff, partner: Partner) -> tuple[Statement, ...]:
    """End the partnership, with a statement of what has accumulated. Vouchers in circulation stay valid: they appear on the statements of
    the months they are used in, and the partner's staff can sign in until then. Raises Conflict if it has already left, or is a host."""
    _check_not_left(partner)
    hosting = [one.name for one in store.stations.sites(by.operator_id) if _earns(one, partner.handle, by.at)]
    if hosting:
        raise Conflict("partner_hosts", f"{partner.name} earns a share at {', '.join(hosting)}.", "End its share there first.")
    store.partners.put_partner(replace(partner, active=False, left_at=by.at))
    note(store, by, "partner.end", partner.id, partner.name)
    try:
        return issue_statement_now(store, by, partner.id)
    except Conflict as error:
        if error.code != "nothing_to_state":
            raise
        return ()


def _earns(site: Site, handle: str, at: datetime) -> bool:
    """Whether the host earns there now, or by future terms; nothing more is sold at a site that has closed for good."""
    if site.closed_at is not None:
        return False
    later_shares = (one.shares for one in site.host_terms if one.since > at)
    return any(handle in dict(shares) for shares in (site.shares_at(at), *later_shares))


def _check_not_left(partner: Partner) -> None:
    if partner.left_at is not None:
        raise Conflict("partner_left", f"{partner.name} has left.", "Add it as a new partner.")
