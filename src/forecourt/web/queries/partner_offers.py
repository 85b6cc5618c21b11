"""What partners offer at a place: what a driver gets, and how."""

from datetime import datetime

from forecourt.flows.ports import Store
from forecourt.offers import Offer, OfferKind, cut_text
from forecourt.stations import Site
from forecourt.web.views.offer import PartnerOfferView
from forecourt.wording import EN


def partner_offers(store: Store, site: Site, at: datetime) -> tuple[PartnerOfferView, ...]:
    """Those that can be had there now: they run, their partner is active, and their money is not used up."""
    partners = {one.id: one for one in store.partners.partners(site.operator_id) if one.active}
    offers = [
        one for one in store.partners.offers(site.operator_id) if one.runs(at) and site.id in (one.sites or (site.id,)) and _left(one)
    ]
    found = ((offer, partners[offer.partner_id]) for offer in offers if offer.partner_id in partners)
    return tuple(PartnerOfferView(offer.title, partner.name, partner.address, *_words(offer, partner.name)) for offer, partner in found)


def _left(offer: Offer) -> bool:
    if offer.left is None:
        return True
    return offer.left >= offer.operator_bears if offer.kind is OfferKind.EARNED else offer.left.minor > 0


def _words(offer: Offer, partner: str) -> tuple[str, str]:
    """What the driver gets, and how."""
    if offer.cut is not None:
        how = f"Buy something at {partner} and ask for the code. Enter it under Membership before your charge ends."
        return f"{cut_text(offer.cut)} on your charge".capitalize(), how
    from_wh = f"at least {EN.kwh(offer.least_wh)}" if offer.least_wh else "any energy"
    gift = f"A gift worth {EN.money(offer.worth)}" if offer.worth else "A gift"
    return gift, f"Charge {from_wh} here. The voucher comes with your receipt; show it at {partner}."
