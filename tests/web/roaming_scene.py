"""Charges of a roaming partner's customers in the scene: two billed, of which the partner has taken one CDR, and one that runs."""

from dataclasses import replace
from datetime import timedelta

from forecourt.drivers import RoamingPartner
from forecourt.flows.ports import ChangedSince, PartnerDelivery, PushedObject
from forecourt.kernel import DocumentId
from roaming_world import let_in

from .conftest import NOW, Scene


def roamed(scene: Scene, partner: RoamingPartner) -> DocumentId:
    """The document whose CDR was not taken."""
    with scene.transactions.begin() as store:
        let_in(store, partner)
    for bay, hours in ((10, 6), (11, 4)):
        scene.charge(bay, "04FACADE", NOW - timedelta(hours=hours), 60, 7_200, end=True)
    scene._bill()
    scene.charge(10, "04FACADE", NOW - timedelta(minutes=30), 30, 7_200)
    with scene.transactions.begin() as store:
        (first, second), _ = store.roaming_charges.cdrs_of(partner.id, ChangedSince())
        store.roaming_charges.put_cdr(replace(first, passing=PartnerDelivery(NOW)))
        store.roaming_charges.put_cdr(replace(second, passing=PartnerDelivery(error="answered 500, 3000 Out of order")))
        had = PushedObject(scene.operator_id, partner.id, "location/1", b"as it is")
        store.roaming.put_pushed(had)
        store.roaming.put_pushed(replace(had, key="tariff/1", digest=b"", error="answered 400, 2001 Invalid"))
        return second.document_id
