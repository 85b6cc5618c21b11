"""A scene in which every list has 120 entries and more: `No 0` is the oldest of each, where it has a name of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace as renamed

from forecourt.billing import document_number
from forecourt.flows.ports import ChangedSince, Store
from forecourt.kernel import BookingId, DocumentId, Money, SessionId, Span, TariffVersionId
from forecourt.notices import Channel, Notice, NoticeContent, NoticeKind
from forecourt.offers import OfferKind, Open, Used, Voucher
from forecourt.reservations import Cancelled
from forecourt.revenue import Effect, PriceProposal, ProposalKind
from forecourt.settlement import Discrepancy, Mismatch, update_finding
from roaming_world import PARTNER, registered

from .conftest import MARKET, NOW, Scene
from .offers_scene import CAFE, with_offers
from .roaming_scene import roamed

MANY = 120
Put = Callable[[Store, int, timedelta], None]


def with_long_lists(scene: Scene) -> None:
    offered = with_offers(scene)
    roamed(scene, registered(scene.operator_id))
    with scene.transactions.begin() as store:
        for put in (*_of_a_driver(scene, store, offered.coffee.id), *_of_the_desk(scene, store)):
            for number in range(MANY):
                put(store, number, timedelta(minutes=number))


def _of_a_driver(scene: Scene, store: Store, offer_id: UUID) -> list[Put]:
    bill, charge = store.documents.of_driver(scene.ada)[0], store.sessions.records_of(scene.ada)[0]
    booking = store.bookings.of_driver(scene.ada)[0]
    for running in store.sessions.open_of(scene.ada):
        store.sessions.end(replace(charge, session_id=running.id, transaction=running.transaction))
    used, year = Used(NOW, UUID(int=1)), timedelta(days=365)

    def receipt(store: Store, number: int, late: timedelta) -> None:
        at, sequence = bill.issued_at + late, 1000 + number
        named = document_number(bill.series, bill.year, sequence)
        store.documents.put(replace(bill, id=DocumentId(scene.ids.new(NOW)), number=named, sequence=sequence, issued_at=at))

    def ended(store: Store, number: int, late: timedelta) -> None:
        store.sessions.end(replace(charge, session_id=SessionId(scene.ids.new(NOW)), transaction=f"T{number}", ended_at=NOW + late))

    def booked(store: Store, number: int, late: timedelta) -> None:
        window = Span(NOW - year + late, NOW - year + late + timedelta(hours=1))
        store.bookings.put(replace(booking, id=BookingId(scene.ids.new(NOW)), window=window, within=None, state=Cancelled(NOW - year)))

    def told(store: Store, number: int, late: timedelta) -> None:
        about = (
            scene.operator_id,
            scene.ada,
            NoticeKind.INVOICE,
            Channel.MAIL,
            NOW + late,
            NoticeContent(number=f"No {number}"),
            "/receipts",
        )
        store.notices.put(Notice(scene.ids.new(NOW), *about))

    def voucher(store: Store, number: int, late: timedelta) -> None:
        state, code = used if number else Open(NOW), f"{number:012d}"
        about = (scene.operator_id, offer_id, CAFE, OfferKind.EARNED, code, NOW + late, NOW + year + late, state, scene.ada)
        store.partners.put_voucher(Voucher(scene.ids.new(NOW), *about))

    return [receipt, ended, booked, told, voucher]


def _of_the_desk(scene: Scene, store: Store) -> list[Put]:
    charge = next(iter(store.roaming_charges.charges_of(PARTNER, ChangedSince())[0]))
    effect = Effect(10.0, 11.0, Decimal("0.42"), 12.0, 0.09, 0.05, 0.1, 0.3, 0.2, 0.1)

    def charged(store: Store, number: int, late: timedelta) -> None:
        token, at = renamed(charge.token, contract_id=f"No {number}"), charge.began_at + late
        store.roaming_charges.put_charge(replace(charge, id=scene.ids.new(NOW), session_id=None, token=token, began_at=at))

    def proposed(store: Store, number: int, late: timedelta) -> None:
        about = (
            scene.operator_id,
            MARKET,
            NOW + late,
            ProposalKind.BY_CLOCK,
            "{}",
            TariffVersionId(UUID(int=5)),
            (),
            (),
            effect,
            f"No {number}",
        )
        store.pricing.put_proposal(PriceProposal(scene.ids.new(NOW), *about))

    def found(store: Store, number: int, late: timedelta) -> None:
        doubt = Discrepancy(Mismatch.UNKNOWN, f"No {number}", None, Money(5, "EUR"), NOW, scene.operator_id)
        store.clearing.put_finding(update_finding(doubt, None, NOW + late))

    return [charged, proposed, found]
