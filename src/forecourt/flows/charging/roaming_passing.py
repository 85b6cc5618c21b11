"""What is said to roaming partners about their customers' charges, and what they made of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Peer, RoamingPartner
from forecourt.flows.billing.roaming_told import session_told
from forecourt.flows.ports.papers import Pass, PassCdr, PassResult, PassSession
from forecourt.flows.ports.roamed import Passing
from forecourt.flows.ports.store import Store
from forecourt.kernel import SessionId
from forecourt.ocpi import SessionStatus, charge_json, command_result

# What of a running session becomes different; its periods are told when it starts and when it ends.
_RUNNING = ("kwh", "total_cost", "status", "last_updated")


@dataclass(frozen=True, slots=True)
class PartnerMessage:
    """A request to a partner's system."""

    partner: RoamingPartner
    method: str
    url: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """taken: it says so. url: where it keeps what it took. error: why not, or why nobody knows."""

    taken: bool
    url: str = ""
    error: str = ""


def call_of(store: Store, work: Pass) -> PartnerMessage | None:
    """What to say now. None: nothing any more; or the partner fetches such things itself."""
    match work:
        case PassSession(session_id=session_id):
            return _session_call(store, session_id)
        case PassCdr(document_id=document_id):
            kept = store.roamed.cdr(document_id)
            if kept is None or kept.passing.told_at is not None:
                return None
            return _call(store, kept.partner_id, "cdrs", "POST", lambda peer: ("", charge_json(kept.cdr, peer.version)))
        case PassResult(command_id=command_id, result=result):
            command = store.roamed.command(command_id)
            partner = store.roaming.partner(command.partner_id) if command else None
            if command is None or partner is None or partner.peer is None:
                return None
            return PartnerMessage(partner, "POST", command.response_url, command_result(result))


def passed(store: Store, work: Pass, answer: PartnerAnswer, at: datetime) -> None:
    """Keep what came of it. What was not taken stays to be told."""
    match work:
        case PassSession(session_id=session_id):
            charge = store.roamed.charge(session_id)
            if charge is not None:
                store.roamed.put_charge(replace(charge, passing=_after(charge.passing, answer, at)))
        case PassCdr(document_id=document_id):
            kept = store.roamed.cdr(document_id)
            if kept is not None:
                store.roamed.put_cdr(replace(kept, passing=_after(kept.passing, answer, at)))
        case PassResult():
            pass  # nothing more is known of it than that it was said


def _session_call(store: Store, session_id: SessionId) -> PartnerMessage | None:
    """The whole of it where the partner may not have it, or where it is the last word; else what became different."""
    charge = store.roamed.charge(session_id)
    told = session_told(store, charge) if charge else None
    if charge is None or told is None:
        return None
    known = charge.passing.told_at is not None and not charge.passing.error
    only = _RUNNING if known and told.status is SessionStatus.ACTIVE else ()
    path = f"/{told.country_code}/{told.party_id}/{told.id}"
    method = "PATCH" if only else "PUT"
    return _call(store, charge.partner_id, "sessions", method, lambda peer: (path, charge_json(told, peer.version, only)))


def _call(store: Store, partner_id: UUID, module: str, method: str, said: Callable[[Peer], tuple[str, bytes]]) -> PartnerMessage | None:
    partner = store.roaming.partner(partner_id)
    url = partner.peer.url_of(module, "RECEIVER") if partner and partner.peer else None
    if partner is None or partner.peer is None or url is None:
        return None
    path, body = said(partner.peer)
    return PartnerMessage(partner, method, f"{url.rstrip('/')}{path}" if path else url, body)


def _after(before: Passing, answer: PartnerAnswer, at: datetime) -> Passing:
    return Passing(at, answer.url or before.url) if answer.taken else replace(before, error=answer.error[:300] or "not taken")
