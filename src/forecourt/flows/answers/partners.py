"""Messages to roaming partners about charges, sites and tariffs, requests for their tokens, and their replies."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Peer
from forecourt.flows.billing.roaming_details import cdr_for_partner, session_for_partner
from forecourt.flows.ports.outbox import FetchTokens, PartnerTask, PassCdr, PassLocation, PassProfile, PassResult, PassSession, PassTariff
from forecourt.flows.ports.roaming_charges import PartnerDelivery
from forecourt.flows.ports.roaming_partners import PartnerRequest, PartnerResult, PartnerUpdate
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.profiles import current_profile
from forecourt.flows.roaming.published import party_of
from forecourt.flows.roaming.pushing import next_location_push, next_tariff_push, pushed
from forecourt.flows.roaming.token_fetching import store_token_page, token_page_request
from forecourt.kernel import Ids
from forecourt.ocpi import ProfileResult, SessionStatus, charge_json, command_result, encode_profile, profile_result

# The fields of a running session that change; its periods are sent when it starts and when it ends.
_RUNNING = ("kwh", "total_cost", "status", "last_updated")


def message_for_partner(store: Store, work: PartnerTask, at: datetime) -> PartnerUpdate | None:
    """The message to send now. None: there is nothing to send any more, or the partner fetches such things itself."""
    match work:
        case PassLocation():
            return next_location_push(store, work, at)
        case PassTariff():
            return next_tariff_push(store, work, at)
        case FetchTokens():
            return token_page_request(store, work)
        case PassProfile():
            call = _profile_call(store, work, at)
        case _:
            call = _call_of(store, work)
    return PartnerUpdate(call) if call else None


def record_partner_reply(store: Store, work: PartnerTask, message: PartnerUpdate, reply: PartnerResult, at: datetime, ids: Ids) -> str:
    """Store the result. Returns the reason why the partner did not accept the message, which is then sent again; empty if it did."""
    error = reply.error
    match work:
        case PassSession(session_id=session_id):
            charge = store.roaming_charges.charge(session_id)
            if charge is not None:
                store.roaming_charges.put_charge(replace(charge, passing=_passing_after(charge.passing, error, at)))
        case PassCdr(document_id=document_id):
            stored = store.roaming_charges.cdr(document_id)
            if stored is not None:
                store.roaming_charges.put_cdr(replace(stored, passing=_passing_after(stored.passing, error, at)))
        case PassLocation() | PassTariff():
            pushed(store, work, message, error, at, ids)
        case FetchTokens():
            return store_token_page(store, work, reply, at, ids)
        case PassResult() | PassProfile():
            pass  # nothing is stored about these
    return error


def _call_of(store: Store, work: PassSession | PassCdr | PassResult) -> PartnerRequest | None:
    match work:
        case PassSession(session_id=session_id):
            return _session_call(store, session_id)
        case PassCdr(document_id=document_id):
            stored = store.roaming_charges.cdr(document_id)
            peer = _peer(store, stored.partner_id, "cdrs") if stored and stored.passing.accepted_at is None else None
            return (
                _call(store, stored.partner_id, "POST", "cdrs", cdr_for_partner(store, stored, peer.version)) if stored and peer else None
            )
        case PassResult(command_id=command_id, result=result):
            command = store.roaming_charges.command(command_id)
            call = _call(store, command.partner_id, "POST", "commands", command_result(result)) if command else None
            return replace(call, address=command.response_url) if command and call else None


def _session_call(store: Store, charge_id: UUID) -> PartnerRequest | None:
    """The whole Session if the partner may not have it, or if this is its final state; otherwise only the fields that change."""
    charge = store.roaming_charges.charge(charge_id)
    session, peer = (session_for_partner(store, charge), _peer(store, charge.partner_id, "sessions")) if charge else (None, None)
    if charge is None or session is None or peer is None:
        return None
    known = charge.passing.accepted_at is not None and not charge.passing.error
    fields = _RUNNING if known and session.status is SessionStatus.ACTIVE else ()
    call = _call(store, charge.partner_id, "PATCH" if fields else "PUT", "sessions", charge_json(session, peer.version, fields))
    return replace(call, path=f"{session.country_code}/{session.party_id}/{session.id}") if call else None


def _profile_call(store: Store, work: PassProfile, at: datetime) -> PartnerRequest | None:
    """The charging profile as currently planned."""
    charge = store.roaming_charges.charge(work.charge_id)
    active = current_profile(store, charge, at, work.duration_s) if charge and work.duration_s else None
    if charge is None or (work.command_id is None and active is None):
        return None
    command = store.roaming_charges.command(work.command_id) if work.command_id else None
    if command is not None:
        result = ProfileResult.REJECTED if work.duration_s and active is None else work.result
        call = _call(store, charge.partner_id, "POST", "chargingprofiles", profile_result(result, active))
        return replace(call, address=command.response_url) if call else None
    call = _call(store, charge.partner_id, "PUT", "chargingprofiles", encode_profile(active)) if active else None
    return replace(call, role="SENDER", path=str(charge.id)) if call else None


def _peer(store: Store, partner_id: UUID, module: str) -> Peer | None:
    """The partner's system, if it accepts this module's messages."""
    partner = store.roaming.partner(partner_id)
    return partner.peer if partner and partner.peer and partner.peer.url_of(module, "RECEIVER") else None


def _call(store: Store, partner_id: UUID, method: str, module: str, body: bytes) -> PartnerRequest | None:
    partner = store.roaming.partner(partner_id)
    if partner is None or partner.peer is None:
        return None
    us = party_of(store.stations.operator(partner.operator_id))
    return PartnerRequest(partner, (us.country, us.id), method, module, "RECEIVER", body=body)


def _passing_after(before: PartnerDelivery, error: str, at: datetime) -> PartnerDelivery:
    return replace(before, error=error[:300]) if error else PartnerDelivery(at)
