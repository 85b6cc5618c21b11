"""Partners' offers at a place: what a driver gets, and how."""

from datetime import datetime

from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.offers import Offer, OfferKind, discount_text
from forecourt.stations import Site
from forecourt.web.views.partner_offer import PartnerOfferView
from forecourt.wording import LocalisedValue


def partner_offers(store: Store, site: Site, at: datetime) -> tuple[PartnerOfferView, ...]:
    """Offers available there now: they have started, their partner is active, and their budget is not used up."""
    partners = {one.id: one for one in store.partners.partners(site.operator_id) if one.active}
    offers = [
        one for one in store.partners.offers(site.operator_id) if one.runs(at) and site.id in (one.sites or (site.id,)) and _left(one)
    ]
    found = ((offer, partners[offer.partner_id]) for offer in offers if offer.partner_id in partners)
    return tuple(
        PartnerOfferView(offer.title, partner.name, partner.address, *_words(offer, partner.name, site.currency))
        for offer, partner in found
    )


def _left(offer: Offer) -> bool:
    if offer.left is None:
        return True
    return offer.left >= offer.operator_bears if offer.kind is OfferKind.EARNED else offer.left.minor > 0


def _words(offer: Offer, partner: str, currency: str) -> tuple[Text, Text]:
    """What the driver gets, and how."""
    if offer.cut is not None:
        instructions = Text(
            "Buy something at {partner} and ask for the code. Enter it under Membership before your charge ends.", partner=partner
        )
        return Text("{cut} on your charge", cut=LocalisedValue("cut", discount_text(offer.cut), currency)), instructions
    gift = Text("A gift worth {worth}", worth=LocalisedValue("money", offer.worth)) if offer.worth else Text("A gift")
    if not offer.least_wh:
        return gift, Text("Charge any energy here. The voucher comes with your receipt; show it at {partner}.", partner=partner)
    minimum = LocalisedValue("kwh", offer.least_wh)
    return gift, Text(
        "Charge at least {least} here. The voucher comes with your receipt; show it at {partner}.", least=minimum, partner=partner
    )
