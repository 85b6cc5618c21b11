"""What the operator knows about the VAT of a partner that it pays, and whether the partner agreed to self-billing."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from forecourt.kernel import BadInput

_MAX_RULE = 120


class VatStatus(StrEnum):
    """NOT_REGISTERED: no taxable person. SMALL_BUSINESS: exempt by a rule for small businesses, or for what it supplies. REGISTERED: it
    charges VAT, or its customer abroad owes it."""

    NOT_REGISTERED = "NOT_REGISTERED"
    SMALL_BUSINESS = "SMALL_BUSINESS"
    REGISTERED = "REGISTERED"


@dataclass(frozen=True, slots=True)
class PayeeVat:
    """country (ISO 3166-1), number: as they were when this was entered; a small business may have a tax number that is no VAT number.
    rule: why a small business charges no VAT, as printed ("Section 19 UStG"). agreed_on: the day on which it agreed that the operator
    issues its invoices (Directive 2006/112/EC, Article 224); None: it has not."""

    status: VatStatus
    country: str
    number: str = ""
    rule: str = ""
    agreed_on: date | None = None

    def __post_init__(self) -> None:
        if not self.country:
            raise BadInput("country", "The partner's country is not known.", "Enter it in its details first.")
        if self.status is VatStatus.SMALL_BUSINESS and not self.rule:
            raise BadInput("exemption", "The rule of the exemption is missing.", "Enter it as printed, such as Section 19 UStG.")
        if len(self.rule) > _MAX_RULE or not self.rule.isprintable():
            raise BadInput("exemption", "This does not fit on one line.", f"At most {_MAX_RULE} characters.")
        if self.status is not VatStatus.NOT_REGISTERED and not self.number:
            text = "The VAT number is missing." if self.status is VatStatus.REGISTERED else "The VAT number or tax number is missing."
            raise BadInput("number", text, "Enter it in the partner's details first.")
