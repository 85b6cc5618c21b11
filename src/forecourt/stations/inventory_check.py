"""Where a charger's report about itself differs from what was entered for its sockets. Limits are planned by what it can draw."""

from collections.abc import Iterator, Sequence

from forecourt.stations.evse import Evse
from forecourt.stations.inventory import SOCKETS_16, Inventory
from forecourt.stations.socket_details import DIRECT

# OCPP's names of plugs, mapped to OCPI's.
_STANDARDS = {
    "cCCS1": "IEC_62196_T1_COMBO",
    "cCCS2": "IEC_62196_T2_COMBO",
    "cChaoJi": "CHAOJI",
    "cG105": "CHADEMO",
    "cGBT": "GBT_DC",
    "cMCS": "MCS",
    "cType1": "IEC_62196_T1",
    "cType2": "IEC_62196_T2",
    "sType2": "IEC_62196_T2",
}
# Makers round, and may report the output of a DC charger where the supply was entered.
_APART_PERCENT = 15


def differing(inventory: Inventory, evses: Sequence[Evse]) -> tuple[str, ...]:
    """One sentence per difference. evses: all EVSEs of the charger that are in service."""
    if not inventory.whole:
        return ()
    return (*_other_sockets(inventory, evses), *(words for evse in evses for words in _other_socket(inventory, evse)))


def _other_sockets(inventory: Inventory, evses: Sequence[Evse]) -> Iterator[str]:
    reported, entered = {one.evse for one in inventory.parts if one.evse}, {evse.number for evse in evses}
    if reported and reported != entered:
        yield f"It reports sockets {_listed(reported)}; entered: {_listed(entered)}."
    count = inventory.numbers(SOCKETS_16).get(0)
    if count is not None and count != len(evses):
        yield f"It reports {count} {_named(count, 'socket')}; entered: {len(evses)}."


def _other_socket(inventory: Inventory, evse: Evse) -> Iterator[str]:
    plugs = {_STANDARDS.get(one) for one in inventory.plugs().get(evse.number, ())}
    if plugs and None not in plugs and evse.standard not in plugs:
        yield f"{evse.label} has the plug {' or '.join(sorted(one for one in plugs if one))}; entered: {evse.standard}."
    phases = inventory.numbers("EVSE/SupplyPhases").get(evse.number) or inventory.numbers("Connector/SupplyPhases").get(evse.number)
    if phases and evse.standard not in DIRECT and phases != (3 if len(evse.phases) == 3 else 1) and phases != len(evse.phases):
        yield f"{evse.label} has {phases} {_named(phases, 'phase')}; entered: {len(evse.phases)}."
    power_w = inventory.numbers("EVSE/Power").get(evse.number)
    if power_w and abs(power_w - evse.max_power_w) * 100 > _APART_PERCENT * evse.max_power_w:
        yield f"{evse.label} can give {power_w / 1000:.1f} kW; entered: {evse.max_power_w / 1000:.1f} kW."


def _listed(numbers: set[int]) -> str:
    return ", ".join(str(one) for one in sorted(numbers)) or "none"


def _named(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
