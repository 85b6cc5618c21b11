"""Ada has paid ahead: a top-up, one by itself that was refused, one on its way, two cards and one that is being added."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.paying import (
    TopUpRequest,
    apply_setup_record,
    begin_setup,
    cards_of,
    open_top_up,
    set_auto_top_up,
    set_pay_by,
    store_setup_page,
    top_up,
)
from forecourt.flows.ports import Store
from forecourt.kernel import Money
from forecourt.payments import Accepted, Answer, AutoTopUp, Opened, QueryPayment, Rejected, SetupPage, SetupRecord

from .conftest import NOW, Scene


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


class Desk:
    """A card desk whose page is a page of ours, for tests that do not go there; cards: what it says is stored, by setup."""

    def __init__(self) -> None:
        self.cards: dict[UUID, SetupRecord] = {}

    def begin(self, setup_id: UUID, currency: str, back: str) -> SetupPage:
        return SetupPage(f"set_{setup_id}", back)

    def fetch_record(self, setup: object) -> SetupRecord:
        return self.cards.get(setup.id, SetupRecord(setup.id, "open"))  # type: ignore[attr-defined]


def stored(setup_id: UUID, last4: str = "4242", year: int = 2034) -> SetupRecord:
    return SetupRecord(setup_id, "stored", f"pm_{last4}", "visa", last4, year, 12)


def answered(store: Store, scene: Scene, answer: Answer) -> None:
    """What waits to be asked of Ada's cards is answered; other people's stays."""
    for item in store.outbox.open_items("payment", 1000):
        payment = None if isinstance(item.work, QueryPayment) else store.payments.payment(item.work.payment_id)  # type: ignore[union-attr]
        if payment is not None and payment.driver_id == scene.ada and (payment.top_up or payment.document_id):
            apply_payment_answer(store, item, answer, NOW, scene.ids)


def paid_ahead(store: Store, scene: Scene) -> SimpleNamespace:
    made = top_up(store, scene.ada, eur(4000), UUID(int=1), NOW - timedelta(hours=1), scene.ids)
    answered(store, scene, Accepted("pay_1", NOW - timedelta(hours=1)))
    wish = AutoTopUp(scene.operator_id, scene.ada, eur(5000), eur(2000))
    set_auto_top_up(store, wish, NOW - timedelta(minutes=30), scene.ids)
    answered(store, scene, Rejected("insufficient_funds"))
    top_up(store, scene.ada, eur(1500), UUID(int=2), NOW, scene.ids)
    asked = open_top_up(store, scene.ada, TopUpRequest(eur(2500), UUID(int=3), True), NOW, scene.ids)
    (item,) = [one for one in store.outbox.open_items("payment", 1000) if one.key == str(asked.id)]
    apply_payment_answer(store, item, Opened("pay_2", NOW, secret="pay_2_secret_s"), NOW, scene.ids)
    for last4, year in (("4242", 2034), ("1881", 2025)):
        setup = begin_setup(store, scene.ada, NOW, scene.ids)
        apply_setup_record(store, stored(setup.id, last4, year), NOW, scene.ids)
    setup = store_setup_page(store, begin_setup(store, scene.ada, NOW, scene.ids), SetupPage("set_1", "https://cards.example/set_1"))
    if not any(one.holding and not one.top_up for one in store.payments.of_driver(scene.ada)):
        set_pay_by(store, scene.ada, PayBy.WALLET)
    cards = [one.id for one in cards_of(store, scene.ada)]
    return SimpleNamespace(top_up=made.id, pay_in=asked.id, setup=setup.id, cards=cards)


def wallet_calls(the: SimpleNamespace) -> dict[str, tuple[str, dict[str, object]]]:
    first, second, third = the.cards
    auto: dict[str, object] = {"threshold": "10", "amount": "20"}
    return {
        "POST /wallet/top-ups": ("/wallet/top-ups", {"amount": "10", "wish": str(UUID(int=9))}),
        "POST /wallet/auto": ("/wallet/auto", auto),
        "POST /wallet/returns": ("/wallet/returns", {"amount": "1", "wish": str(UUID(int=10))}),
        "POST /wallet/pay-by": ("/wallet/pay-by", {"pay_by": "CARD"}),
        "POST /wallet/pay-ins": ("/wallet/pay-ins", {"amount": "10", "wish": str(UUID(int=11))}),
        "GET /wallet/pay-ins/{payment_id}": (f"/wallet/pay-ins/{the.pay_in}", {}),
        "GET /wallet/pay-ins/{payment_id}/live": (f"/wallet/pay-ins/{the.pay_in}/live", {}),
        "GET /wallet/pay-ins/{payment_id}/card": (f"/wallet/pay-ins/{the.pay_in}/card", {}),
        "POST /wallet/pay-ins/{payment_id}/cancel": (f"/wallet/pay-ins/{the.pay_in}/cancel", {}),
        "GET /wallet/top-ups/{payment_id}": (f"/wallet/top-ups/{the.top_up}", {}),
        "GET /api/v1/wallet/top-ups/{payment_id}": (f"/api/v1/wallet/top-ups/{the.top_up}", {}),
        "POST /api/v1/wallet/top-ups": ("/api/v1/wallet/top-ups", {"amount": "10"}),
        "POST /api/v1/wallet/pay-ins": ("/api/v1/wallet/pay-ins", {"amount": "10"}),
        "GET /api/v1/wallet/pay-ins/{payment_id}": (f"/api/v1/wallet/pay-ins/{the.pay_in}", {}),
        "POST /api/v1/wallet/pay-ins/{payment_id}/look-ups": (f"/api/v1/wallet/pay-ins/{the.pay_in}/look-ups", {}),
        "DELETE /api/v1/wallet/pay-ins/{payment_id}": (f"/api/v1/wallet/pay-ins/{the.pay_in}", {}),
        "PUT /api/v1/wallet/auto": ("/api/v1/wallet/auto", {**auto, "on": False}),
        "PUT /api/v1/wallet/pay-by": ("/api/v1/wallet/pay-by", {"pay_by": "CARD"}),
        "POST /api/v1/wallet/returns": ("/api/v1/wallet/returns", {"amount": "1"}),
        "POST /cards/{card_id}/default": (f"/cards/{second}/default", {}),
        "GET /cards/{card_id}/remove": (f"/cards/{first}/remove", {}),
        "POST /cards/{card_id}/remove": (f"/cards/{third}/remove", {}),
        "GET /cards/setups/{setup_id}": (f"/cards/setups/{the.setup}", {}),
        "PUT /api/v1/cards/{card_id}/default": (f"/api/v1/cards/{first}/default", {}),
        "DELETE /api/v1/cards/{card_id}": (f"/api/v1/cards/{second}", {}),
        "GET /api/v1/cards/setups/{setup_id}": (f"/api/v1/cards/setups/{the.setup}", {}),
        "POST /console/wallets/rules": (
            "/console/wallets/rules",
            {"least_load": "10", "most_load": "250", "most_balance": "500", "least_start": "5", "auto_most": "150"},
        ),
    }
