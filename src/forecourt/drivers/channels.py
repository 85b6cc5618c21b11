"""The sales channel by which a token gets a price."""

from collections.abc import Sequence

from forecourt.drivers.model import Token, TokenKind
from forecourt.tariffs import Channel

_CHANNELS = {
    TokenKind.RFID: Channel.CONTRACT,
    TokenKind.CONTRACT: Channel.CONTRACT,
    TokenKind.APP: Channel.CONTRACT,
    TokenKind.ROAMING: Channel.ROAMING,
    TokenKind.GUEST: Channel.ADHOC,
}


def channel_of(tokens: Sequence[Token]) -> Channel:
    """The channel of the token shown, or of all a driver has: contract if any is a contract of ours. No token: ad hoc."""
    channels = {_CHANNELS[token.kind] for token in tokens}
    return next((one for one in (Channel.CONTRACT, Channel.ROAMING) if one in channels), Channel.ADHOC)
