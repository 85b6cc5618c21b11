"""A person's own account: how they pay, their cards, their API tokens."""

from collections.abc import Iterator
from datetime import datetime

from forecourt.drivers import Account, AppScope, PayBy, SignIn, TokenKind
from forecourt.flows.desk import paid_groups, token_pauses_at
from forecourt.flows.paying import can_give_mandate
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Text
from forecourt.web.queries.names import payer_name
from forecourt.web.views.account import AccountView, ApiTokenView, AppView, TokenView


def api_tokens(store: Store, signed: Account, real_now: datetime) -> tuple[ApiTokenView, ...]:
    """real_now: real time, as for sign-ins."""
    return tuple(_token_view(store, signed, one, real_now) for one in store.drivers.sign_ins(signed.id) if one.api)


def _token_view(store: Store, signed: Account, token: SignIn, real_now: datetime) -> ApiTokenView:
    pauses_at = token_pauses_at(store, signed, token)
    if pauses_at is not None and pauses_at >= token.expires_at:
        pauses_at = None
    paused = pauses_at is not None and pauses_at <= real_now
    return ApiTokenView(token.digest.hex(), token.label, token.expires_at, pauses_at, paused)


def connected_apps(store: Store, signed: Account, real_now: datetime) -> Iterator[AppView]:
    """real_now: real time, as for sign-ins."""
    for one in store.apps.grants_of(signed.id):
        app = store.apps.app(one.app_id)
        if app is not None and one.connected_at(real_now):
            yield AppView(one.family.hex(), app.name, one.since, one.used_at, one.permits(AppScope.WRITE))


def account_view(store: Store, driver_id: DriverId, keys: tuple[ApiTokenView, ...], now: datetime) -> AccountView:
    driver = store.drivers.driver(driver_id)
    cards = (one for one in store.drivers.tokens_of(driver_id) if one.kind is not TokenKind.APP or one.blocked)
    tokens = (TokenView(one.uid, one.label, one.kind.value, not one.blocked) for one in cards)
    card = Text("stored card") if driver.payment_method else Text("card")
    pays = {PayBy.CARD: card, PayBy.WALLET: Text("prepaid balance"), PayBy.ACCOUNT: Text("monthly account")}[driver.pay_by]
    has_card = driver.pay_by is not PayBy.CARD or bool(driver.payment_method)
    debt_status = store.payments.debt_status(driver_id)
    pays_for_fleet, debited = bool(paid_groups(store, driver_id)), can_give_mandate(store, driver_id)
    payer = payer_name(store, driver_id, now)
    return AccountView(driver.name, driver.email, pays, has_card, tuple(tokens), keys, debt_status, pays_for_fleet, debited, payer)
