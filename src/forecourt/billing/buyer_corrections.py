"""A bill made out to the wrong buyer, or to nobody: all of it is credited, and billed again to the right one. No money moves."""

from dataclasses import replace

from forecourt.billing.model import Draft, Invoice, Party
from forecourt.billing.party_details import buyer_country
from forecourt.kernel import BadInput

# The reason of the credit note; documents word it in their own language.
BUYER_CORRECTED = "The buyer's details were corrected; another bill takes its place."
# The reason of the new bill, before the number of the credited one.
_BUYER_OF = "corrected buyer of "


def corrected_bill(first: Invoice, buyer: Party) -> Draft:
    """The same bill, made out to this buyer. Raises BadInput if that changes nothing, or the buyer has no address.

    A bill that names its buyer must give the address, too (Directive 2006/112/EC, Article 226(5)); only one that names nobody need not
    (Article 226b).
    """
    if not buyer.address:
        raise BadInput("address", "Enter the address.", "A bill that names its buyer must show it.")
    if _located(buyer, first) == _located(first.parties.buyer, first):
        raise BadInput("name", "{number} is already made out to these details.", "Change what is wrong.", number=first.number)
    parties = replace(first.parties, buyer=buyer)
    return replace(first.content, parties=parties, session_id=None, booking_id=None, reason=corrected_buyer_reason(first.number))


def _located(buyer: Party, first: Invoice) -> Party:
    """With the country that documents state for it: bills from before buyers had one do not store it."""
    return replace(buyer, country=buyer_country(buyer.country, buyer.vat_number, first.parties.seller.country))


def corrected_buyer_number(reason: str) -> str:
    """The number of the bill that a document replaces with another buyer; empty if it does not."""
    return reason.removeprefix(_BUYER_OF) if reason.startswith(_BUYER_OF) else ""


def corrected_buyer_reason(number: str) -> str:
    """The reason of the bill that replaces this one with another buyer."""
    return f"{_BUYER_OF}{number}"
