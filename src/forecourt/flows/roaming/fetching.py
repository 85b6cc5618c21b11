"""Tokens read from partners, so that a card is known before it is pushed: all of them once a partner has registered, and each night what
has changed since. A token that is no more is one that is not valid: OCPI has no other end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from forecourt.drivers import Registered, RoamingPartner, RoamingToken, TokenRefused
from forecourt.flows.desk.orders import pass_on, pass_on_once
from forecourt.flows.ports.outbox import FetchTokens
from forecourt.flows.ports.roaming import Heard, PartnerCall, Telling
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.telling_sites import party_of
from forecourt.flows.roaming.tokens import keep_token
from forecourt.kernel import Ids, OperatorId, instant_text
from forecourt.ocpi import tokens_read

# By the operator's clock; each partner at a minute of its own.
NIGHT_HOUR = 3
# The partner dates its tokens by a clock of its own.
OVERLAP = timedelta(hours=1)
PAGE, MOST_PAGES, MOST_REFUSED = 500, 10_000, 50


def keep_tokens_fetched(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """How many partners' tokens are to be read now."""
    zone = ZoneInfo(store.stations.operator(operator_id).zone)
    late = (one for one, read_at in _readable(store, operator_id) if read_at is None or read_at < _last_night(one, zone, at))
    return sum(pass_on_once(store, one, FetchTokens(one.id, at), at, ids) for one in late)


def fetch_tokens(store: Store, partner: RoamingPartner, at: datetime, ids: Ids) -> None:
    """Now, where it serves them."""
    if _serves(partner):
        pass_on_once(store, partner, FetchTokens(partner.id, at), at, ids)


def tokens_call(store: Store, work: FetchTokens) -> Telling | None:
    """None: the partner has left meanwhile, or serves no tokens."""
    partner = store.roaming.partner(work.partner_id)
    if partner is None or not _serves(partner) or not isinstance(partner.state, Registered):
        return None
    read_at = _read_at(partner.state)
    since = {"date_from": instant_text(read_at - OVERLAP)} if read_at else {}
    us = party_of(store.stations.operator(partner.operator_id))
    query = work.query or urlencode({**since, "limit": PAGE})
    return Telling(PartnerCall(partner, (us.country, us.id), "GET", "tokens", "SENDER", query=query))


def tokens_heard(store: Store, work: FetchTokens, heard: Heard, at: datetime, ids: Ids) -> str:
    """Keep a page of them, and go on to the next, or note that it was the last. Why it is none of OCPI's; empty: it is one.

    Of a page what is no token is not taken, nor are those of parties that the partner does not speak for: an operator sees which. What it
    has pushed meanwhile stays. Pages that lead nowhere end it, and the partner's flaw is kept: the next time all is read again.
    """
    partner = store.roaming.lock_partner(work.partner_id)
    if heard.error or partner is None or not isinstance(partner.state, Registered):
        return heard.error
    if not isinstance(heard.data, list):
        return "answered with what is no list of tokens"
    refused = _refused(work, partner.state)
    for token in tokens_read(heard.data, partner):
        refused.pop(token.name if isinstance(token, TokenRefused) else token.uid, None)
        if isinstance(token, TokenRefused):
            refused[token.name] = token
        elif _is_news(store, token):
            keep_token(store, token, at)
    seen = (work.query, sha256(msgspec.json.encode(heard.data)).hexdigest())
    flaw = _flaw(work, seen, heard)
    if heard.next_query and not flaw:
        # Each page is held against the last whose number is a power of two, so a circle of any length is found within three rounds.
        mark = work.mark if work.page & (work.page - 1) else seen
        following = replace(work, query=heard.next_query, page=work.page + 1, mark=mark, refused=_shortened(refused))
        pass_on(store, partner, following, at, ids, ids.new(at))
    else:
        state = replace(partner.state, tokens_at=work.begun_at, tokens_flaw=flaw, tokens_refused=_shortened(refused))
        store.roaming.put_partner(replace(partner, state=state))
    return ""


def _read_at(state: Registered) -> datetime | None:
    """From when on what has changed is read; None: all."""
    return None if state.tokens_flaw else state.tokens_at


def _refused(work: FetchTokens, state: Registered) -> dict[str, TokenRefused]:
    """By name, what was not taken before this page; where only what changed is read, what was not taken before stands."""
    before = state.tokens_refused if work.page == 1 and _read_at(state) else work.refused
    return {one.name: one for one in before}


def _shortened(refused: dict[str, TokenRefused]) -> tuple[TokenRefused, ...]:
    """The newest of them: whoever sends more has more to mend than a list can say."""
    return tuple(refused.values())[-MOST_REFUSED:]


def _is_news(store: Store, token: RoamingToken) -> bool:
    known = store.roaming.token(token.partner_id, (token.country, token.party), token.uid, token.type)
    return known is None or known.last_updated < token.last_updated


def _flaw(work: FetchTokens, seen: tuple[str, str], heard: Heard) -> str:
    """Why nothing new comes behind this page; empty: something may, or it is the last."""
    if not heard.next_query:
        return ""
    if not heard.data:
        return f"page {work.page} is empty and names another"
    if (work.page > 1 and seen[1] == work.mark[1]) or heard.next_query in (work.query, work.mark[0]):
        return f"page {work.page} leads back to one that was read"
    return "" if work.page < MOST_PAGES else f"there are more than {MOST_PAGES:,} pages"


def _readable(store: Store, operator_id: OperatorId) -> Iterator[tuple[RoamingPartner, datetime | None]]:
    """Partners that serve their tokens, each with when they were read last."""
    for partner in store.roaming.partners(operator_id):
        if _serves(partner) and isinstance(partner.state, Registered):
            yield partner, partner.state.tokens_at


def _serves(partner: RoamingPartner) -> bool:
    return partner.stands and partner.peer is not None and partner.peer.url_of("tokens", "SENDER") is not None


def _last_night(partner: RoamingPartner, zone: ZoneInfo, at: datetime) -> datetime:
    local = at.astimezone(zone)
    tonight = local.replace(hour=NIGHT_HOUR, minute=partner.id.int % 60, second=0, microsecond=0)
    return tonight if tonight <= local else tonight - timedelta(days=1)
