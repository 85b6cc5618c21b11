"""What pages show of partners' offers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartnerOfferView:
    """What a partner offers at a place. benefit, how_to_redeem: in words for the driver."""

    title: str
    partner: str
    address: str
    benefit: str
    how_to_redeem: str
