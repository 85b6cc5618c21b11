"""What a charger supports, read from the settings it reports and passed on to whatever depends on it."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.inventory import inventory_of_16, store_inventory
from forecourt.flows.chargers.measuring import counted, listed, set_up_measuring, with_measuring
from forecourt.flows.desk.quarantine import quarantine_once
from forecourt.flows.ports.store import Store
from forecourt.flows.power.fallbacks import send_fallback
from forecourt.kernel import Ids
from forecourt.stations import (
    Charger,
    ChargerSettings,
    Protocol,
    QuirkKind,
    after_settings,
)

_KEEPS_PRICES = "TariffCostCtrlr/Enabled/Tariff"
_SHOWS_COST = ("CustomDisplayCostAndPrice", "TariffCostCtrlr/Enabled/Cost")


def settings_read(store: Store, charger: Charger, values: dict[str, str], at: datetime, ids: Ids) -> None:
    """If a charger turns out to take watts instead of amps, or the reverse, its fallback is sent again."""
    known = replace(charger, settings=settings_of(charger, values), terminal=after_settings(charger.terminal, values))
    store.stations.put_charger(known)
    if known.terminal != charger.terminal:
        text = f"The card terminal of {known.id} no longer starts charges: {known.terminal.why}."
        quarantine_once(store, known, at, "terminal_refused", text)
    inventory = inventory_of_16(known, values) if known.protocol is Protocol.OCPP16 else None
    if inventory is not None:
        store_inventory(store, known, inventory, at)
    set_up_measuring(store, known, values, at, ids)
    units = [(one.settings.rate_unit, one.settings.amps_alone) for one in (known, charger)]
    if units[0] != units[1]:
        send_fallback(store, known, at, ids, f"fallback/{known.id}/{ids.new(at)}")


def settings_of(charger: Charger, values: dict[str, str]) -> ChargerSettings:
    """What the charger supports, from the settings it reported (1.6 keys or 2.0.1 Component/Variable); the rest stays as known."""

    def number(*names: str) -> int | None:
        return next((found for name in names if (found := counted(values.get(name, ""))) is not None), None)

    known = with_measuring(charger.settings, values)
    cost_flags = [values[name].lower() == "true" for name in _SHOWS_COST if name in values]
    amps, watts = _takes(charger, values.get("ChargingScheduleAllowedChargingRateUnit") or values.get("SmartChargingCtrlr/RateUnit") or "")
    return replace(
        known,
        rate_unit="A" if amps else "W",
        amps_alone=amps and not watts,
        max_stack_level=number("ChargeProfileMaxStackLevel", "SmartChargingCtrlr/ProfileStackLevel") or known.max_stack_level,
        max_periods=number("ChargingScheduleMaxPeriods", "SmartChargingCtrlr/PeriodsPerSchedule") or known.max_periods,
        shows_cost=any(cost_flags) if cost_flags else known.shows_cost,
        keeps_prices=values.get(_KEEPS_PRICES, str(known.keeps_prices)).lower() == "true",
        zone=values.get("ClockCtrlr/TimeZone", known.zone),
        caps=listed(values["TxCtrlr/SupportedLimits"]) if "TxCtrlr/SupportedLimits" in values else known.caps,
        max_profiles=number("MaxChargingProfilesInstalled", "SmartChargingCtrlr/Entries") or known.max_profiles,
        card_room=_either(number("LocalAuthListMaxLength"), known.card_room),
        cards_at_once=_either(number("SendLocalListMaxLength"), known.cards_at_once),
    )


def _either(read: int | None, known: int | None) -> int | None:
    return known if read is None else read


def _takes(charger: Charger, unit: str) -> tuple[bool, bool]:
    """Whether it takes amps, and watts. unit: the setting that says so; empty: not reported this time."""
    if charger.has(QuirkKind.WATTS_ALONE):
        return False, True
    if not unit:
        return charger.settings.rate_unit == "A", not charger.settings.amps_alone
    watts = "W" in unit or "Power" in unit
    return not watts or "A" in unit or "Current" in unit, watts
