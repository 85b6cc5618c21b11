"""Chargers' own certificates: requested, signed, installed, and renewed before they expire."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.chargers.setup import serving
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, ChargerId, Conflict, Ids, SiteId
from forecourt.stations import (
    Approval,
    CertificateRequest,
    CertificateRequested,
    Charger,
    ChargerAuthority,
    InstallSigned,
    Message,
    OrderResult,
    Outcome,
    ReportMeter,
    RequestState,
)

RENEW_BEFORE = timedelta(days=30)
_AGAIN_AFTER = timedelta(days=1)


def certificate_requested(store: Store, message: Message, fact: CertificateRequested) -> None:
    """A charger without an answer asks again: if a person is to have the request signed, the one they know is kept."""
    charger = store.stations.charger(message.charger_id)
    if charger is None:
        return
    known = charger.certificates.request
    if known is not None and known.csr == fact.csr and known.open:
        _keep(store, charger, replace(known, number=fact.number))
    else:
        _keep(store, charger, CertificateRequest(fact.csr, fact.at, fact.number))


def process_certificate_requests(store: Store, site_id: SiteId, at: datetime, ids: Ids, authority: ChargerAuthority | None) -> int:
    """Answer a site's certificate requests, and ask chargers whose certificates expire soon to renew. Returns how many were contacted."""
    answered = 0
    for charger in store.stations.chargers(site_id, Approval.APPROVED):
        request = charger.certificates.request
        if request is not None and request.state is RequestState.WAITING:
            answered += _answer(store, charger, request, at, ids, authority)
        elif authority is not None and _should_renew(charger, at):
            store.stations.put_charger(replace(charger, certificates=replace(charger.certificates, renewal_requested_at=at)))
            enqueue_order(store, charger.id, ReportMeter(0, "CERTIFICATE"), at, ids, f"certificate/{charger.id}/renew/{at:%Y-%m-%d}")
            answered += 1
    return answered


def sign_by_hand(store: Store, by: Staff, charger_id: ChargerId, chain: str, authority: ChargerAuthority | None) -> None:
    """Install what a person had signed. Raises Conflict if nothing was requested, BadInput for what would lock the charger out."""
    charger = serving(store, by, charger_id)
    if authority is None:
        raise Conflict("no_authority", "No authority is set up to sign charger certificates.", "Set FORECOURT_OCPP_TLS_CLIENT_CA.")
    request = charger.certificates.request
    if request is None:
        raise Conflict("no_request", f"{charger.id} has not requested a certificate.", "Request a new certificate first.")
    authority.check_signed(chain, request.csr, charger.id, charger.serial, by.at)
    note(store, by, "charger.certificate", charger.id, "signed by hand")
    _sent(store, charger, InstallSigned(chain, request.number), by.at, by.ids, str(by.ids.new(by.at)))


def certificate_answered(store: Store, charger_id: ChargerId, result: OrderResult, at: datetime) -> None:
    """Record whether the charger accepted the certificate. Without an answer it is sent again."""
    charger = store.stations.charger(charger_id)
    request = charger.certificates.request if charger else None
    if charger is None or request is None or request.state is not RequestState.SENT:
        return
    if result.outcome is Outcome.ACCEPTED:
        _keep(store, charger, replace(request, state=RequestState.INSTALLED, state_at=at))
    elif result.outcome in (Outcome.REJECTED, Outcome.UNSUPPORTED):
        _keep(store, charger, _refused(request, f"the charger refused it ({result.detail or result.outcome.value})", at))


def _answer(
    store: Store, charger: Charger, request: CertificateRequest, at: datetime, ids: Ids, authority: ChargerAuthority | None
) -> bool:
    """Sign at once only for a name that is unique to the charger: another one may claim the same serial number."""
    if authority is None:
        _keep(store, charger, _refused(request, "no authority is set up to sign charger certificates", at))
        return False
    try:
        name = authority.name_in(request.csr)
    except BadInput as error:
        _keep(store, charger, _refused(request, f"the request {error.text}", at))
        return False
    if name not in (charger.id, charger.serial):
        _keep(store, charger, _refused(request, f"the request is issued to {name}"[:200], at))
    elif authority.key is None or name != charger.id:
        _keep(store, charger, replace(request, state=RequestState.BY_HAND, state_at=at, why=f"issued to {name}"[:200]))
    else:
        signed = InstallSigned(authority.sign(request.csr, ids.new(at).int, at), request.number)
        _sent(store, charger, signed, at, ids, request.requested_at.isoformat())  # once, even if two workers handle it at the same time
        return True
    return False


def _sent(store: Store, charger: Charger, wanted: InstallSigned, at: datetime, ids: Ids, cause: str) -> None:
    """cause: identifies the certificate, so that it is sent only once."""
    enqueue_order(store, charger.id, wanted, at, ids, f"certificate/{charger.id}/{cause}")
    request = charger.certificates.request
    if request is not None:
        _keep(store, charger, replace(request, state=RequestState.SENT, state_at=at, why=""))


def _should_renew(charger: Charger, at: datetime) -> bool:
    """At most once a day, if the charger is online and nothing is under way. It uses a new certificate from its next connection."""
    ends, known, request = charger.last_connection.certificate_ends, charger.certificates, charger.certificates.request
    if not charger.connected or ends is None or ends - at > RENEW_BEFORE or (request is not None and request.open):
        return False
    is_installed = request is not None and request.state is RequestState.INSTALLED
    if request is not None and request.state_at is not None and at - request.state_at < (RENEW_BEFORE if is_installed else _AGAIN_AFTER):
        return False
    return known.renewal_requested_at is None or at - known.renewal_requested_at >= _AGAIN_AFTER


def _refused(request: CertificateRequest, reason: str, at: datetime) -> CertificateRequest:
    return replace(request, state=RequestState.REFUSED, state_at=at, why=reason)


def _keep(store: Store, charger: Charger, request: CertificateRequest) -> None:
    store.stations.put_charger(replace(charger, certificates=replace(charger.certificates, request=request)))
