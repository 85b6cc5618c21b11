"""A payee's VAT status and its agreement to self-billing: entered by staff who may pay out, and logged."""

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from uuid import UUID

from forecourt.billing import printable_line
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_day, partner_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict
from forecourt.offers import Partner, PayeeVat, VatStatus

_MAX_CHARS = 120


@dataclass(frozen=True, slots=True)
class VatEntry:
    """As entered. status None: not known. rule: of a small business's exemption. agreed_on: None = no agreement to self-billing."""

    status: VatStatus | None = None
    rule: str = ""
    agreed_on: date | None = None


def vat_fingerprint(partner: Partner) -> str:
    """A mark of the VAT status, and of the details it is for, to notice changes since they were displayed."""
    return sha256(repr((partner.country, partner.vat_number, partner.vat)).encode()).hexdigest()[:16]


def set_payee_vat(store: Store, by: Staff, partner_id: UUID, wanted: VatEntry, seen: str) -> Partner:
    """Set it for future statements, with the country and number that the partner's details state now.

    Raises NotFound, BadInput; Conflict if something has changed since it was displayed.
    """
    partner = partner_for_update(store, by, partner_id)
    if seen != vat_fingerprint(partner):
        raise Conflict("payee_vat_changed", "Someone else has changed the partner.", "Check it and save again.")
    if wanted.agreed_on is not None and wanted.agreed_on > operator_day(store, by.operator_id, by.at):
        raise BadInput("agreed_on", "This day has not come yet.", "Enter the day on which the partner agreed.")
    if wanted.status is None and wanted.agreed_on is not None:
        raise BadInput("status", "The VAT status is missing.", "Choose one: it decides about the tax on the invoices.")
    after = replace(partner, vat=_vat(partner, wanted))
    if after != partner:
        store.partners.put_partner(after)
        note(store, by, "partner.vat", partner.id, f"{partner.name}: {_summary(partner.vat)} → {_summary(after.vat)}")
    return after


def _vat(partner: Partner, wanted: VatEntry) -> PayeeVat | None:
    if wanted.status is None:
        return None
    small = wanted.status is VatStatus.SMALL_BUSINESS
    number = "" if wanted.status is VatStatus.NOT_REGISTERED else partner.vat_number
    rule = printable_line("exemption", wanted.rule, _MAX_CHARS) if small else ""
    return PayeeVat(wanted.status, partner.country, number, rule, wanted.agreed_on)


def _summary(vat: PayeeVat | None) -> str:
    if vat is None:
        return "unknown"
    details = " ".join(filter(None, (vat.status.value.replace("_", " ").lower(), vat.country, vat.number, vat.rule)))
    return f"{details}, self-billing agreed on {vat.agreed_on}" if vat.agreed_on else f"{details}, no self-billing"
