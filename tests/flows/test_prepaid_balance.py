"""Prepaid balances and stored payment cards: no charge begins or continues that nothing can pay for."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.charging import accept
from forecourt.flows.paying import maintain_holds, set_auto_top_up
from forecourt.kernel import DocumentId, Money
from forecourt.ledger import CLEARING, Posting, Txn, wallet
from forecourt.notices import NoticeKind
from forecourt.payments import WALLET, Accepted, Answer, AutoTopUp, DunningCase, Held, Rejected, Unanswered, WalletRules
from forecourt.stations import CardPresented, StopCharge, Verdict
from stores import both_stores

from .conftest import CARD, at
from .test_guests import orders


def loaded(place, minor: int, minute: float = -1, currency: str = "EUR") -> None:
    """So much comes onto the balance of the driver with the card CARD."""
    posting = Posting(wallet(place.card_driver), CLEARING, Money(minor, currency))
    with place.transactions.begin() as store:
        store.ledger.post(Txn(f"load/{minute}/{currency}", place.operator_id, at(minute), "Top-up", place.card_driver, (posting,)))


@pytest.fixture
def place(forecourt):
    """The driver pays from a balance and has no card behind it."""
    forecourt.free()
    pays(forecourt, PayBy.WALLET, "")
    return forecourt


def pays(place, pay_by: PayBy, method: str) -> None:
    with place.transactions.begin() as store:
        driver = store.drivers.driver(place.card_driver)
        store.drivers.put_driver(replace(driver, pay_by=pay_by, payment_method=method))


def shown(place, minute: float = 0, charger: str = "CP1") -> Verdict | None:
    with place.transactions.begin() as store:
        (answer,) = accept(store, [CardPresented(charger, place.operator_id, place.site_id, CARD, at(minute))])
    return answer.verdict


def ticks(place, minute: float) -> list[object]:
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, at(minute), place.ids)
    return orders(place, minute)


def held(place) -> int:
    with place.transactions.begin() as store:
        payments = store.payments.of_driver(place.card_driver)
    return sum(one.state.amount.minor for one in payments if one.method == WALLET and isinstance(one.state, Held))


def test_a_charging_card_without_enough_prepaid_balance_is_refused_at_the_charger(place) -> None:
    assert shown(place) is Verdict.NO_CREDIT
    assert place.starts("CP1", 0).verdict is Verdict.NO_CREDIT
    assert [type(one) for one in orders(place, 0)] == [StopCharge]
    loaded(place, 499)
    assert shown(place) is Verdict.NO_CREDIT, "less than the operator's least to start"
    loaded(place, 1, 0)
    assert shown(place) is Verdict.ACCEPTED


def test_a_prepaid_balance_in_another_currency_than_the_site_pays_nothing_there(place) -> None:
    """The balance is in francs and the site in euro: a stored card pays instead, and an old balance in euro as far as it goes."""
    with_mail(place)
    with place.transactions.begin() as store:
        francs = [Money(minor, "CHF") for minor in (1000, 50000, 100000, 500, 10000)]
        store.wallets.put_rules(place.operator_id, WalletRules(*francs))
    loaded(place, 20000, currency="CHF")
    assert shown(place) is Verdict.NO_CREDIT
    assert place.starts("CP1", 0).verdict is Verdict.NO_CREDIT
    assert told(place) == [(NoticeKind.REFUSED_CURRENCY, "/cards")]
    pays(place, PayBy.WALLET, "pm_card")
    assert shown(place, 1) is Verdict.ACCEPTED
    pays(place, PayBy.WALLET, "")
    loaded(place, 600)
    assert place.starts("CP1", 2).verdict is Verdict.ACCEPTED and held(place) == 600


def test_a_charging_card_that_expires_during_its_charge_can_end_it_and_start_no_other(place) -> None:
    pays(place, PayBy.ACCOUNT, "")
    assert place.starts("CP1", 0).verdict is Verdict.ACCEPTED
    with place.transactions.begin() as store:
        store.drivers.put_token(replace(store.drivers.token(place.operator_id, CARD), valid_until=at(3)))
    assert (shown(place, 5), shown(place, 5, "CP2")) == (Verdict.ACCEPTED, Verdict.EXPIRED)
    assert place.starts("CP2", 6).verdict is Verdict.EXPIRED


@pytest.mark.parametrize(("pay_by", "method"), [(PayBy.WALLET, "pm_card"), (PayBy.ACCOUNT, "")])
def test_a_stored_payment_card_or_a_monthly_account_allows_a_start_without_balance(place, pay_by: PayBy, method: str) -> None:
    pays(place, pay_by, method)
    assert shown(place) is Verdict.ACCEPTED


def test_with_all_balance_held_a_charging_card_can_end_its_charge_and_start_no_second_one(place) -> None:
    loaded(place, 600)
    assert place.starts("CP1", 0).verdict is Verdict.ACCEPTED
    assert held(place) == 600 and shown(place, 5) is Verdict.ACCEPTED
    assert place.starts("CP2", 6).verdict is Verdict.NO_CREDIT


def test_a_driver_who_pays_by_card_is_refused_until_a_payment_card_is_stored(place) -> None:
    pays(place, PayBy.CARD, "")
    loaded(place, 5000)  # a balance pays only for who chose to pay by it
    assert shown(place) is Verdict.NO_CREDIT and place.starts("CP1", 0).verdict is Verdict.NO_CREDIT
    pays(place, PayBy.CARD, "pm_card")
    assert shown(place, 1) is Verdict.ACCEPTED and place.starts("CP2", 1).verdict is Verdict.ACCEPTED
    pays(place, PayBy.CARD, "")
    assert shown(place, 2) is Verdict.ACCEPTED, "the card also ends its charge"


@both_stores
def test_a_charge_may_use_balance_loaded_meanwhile_and_is_stopped_before_it_is_used_up(place) -> None:
    loaded(place, 600)
    transaction = place.starts("CP1", 0).transaction
    place.meters("CP1", transaction, 60, 8_000)  # 3.93
    assert ticks(place, 60.5) == []
    place.meters("CP1", transaction, 94, 12_200)  # 5.93, and three more minutes are 0.18
    loaded(place, 300, 94)
    assert ticks(place, 94.5) == [] and held(place) == 900
    place.meters("CP1", transaction, 145, 18_300)  # 8.84
    assert [type(one) for one in ticks(place, 145.5)] == [StopCharge]
    assert ticks(place, 146) == []
    with place.transactions.begin() as store:
        said = [one.content for one in store.notices.of_driver(place.card_driver).rows if one.kind is NoticeKind.STOPPED_MONEY]
    assert [(one.amount.minor, one.energy_wh, one.label) for one in said] == [(900, 17_300, "B1")], "once, with what is in"


def test_with_a_stored_payment_card_the_charge_continues_beyond_the_balance(place) -> None:
    loaded(place, 600)
    transaction = place.starts("CP1", 0).transaction
    pays(place, PayBy.WALLET, "pm_card")
    place.meters("CP1", transaction, 120, 15_000)
    assert ticks(place, 120.5) == []


def wishes(place) -> None:
    """Below 5, take 20 from the stored card."""
    pays(place, PayBy.WALLET, "pm_card")
    wish = AutoTopUp(place.operator_id, place.card_driver, Money(500, "EUR"), Money(2000, "EUR"))
    with place.transactions.begin() as store:
        set_auto_top_up(store, wish, at(-1), place.ids)


def asked_of_card(place, minute: float, answer: Answer | None = None) -> list[object]:
    """The payments requested of the card, with this answer if given."""
    with place.transactions.begin() as store:
        items = store.outbox.claim("payment", at(minute), 10, 60) if answer else store.outbox.open_items("payment", 10)
        for item in items if answer else ():
            apply_payment_answer(store, item, answer, at(minute), place.ids)
    return [item.work.amount.minor for item in items]


def test_a_running_charge_tops_up_the_balance_once_before_it_is_used_up_and_continues(place) -> None:
    loaded(place, 600)
    wishes(place)
    transaction = place.starts("CP1", 0).transaction
    place.meters("CP1", transaction, 60, 8_000)  # 3.93 of 6.00: less than 5 will be left, but it is not used up yet
    assert ticks(place, 60.5) == [] and asked_of_card(place, 60.5) == []
    place.meters("CP1", transaction, 94, 12_200)  # 5.93
    for minute in (94.5, 95.5):
        assert ticks(place, minute) == [] and asked_of_card(place, minute) == [2000]
    assert asked_of_card(place, 96, Unanswered("timeout")) == [2000]
    assert ticks(place, 97) == [] and asked_of_card(place, 97) == [2000], "what is not known is not asked for again"
    assert asked_of_card(place, 110, Accepted("pay_1", at(110))) == [2000]
    assert ticks(place, 111) == [] and held(place) == 2600 and asked_of_card(place, 111) == []


def test_a_charge_is_stopped_if_the_card_declines_the_automatic_top_up(place) -> None:
    loaded(place, 600)
    wishes(place)
    transaction = place.starts("CP1", 0).transaction
    place.meters("CP1", transaction, 94, 12_200)
    assert ticks(place, 94.5) == []
    assert asked_of_card(place, 95, Rejected("card_declined")) == [2000]
    assert [type(one) for one in ticks(place, 95.5)] == [StopCharge] and asked_of_card(place, 96) == []


def test_without_automatic_top_ups_enabled_nothing_is_loaded(place) -> None:
    loaded(place, 600)
    pays(place, PayBy.WALLET, "pm_card")
    transaction = place.starts("CP1", 0).transaction
    place.meters("CP1", transaction, 94, 12_200)
    assert ticks(place, 94.5) == [] and asked_of_card(place, 94.5) == []


def told(place) -> list[tuple[NoticeKind, str]]:
    with place.transactions.begin() as store:
        return [(one.kind, one.path) for one in store.notices.of_driver(place.card_driver).rows]


def with_mail(place) -> None:
    with place.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(place.card_driver), email="ada@example.org"))


def test_a_driver_refused_for_lack_of_money_is_notified_once_a_day(place) -> None:
    with_mail(place)
    assert shown(place) is Verdict.NO_CREDIT
    assert place.starts("CP1", 1).verdict is Verdict.NO_CREDIT
    assert told(place) == [(NoticeKind.REFUSED_BALANCE, "/wallet")]
    assert shown(place, 24 * 60) is Verdict.NO_CREDIT
    assert len(told(place)) == 2


def test_a_driver_refused_without_a_payment_card_is_asked_to_store_one(place) -> None:
    with_mail(place)
    pays(place, PayBy.CARD, "")
    with_mail(place)
    assert place.starts("CP1", 0).verdict is Verdict.NO_CREDIT
    assert told(place) == [(NoticeKind.REFUSED_CARD, "/cards")]


def test_a_driver_refused_for_a_debt_is_notified_of_the_amount_and_where_to_pay(place) -> None:
    with_mail(place)
    loaded(place, 5000)
    debt = DunningCase(DocumentId(UUID(int=9)), place.operator_id, place.card_driver, "INV-1", Money(1234, "EUR"), at(-60), blocks=True)
    with place.transactions.begin() as store:
        store.dunning.put(debt)
    assert shown(place) is Verdict.NO_CREDIT
    assert told(place) == [(NoticeKind.REFUSED_DEBT, "/dues")]
    with place.transactions.begin() as store:
        (notice,) = store.notices.of_driver(place.card_driver).rows
    assert notice.content.amount == Money(1234, "EUR")


def test_an_accepted_charging_card_or_one_that_ends_its_own_charge_causes_no_notice(place) -> None:
    with_mail(place)
    loaded(place, 600)
    assert place.starts("CP1", 0).verdict is Verdict.ACCEPTED
    shown(place, 5)
    assert told(place) == []
