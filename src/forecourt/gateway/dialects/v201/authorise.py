"""Authorize, and how tokens and verdicts on them are expressed."""

import re

from msgspec import json, to_builtins
from msgspec.structs import replace

from forecourt.drivers import (
    PresentedContract,
    contract_token,
    is_guest_token,
    looks_like_contract,
    terminal_token,
    unmark_contract,
    without_contract_mark,
)
from forecourt.gateway.dialects.model import CallContext, CallHandler, CardQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201.types_schema import AuthorizeRequest, AuthorizeResponse, IdToken, IdTokenInfo
from forecourt.stations import Acknowledgement, StatusQuestion, Verdict

_CARD = re.compile(r"(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})")  # the possible lengths of ISO 14443 UIDs
_INFO = {
    Verdict.ACCEPTED: IdTokenInfo("Accepted"),
    Verdict.BLOCKED: IdTokenInfo("Blocked"),
    Verdict.EXPIRED: IdTokenInfo("Expired"),
    Verdict.INVALID: IdTokenInfo("Invalid"),
    Verdict.NO_CREDIT: IdTokenInfo("NoCredit"),
    Verdict.CONCURRENT: IdTokenInfo("ConcurrentTx"),
    Verdict.NO_ROOM: IdTokenInfo("NotAtThisTime"),
    Verdict.NOT_NOW: IdTokenInfo("NotAtThisTime"),
}


def authorize_handler(kind: type[AuthorizeRequest]) -> CallHandler:
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> CardQuery:
        message, flags = reader.read(payload, context.message)
        token, reference = token_of(message.id_token) or "", reference_of(message.id_token)
        return CardQuery(token, _answer, reference, _contract_in(message, flags))

    return handle


def _contract_in(message: AuthorizeRequest, flags: list[str]) -> PresentedContract | None:
    """None: the charger has sent only a token. Faults tolerated in the message are not tolerated in a certificate."""
    described = [one for one in message.iso15118_certificate_hash_data or () if one is not None]
    readable = not set(flags) - {"unknown_field"}
    if not (message.certificate or described or (message.id_token.type == "eMAID" and not readable)):
        return None
    questions = tuple(
        StatusQuestion(one.hash_algorithm, one.issuer_name_hash, one.issuer_key_hash, one.serial_number, (one.responder_url,))
        for one in described
    )
    return PresentedContract(message.id_token.id_token, message.certificate or "", questions, readable)


def token_of(id_token: IdToken | None) -> str | None:
    """The token's text; None if the charger starts without one. A payment's reference (2.1) is never anyone's card, whatever it looks
    like, unless it is one that we gave a guest."""
    kind: str = id_token.type if id_token else "NoAuthorization"
    if id_token is None or kind == "NoAuthorization":
        return None
    if kind == "eMAID":
        return contract_token(id_token.id_token)
    reference = reference_of(id_token)
    return terminal_token(reference) if reference else unmark_contract(id_token.id_token) or None


def reference_of(id_token: IdToken) -> str:
    """The processor's reference of a payment at the charger's own terminal (2.1); empty: there is no such payment."""
    kind: str = id_token.type
    return id_token.id_token if kind == "DirectPayment" and not is_guest_token(id_token.id_token) else ""


def id_token(token: str) -> IdToken:
    """Our token as sent to the charger: a card's UID is recognised by its form, a contract by its mark; everything else is issued by us."""
    if looks_like_contract(token):
        return IdToken(without_contract_mark(token), "eMAID")
    return IdToken(token, "ISO14443" if _CARD.fullmatch(token) else "Central")


def id_token_info(acknowledgement: Acknowledgement) -> IdTokenInfo:
    """No verdict: there was no token to judge."""
    info = _INFO[acknowledgement.verdict or Verdict.INVALID]
    return replace(info, group_id_token=group_token(acknowledgement.group)) if acknowledgement.group else info


def group_token(group: str) -> IdToken:
    return IdToken(group, "Central")


def _answer(acknowledgement: Acknowledgement) -> bytes:
    info = id_token_info(acknowledgement)
    if acknowledgement.certificate:
        return json.encode({"idTokenInfo": info, "certificateStatus": acknowledgement.certificate})
    if not acknowledgement.link:
        return json.encode(AuthorizeResponse(info))
    # 2.1 has a format for what a display shows as a QR code; only a payment at a terminal, which exists only in 2.1, gets a link.
    return json.encode({"idTokenInfo": to_builtins(info) | {"personalMessage": {"format": "QRCODE", "content": acknowledgement.link}}})
