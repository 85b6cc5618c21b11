"""What a charger measures: set up at boot so that limits can be verified and bills made; shown to staff if it refuses."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, Ids
from forecourt.stations import CURRENT, ENERGY, POWER, Charger, ChargerSettings, OrderResult, Outcome, WriteSetting, measures

# Without an order of the planner, readings further apart than this cannot confirm a limit within a step.
SLOWEST_S, USUAL_S = 300, 60
# By setting: the measurands that must be in the list, the most important first.
_WANTED = MappingProxyType(
    {
        "MeterValuesSampledData": (ENERGY, CURRENT, POWER),
        "SampledDataCtrlr/TxUpdatedMeasurands": (ENERGY, CURRENT, POWER),
        "SampledDataCtrlr/TxStartedMeasurands": (ENERGY,),
        "SampledDataCtrlr/TxEndedMeasurands": (ENERGY,),
    }
)
_WHILE_CHARGING = ("MeterValuesSampledData", "SampledDataCtrlr/TxUpdatedMeasurands")
_MAX_DIGITS = 9
_INTERVALS = ("MeterValueSampleInterval", "SampledDataCtrlr/TxUpdatedInterval")


def set_up_measuring(store: Store, charger: Charger, values: dict[str, str], at: datetime, ids: Ids) -> None:
    """values: settings just read. Measurands are added one at a time, as a charger that lacks one refuses the whole list."""
    for name in (one for one in _WANTED if one in values):
        _write(store, charger.id, _next(name, listed(values[name])), at, ids)
    for name in _INTERVALS:
        interval = counted(values.get(name, ""))
        if interval is not None and not 0 < interval <= SLOWEST_S:
            _write(store, charger.id, WriteSetting(name, str(USUAL_S)), at, ids)


def setting_written(store: Store, charger_id: ChargerId, setting: WriteSetting, result: OrderResult, at: datetime, ids: Ids) -> None:
    """Whether or not it was accepted, request the next measurand."""
    charger, is_accepted = store.stations.charger(charger_id), result.outcome is Outcome.ACCEPTED
    if charger is None:
        return
    if is_accepted:
        store.stations.put_charger(replace(charger, settings=with_measuring(charger.settings, {setting.name: setting.value})))
    known = listed(setting.value)
    if setting.name in _WANTED and known and result.outcome in (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNSUPPORTED):
        _write(store, charger_id, _next(setting.name, known if is_accepted else known[:-1], known[-1]), at, ids)


def with_measuring(settings: ChargerSettings, values: dict[str, str]) -> ChargerSettings:
    """Update what is measured, and how often, from settings read or written; the rest stays as known."""
    lists = [listed(values[name]) for name in _WHILE_CHARGING if name in values]
    intervals = [found for name in _INTERVALS if (found := counted(values.get(name, ""))) is not None]
    return replace(
        settings,
        measurands=lists[0] if lists else settings.measurands,
        sample_interval_s=intervals[0] if intervals else settings.sample_interval_s,
    )


def counted(value: str) -> int | None:
    """A number from a charger, which may send anything; None for what is not a number of up to nine digits."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS else None


def listed(value: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in value.split(",") if one.strip())


def _next(name: str, known: tuple[str, ...], tried: str = "") -> WriteSetting | None:
    """The list with the next measurand that is wanted, missing, and not tried yet."""
    wanted = _WANTED[name]
    untried = wanted[wanted.index(tried) + 1 :] if tried in wanted else wanted
    missing = next((one for one in untried if not measures(known, one)), None)
    return WriteSetting(name, ",".join((*known, missing))) if missing else None


def _write(store: Store, charger_id: ChargerId, wanted: WriteSetting | None, at: datetime, ids: Ids) -> None:
    if wanted is not None:
        enqueue_order(store, charger_id, wanted, at, ids, f"measuring/{charger_id}/{wanted.name}/{ids.new(at)}")
