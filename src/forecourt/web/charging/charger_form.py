"""The form of a charger: its name, site and sockets, as typed; and as the flow takes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forecourt.flows.chargers import MAX_SOCKETS, ChargerDetails
from forecourt.kernel import BadInput, SiteId
from forecourt.stations import DIRECT, PLUGS, SocketDetails, charger_named

Fields = Mapping[str, str]
PLUG_CHOICES = [(code, f"{words}, {'DC' if code in DIRECT else 'AC'}") for code, words in PLUGS.items()]
_SUPPLIES = {
    "three": (("L1", "L2", "L3"), "Three phases"),
    "one": (("L1",), "One phase"),
    "two": (("L1", "L2"), "Two phases, line to line"),
}
SUPPLY_CHOICES = [(code, words) for code, (_, words) in _SUPPLIES.items()]


@dataclass(frozen=True, slots=True)
class SocketFields:
    """One socket as typed."""

    plug: str = "IEC_62196_T2"
    supply: str = "three"
    voltage_v: str = "230"
    max_a: str = "16"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ChargerForm:
    """secured: "on" if it is to have a password of its own."""

    id: str
    site: str
    sockets: tuple[SocketFields, ...] = (SocketFields(),)
    secured: str = "on"


def parse_charger_form(data: Fields) -> ChargerForm:
    """As many sockets as the form had, without any check."""
    written = data.get("sockets", "")
    count = int(written) if written.isascii() and written.isdecimal() and len(written) <= 3 else 1
    sockets = tuple(_parse_socket(data, number) for number in range(1, min(max(count, 1), MAX_SOCKETS) + 1))
    return ChargerForm(data.get("id", "").strip(), data.get("site", ""), sockets, data.get("secured", ""))


def with_sockets(form: ChargerForm, more: int) -> ChargerForm:
    """One socket more, a copy of the last; or one less."""
    present = form.sockets if more > 0 else form.sockets[:-1]
    added = present[-1:] if more > 0 and len(present) < MAX_SOCKETS else ()
    return replace(form, sockets=(*present, *added) or form.sockets)


def charger_details(form: ChargerForm, site_id: SiteId) -> ChargerDetails:
    """Raises BadInput with the name of the field, for a socket with its number: "max_a-2"."""
    charger_id = charger_named(form.id)
    return ChargerDetails(charger_id, site_id, tuple(_sockets(form)))


def _sockets(form: ChargerForm) -> Iterator[SocketDetails]:
    for number, one in enumerate(form.sockets, start=1):
        try:
            yield _socket(one)
        except BadInput as error:
            raise BadInput(f"{error.code}-{number}", error.text, error.remedy) from error


def _socket(one: SocketFields) -> SocketDetails:
    if one.plug not in PLUGS:
        raise BadInput("plug", "That plug type is unknown.", "Choose one from the list.")
    if one.supply not in _SUPPLIES:
        raise BadInput("supply", "That supply is unknown.", "Choose one from the list.")
    phases = _SUPPLIES[one.supply][0]
    return SocketDetails(one.plug, phases, _whole(one.voltage_v, "voltage_v"), _whole(one.max_a, "max_a"), one.kind.strip())


def _whole(text: str, field: str) -> int:
    written = text.strip()
    if not (written.isascii() and written.isdecimal() and len(written) <= 6):
        raise BadInput(field, f"{text[:20]!r} is not a whole number.", "Use digits only.")
    return int(written)


def _parse_socket(data: Fields, number: int) -> SocketFields:
    defaults = SocketFields()
    return SocketFields(
        data.get(f"plug-{number}", defaults.plug),
        data.get(f"supply-{number}", defaults.supply),
        data.get(f"voltage_v-{number}", defaults.voltage_v),
        data.get(f"max_a-{number}", defaults.max_a),
        data.get(f"kind-{number}", defaults.kind),
    )
