"""Sessions and CDRs as JSON, in the OCPI version a partner speaks."""

from collections.abc import Collection
from typing import Any

import msgspec

from forecourt.ocpi.charge_model import Cdr, Price, Session

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def charge_json(charge: Session | Cdr, version: str, names: Collection[str] = ()) -> bytes:
    """In the order of the tables; names: the fields of a PATCH."""
    fields = {name: value for name, value in msgspec.structs.asdict(charge).items() if value not in (None, ())}
    return _ENCODER.encode({name: _in_words(value, version) for name, value in fields.items() if not names or name in names})


def _in_words(value: Any, version: str) -> Any:
    """Convert prices for 2.2.1, which has excl. and incl. VAT only, without named taxes."""
    if version == "2.2.1" and isinstance(value, Price):
        return {"excl_vat": value.before_taxes, "incl_vat": value.before_taxes + sum(one.amount for one in value.taxes)}
    return value
