"""Credentials survive lost or late answers, whoever renews: a partner connects with its current token, never with an old one."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from forecourt.drivers import Invited, Offer, RoamingPartner
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Store
from forecourt.flows.roaming import (
    InvitedPartner,
    Registration,
    accept_peer,
    begin_registration,
    begin_renewal,
    partner_by_token,
    register_partner,
)
from forecourt.kernel import Conflict, OperatorId
from forecourt.stations import Operator
from forecourt.store import MemoryTransactions
from forecourt.store.codec import Codec, json_bytes
from roaming_world import SINCE, digest_of, invited, peer
from web.conftest import SequentialIds

OPERATOR = OperatorId(UUID(int=1))
PEER = replace(peer(), endpoints=())
PAPER = Codec[RoamingPartner](RoamingPartner)


class Handshakes(RuleBasedStateMachine):
    """A partner with one token at a time, which it changes when an answer of ours arrives, or when it takes what we offer.

    key: what it shows. seen: what it has come with, but for looks. let_go: what it has had. answer: on its way to it. stuck: a request of
    its own that it has given up. offer: on its way to it; reply: to that, on its way to us.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stack, self.ids, self.ticks = ExitStack(), SequentialIds(), count(1)
        self.store: Store = self.stack.enter_context(MemoryTransactions().begin())
        self.key = self.answer = ""
        self.seen: set[str] = set()
        self.let_go: set[str] = set()
        self.stuck: Registration | None = None
        self.offer: Offer | None = None
        self.reply: Offer | None = None
        self.store.stations.put_operator(Operator(OPERATOR, "Musterstrom", "Musterstrom", "DE", "", "", "EUR", party_id="FCT"))

    def teardown(self) -> None:
        self.stack.close()

    def now(self) -> datetime:
        return SINCE + timedelta(seconds=next(self.ticks))

    def staff(self) -> Staff:
        return Staff(OPERATOR, "ops", self.now(), self.ids)

    def partner(self) -> RoamingPartner:
        (partner,) = self.store.roaming.partners(OPERATOR)
        return partner

    def opens(self, token: str) -> bool:
        return digest_of(token) in self.partner().digests

    def holds(self, token: str) -> None:
        if self.key not in ("", token):
            self.let_go.add(self.key)
        self.let_go.discard(token)
        self.key = token

    def shows(self, *, read_only: bool = False) -> RoamingPartner:
        """What it has, and gets in; then nothing opens that it has shown before and let go."""
        partner = partner_by_token(self.store, digest_of(self.key), read_only=read_only)
        assert partner is not None
        if not read_only:
            self.seen.add(self.key)
            offered = partner.offered
            assert not [one for one in self.seen & self.let_go if self.opens(one) and digest_of(one) != offered]
        return partner

    @initialize(by_us=st.booleans())
    def one_invites_the_other(self, by_us: bool) -> None:
        if by_us:
            self.we_renew()
        else:
            self.store.roaming.put_partner(invited(OPERATOR))
            self.holds("token-a")

    @precondition(lambda self: self.key and not self.answer)
    @rule()
    def it_renews(self) -> None:
        self.answer = f"given-{next(self.ticks)}"
        register_partner(self.store, self._asks(self.answer), self.now(), self.ids)

    @precondition(lambda self: self.key and not self.answer and self.stuck is None)
    @rule()
    def it_renews_and_gives_up_before_we_are_done(self) -> None:
        self.stuck = self._asks(f"given-{next(self.ticks)}")

    @precondition(lambda self: self.stuck)
    @rule()
    def what_it_gave_up_is_done(self) -> None:
        stuck, self.stuck = self.stuck, None
        try:
            register_partner(self.store, stuck, self.now(), self.ids)
        except Conflict as error:
            assert error.code == "token_used"

    @precondition(lambda self: self.answer)
    @rule()
    def our_answer_arrives(self) -> None:
        self.holds(self.answer)
        self.answer = ""

    @precondition(lambda self: self.answer)
    @rule()
    def our_answer_is_lost(self) -> None:
        self.answer = ""

    @rule()
    def we_renew(self) -> None:
        fresh = Offer(digest_of(token := f"offer-{next(self.ticks)}"), token, PEER.versions_url, self.now())
        known = self.store.roaming.partners(OPERATOR)
        if known and not isinstance(known[0].state, Invited):
            self.offer = begin_renewal(self.store, self.staff(), known[0].id, fresh)[1]
        elif self.key != "token-a":  # with that it shall register itself
            self.offer = begin_registration(self.store, self.staff(), InvitedPartner("TNM", "NL", "TNM"), fresh)[1]

    @precondition(lambda self: self.offer)
    @rule()
    def it_takes_what_we_offer(self) -> None:
        if self.looks_at_us(self.offer):
            self.holds(self.offer.key)
            self.reply = self.offer
        self.offer = None

    @precondition(lambda self: self.offer)
    @rule()
    def it_looks_at_us_and_refuses(self) -> None:
        self.looks_at_us(self.offer)
        self.offer = None

    def looks_at_us(self, offer: Offer) -> bool:
        """Whether what we offer opens: always, but where it is an offer made again of what it took, renewed by itself, and let go since."""
        opens = partner_by_token(self.store, offer.digest, read_only=True) is not None
        assert opens or offer.key in self.let_go
        return opens

    @precondition(lambda self: self.reply)
    @rule()
    def its_answer_arrives(self) -> None:
        reply, self.reply = self.reply, None
        try:
            accept_peer(self.store, self.staff(), self.partner().id, reply, PEER)
        except Conflict as error:
            assert error.code == "overtaken"

    @precondition(lambda self: self.reply)
    @rule()
    def its_answer_is_lost(self) -> None:
        self.reply = None

    @precondition(lambda self: self.key)
    @rule()
    def it_asks_for_something(self) -> None:
        self.shows()

    @precondition(lambda self: self.key)
    @rule()
    def it_looks_at_our_versions(self) -> None:
        self.shows(read_only=True)

    @precondition(lambda self: self.seen & self.let_go)
    @rule()
    def somebody_comes_with_what_it_had(self) -> None:
        for one in sorted(self.seen & self.let_go):
            if digest_of(one) != self.partner().offered:
                partner_by_token(self.store, digest_of(one), read_only=False)

    @rule()
    def we_are_started_anew(self) -> None:
        self.store.roaming.put_partner(PAPER.read(json_bytes(PAPER.pack(self.partner()))))

    @invariant()
    def it_can_get_in(self) -> None:
        assert not self.key or self.opens(self.key)

    def _asks(self, given: str) -> Registration:
        partner = self.shows()
        return Registration(partner.id, digest_of(self.key), partner.digest or b"", digest_of(given), PEER)


TestHandshakes = Handshakes.TestCase
TestHandshakes.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_a_token_offered_again_is_invalid_once_the_partner_has_renewed_by_itself() -> None:
    """The partner used the offered token, whose answer was lost, and renewed; the repeated offer arrives late."""
    state = Handshakes()
    for step in ("we_renew", "it_takes_what_we_offer", "its_answer_is_lost", "we_renew", "it_renews", "our_answer_arrives"):
        getattr(state, step)()
    state.it_asks_for_something()
    assert not state.looks_at_us(state.offer)
    state.it_asks_for_something()
    state.teardown()
