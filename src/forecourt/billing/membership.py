"""Draft invoices for a month of a membership."""

import re
from decimal import Decimal
from hashlib import sha256

from forecourt.billing.model import DocumentKind, Draft, InvoiceLine, LineKind, Parties, Place
from forecourt.offers import Membership, MembershipMonth, PlanVersion
from forecourt.tariffs import TaxLine


def bill_membership_month(membership: Membership, version: PlanVersion, month: MembershipMonth, place: Place, parties: Parties) -> Draft:
    """The draft of a month's fee, VAT included. place: the operator's seat, whose time zone determines the month."""
    fee = version.fee
    tax = TaxLine.from_gross(version.vat_percent, fee)
    line = InvoiceLine(
        what=LineKind.MEMBERSHIP,
        quantity=Decimal(1),
        unit="",
        unit_price=fee.amount,
        exact=fee.amount,
        amount=fee,
        net=tax.net,
        vat_percent=version.vat_percent,
        because=f"month {month.number + 1} of the membership: once",
        title=version.title,
        offer=str(membership.id),
    )
    return Draft(
        kind=DocumentKind.INVOICE,
        operator_id=membership.operator_id,
        site_id=None,
        driver_id=membership.driver_id,
        parties=parties,
        place=place,
        currency=fee.currency,
        lines=(line,),
        taxes=(tax,),
        net=tax.net,
        tax=tax.tax,
        gross=fee,
        tax_included=True,
        tariff_version_id=None,
        tariff_hash=sha256(str(version.id).encode()).hexdigest(),
        period=month.span,
    )


def month_in_reason(because: str) -> int | None:
    """The month of a membership (from 1) stated in a line's stored reason; None for another reason."""
    found = re.fullmatch(r"month (\d+) of the membership: once", because)
    return int(found[1]) if found else None
