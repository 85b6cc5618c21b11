"""OAuth for apps: no code or token works twice, for another app, with another redirect address or another verifier."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.drivers import Account, App, Role, SignIn
from forecourt.flows.desk import (
    AppCodeExchange,
    AppCodeRequest,
    account_by_app_token,
    authorise_app,
    exchange_code,
    refresh_app_tokens,
    revoke_app_token,
)
from forecourt.kernel import DriverId, OperatorId
from forecourt.stations import Operator
from forecourt.store import MemoryTransactions

AT, OPERATOR = datetime(2026, 6, 1, 12, tzinfo=UTC), OperatorId(UUID(int=1))
ADA = Account(UUID(int=2), OPERATOR, "ada@example.org", Role.DRIVER, driver_id=DriverId(UUID(int=3)))
PLACES = ("https://app.example/a", "https://app.example/b")
VOLT, AMP = (App(UUID(int=number), OPERATOR, name, PLACES, AT) for number, name in ((4, "Volt"), (5, "Amp")))
VERIFIERS = ("v" * 43, "w" * 43)
WRONG = ("app", "place", "verifier", "late", "code")


class Desk:
    """A driver who has let Volt in."""

    def __init__(self) -> None:
        self.transactions, self._number = MemoryTransactions(), count()
        with self.transactions.begin() as store:
            store.stations.put_operator(Operator(OPERATOR, "Demo", "Demo GmbH", "DE", "DE1", "Street 1", "EUR"))
            store.drivers.put_account(ADA)
            store.drivers.put_sign_in(SignIn(b"here", ADA.id, AT, AT + timedelta(days=1)))
            for app in (VOLT, AMP):
                store.apps.put_app(app)
            challenge = urlsafe_b64encode(hashlib.sha256(VERIFIERS[0].encode()).digest()).rstrip(b"=").decode()
            self.code = authorise_app(store, AppCodeRequest(VOLT, PLACES[0], challenge), ADA.id, b"here", self.chance, AT)

    def chance(self) -> str:
        return f"chance{next(self._number)}"

    def open(self, wrong=(), code=""):
        shown = AppCodeExchange((code or self.code) + "x" * ("code" in wrong), PLACES["place" in wrong], VERIFIERS["verifier" in wrong])
        at = AT + timedelta(seconds=60 if "late" in wrong else 59)
        with self.transactions.begin() as store:
            return exchange_code(store, (AMP if "app" in wrong else VOLT).id, shown, self.chance, at)

    def renew(self, refresh: str, app: App = VOLT, days: int = 1):
        with self.transactions.begin() as store:
            return refresh_app_tokens(store, app.id, refresh, (), self.chance, AT + timedelta(days=days))

    def admits(self, access: str, at: datetime = AT) -> bool:
        with self.transactions.begin() as store:
            return account_by_app_token(store, access, at) == ADA


@settings(max_examples=40)
@given(st.sets(st.sampled_from(WRONG)))
def test_an_authorization_code_works_once_and_only_with_the_right_app_address_and_verifier(wrong) -> None:
    desk = Desk()
    tokens = desk.open(wrong)
    assert (tokens is not None) == (not wrong)
    assert desk.open() is None  # used, or burnt by the wrong try
    assert tokens is None or not desk.admits(tokens.access)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=6))
def test_only_the_newest_refresh_token_of_the_app_renews_and_using_another_revokes_them_all(tries) -> None:
    desk = Desk()
    given_out, alive = [desk.open()], True
    for back, another in tries:
        chosen = given_out[max(0, len(given_out) - 1 - back % 3)]
        alive = alive and chosen is given_out[-1] and not another
        fresh = desk.renew(chosen.refresh, AMP if another else VOLT)
        assert (fresh is not None) == alive
        given_out += [fresh] if fresh else []
    later = AT + timedelta(days=1)
    assert [desk.admits(one.access, later) for one in given_out] == [False] * (len(given_out) - 1) + [alive and len(given_out) > 1]


def test_access_and_refresh_tokens_expire() -> None:
    desk = Desk()
    tokens = desk.open()
    opened = AT + timedelta(seconds=59)
    assert desk.admits(tokens.access, opened + timedelta(minutes=59)) and not desk.admits(tokens.access, opened + timedelta(hours=1))
    assert desk.renew(tokens.refresh, days=91) is None


def test_a_code_an_access_token_and_a_refresh_token_are_not_interchangeable() -> None:
    desk = Desk()
    assert not desk.admits(desk.code)
    tokens = desk.open()
    assert not desk.admits(tokens.refresh) and desk.renew(tokens.access) is None and desk.open(code=tokens.refresh) is None
    assert desk.admits(tokens.access)


def test_an_app_can_revoke_only_its_own_tokens() -> None:
    desk = Desk()
    tokens = desk.open()
    for app, token, left in ((AMP, tokens.refresh, True), (VOLT, "fcr.x.y", True), (VOLT, "", True), (VOLT, tokens.access, False)):
        with desk.transactions.begin() as store:
            revoke_app_token(store, app.id, token)
        assert desk.admits(tokens.access) is left
