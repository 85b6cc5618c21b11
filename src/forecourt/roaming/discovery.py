"""A partner's system, looked at: its versions, its modules, and what it answers about itself."""

from collections.abc import Callable
from typing import Any

import msgspec

from forecourt.flows.ports import Outgoing, PartnerPost, PartnerUnreachable
from forecourt.roaming.client import data_of, heads

Look = Callable[[str, Any, str], Any]


def looker(post: PartnerPost, token: str) -> Look:
    """Reads what is at an address: of a kind, which is called so. Raises PartnerUnreachable."""

    def look(url: str, kind: Any, place: str) -> Any:
        return theirs(data_of(post.ask(Outgoing("GET", url, heads(token)))), kind, place)

    return look


def theirs(data: object, kind: Any, place: str) -> Any:
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise PartnerUnreachable(f"its {place} are none of OCPI's: {error}") from error
