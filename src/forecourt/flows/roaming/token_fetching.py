"""Fetch tokens from partners, so that cards are known before they are pushed: all after registration, and each night what has changed.
A token that no longer exists is one that is not valid: OCPI has no other way to end it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from forecourt.drivers import Registered, RoamingPartner, RoamingToken, TokenRefused
from forecourt.flows.desk.orders import enqueue_partner_message, enqueue_partner_message_once
from forecourt.flows.ports.outbox import FetchTokens
from forecourt.flows.ports.roaming_partners import PartnerRequest, PartnerResult, PartnerUpdate
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.published import party_of
from forecourt.flows.roaming.tokens import store_token
from forecourt.kernel import Ids, OperatorId, instant_text
from forecourt.ocpi import parse_tokens

# In the operator's zone; each partner at a minute of its own.
NIGHT_HOUR = 3
# Partners date their tokens by their own clocks.
OVERLAP = timedelta(hours=1)
PAGE, MAX_PAGES, MAX_REFUSED_TOKENS = 500, 10_000, 50


def start_token_fetches(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """Start fetching the tokens that are due. Returns from how many partners."""
    zone = ZoneInfo(store.stations.operator(operator_id).zone)
    due_partners = (one for one, read_at in _readable(store, operator_id) if read_at is None or read_at < _last_night(one, zone, at))
    return sum(enqueue_partner_message_once(store, one, FetchTokens(one.id, at), at, ids) for one in due_partners)


def fetch_tokens(store: Store, partner: RoamingPartner, at: datetime, ids: Ids) -> None:
    """Start fetching now, if the partner serves tokens."""
    if _serves(partner):
        enqueue_partner_message_once(store, partner, FetchTokens(partner.id, at), at, ids)


def token_page_request(store: Store, work: FetchTokens) -> PartnerUpdate | None:
    """The request for a page. None: the partner has left meanwhile, or serves no tokens."""
    partner = store.roaming.partner(work.partner_id)
    if partner is None or not _serves(partner) or not isinstance(partner.state, Registered):
        return None
    read_at = _read_at(partner.state)
    since = {"date_from": instant_text(read_at - OVERLAP)} if read_at else {}
    us = party_of(store.stations.operator(partner.operator_id))
    query = work.query or urlencode({**since, "limit": PAGE})
    return PartnerUpdate(PartnerRequest(partner, (us.country, us.id), "GET", "tokens", "SENDER", query=query))


def store_token_page(store: Store, work: FetchTokens, result: PartnerResult, at: datetime, ids: Ids) -> str:
    """Store a page, and go on to the next one or record that it was the last. Returns why the page violates OCPI; empty if it does not.

    Invalid tokens are skipped, as are those of parties the partner does not speak for; the operator can see which. What was pushed
    meanwhile stays. Pages that lead nowhere end the fetch, and the fault is recorded: next time all tokens are fetched again.
    """
    partner = store.roaming.lock_partner(work.partner_id)
    if result.error or partner is None or not isinstance(partner.state, Registered):
        return result.error
    if not isinstance(result.data, list):
        return "answered with what is no list of tokens"
    refused = _refused(work, partner.state)
    for token in parse_tokens(result.data, partner):
        refused.pop(token.name if isinstance(token, TokenRefused) else token.uid, None)
        if isinstance(token, TokenRefused):
            refused[token.name] = token
        elif _is_newer(store, token):
            store_token(store, token, at)
    seen = (work.query, sha256(msgspec.json.encode(result.data)).hexdigest())
    flaw = _flaw(work, seen, result)
    if result.next_query and not flaw:
        # Each page is compared with the last one whose number is a power of two, so a cycle of any length is found within three rounds.
        mark = work.mark if work.page & (work.page - 1) else seen
        following = replace(work, query=result.next_query, page=work.page + 1, mark=mark, refused=_shortened(refused))
        enqueue_partner_message(store, partner, following, at, ids, ids.new(at))
    else:
        state = replace(partner.state, tokens_at=work.begun_at, tokens_flaw=flaw, tokens_refused=_shortened(refused))
        store.roaming.put_partner(replace(partner, state=state))
    return ""


def _read_at(state: Registered) -> datetime | None:
    """From when changes are fetched; None: all tokens."""
    return None if state.tokens_flaw else state.tokens_at


def _refused(work: FetchTokens, state: Registered) -> dict[str, TokenRefused]:
    """Tokens skipped so far, by name; if only changes are fetched, earlier ones stay."""
    before = state.tokens_refused if work.page == 1 and _read_at(state) else work.refused
    return {one.name: one for one in before}


def _shortened(refused: dict[str, TokenRefused]) -> tuple[TokenRefused, ...]:
    """The newest of them: a partner with more has more to fix than a list can show."""
    return tuple(refused.values())[-MAX_REFUSED_TOKENS:]


def _is_newer(store: Store, token: RoamingToken) -> bool:
    known = store.roaming.token(token.partner_id, (token.country, token.party), token.uid, token.type)
    return known is None or known.last_updated < token.last_updated


def _flaw(work: FetchTokens, seen: tuple[str, str], result: PartnerResult) -> str:
    """Why nothing new follows this page; empty: something may, or it is the last."""
    if not result.next_query:
        return ""
    if not result.data:
        return f"page {work.page} is empty and names another"
    if (work.page > 1 and seen[1] == work.mark[1]) or result.next_query in (work.query, work.mark[0]):
        return f"page {work.page} leads back to one that was read"
    return "" if work.page < MAX_PAGES else f"there are more than {MAX_PAGES:,} pages"


def _readable(store: Store, operator_id: OperatorId) -> Iterator[tuple[RoamingPartner, datetime | None]]:
    """Partners that serve their tokens, each with the time of the last fetch."""
    for partner in store.roaming.partners(operator_id):
        if _serves(partner) and isinstance(partner.state, Registered):
            yield partner, partner.state.tokens_at


def _serves(partner: RoamingPartner) -> bool:
    return partner.is_active and partner.peer is not None and partner.peer.url_of("tokens", "SENDER") is not None


def _last_night(partner: RoamingPartner, zone: ZoneInfo, at: datetime) -> datetime:
    local = at.astimezone(zone)
    tonight = local.replace(hour=NIGHT_HOUR, minute=partner.id.int % 60, second=0, microsecond=0)
    return tonight if tonight <= local else tonight - timedelta(days=1)
