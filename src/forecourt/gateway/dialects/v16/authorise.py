"""Authorize, and how a verdict on a token is expressed."""

from msgspec import json
from msgspec.structs import replace

from forecourt.drivers import unmark_contract
from forecourt.gateway.dialects.model import CallContext, CardQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v16.types_schema import AuthorizeRequest, AuthorizeResponse, IdTagInfo
from forecourt.stations import Acknowledgement, Verdict

_AUTHORIZE = PayloadReader(AuthorizeRequest, lenient=True)
_INFO = {
    Verdict.ACCEPTED: IdTagInfo("Accepted"),
    Verdict.BLOCKED: IdTagInfo("Blocked"),
    Verdict.EXPIRED: IdTagInfo("Expired"),
    Verdict.INVALID: IdTagInfo("Invalid"),
    Verdict.NO_CREDIT: IdTagInfo("Blocked"),  # 1.6 has no such status
    Verdict.CONCURRENT: IdTagInfo("ConcurrentTx"),
    Verdict.NO_ROOM: IdTagInfo("Blocked"),  # nor this one
    Verdict.NOT_NOW: IdTagInfo("Blocked"),  # nor this one
}


def handle_authorize(payload: str, context: CallContext) -> CardQuery:
    message, _ = _AUTHORIZE.read(payload, context.message)
    return CardQuery(unmark_contract(message.id_tag), _answer)


def id_tag_info(acknowledgement: Acknowledgement) -> IdTagInfo:
    """No verdict: there was no token to judge."""
    info = _INFO[acknowledgement.verdict or Verdict.INVALID]
    return replace(info, parent_id_tag=acknowledgement.group) if acknowledgement.group else info


def _answer(acknowledgement: Acknowledgement) -> bytes:
    return json.encode(AuthorizeResponse(id_tag_info(acknowledgement)))
