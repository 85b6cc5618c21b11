"""Chargers are configured to measure what limits and bills need, one measurand at a time; unsupported ones are reported."""

from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.kernel import ChargerId
from forecourt.stations import (
    ChargerBooted,
    ChargerSettings,
    OrderResult,
    Outcome,
    ReadSettings,
    WriteSetting,
    measures,
    missing_measurands,
)
from power_world import at

ENERGY, CURRENT, POWER = "Energy.Active.Import.Register", "Current.Import", "Power.Active.Import"
CP1 = ChargerId("CP1")


class Box:
    """A charger with settings of its own: it takes a list where it can measure all of it."""

    def __init__(self, values: dict[str, str], can: set[str]) -> None:
        self.values, self.can, self.written = values, can, []

    def answer(self, order: object) -> OrderResult:
        if isinstance(order, ReadSettings):
            return OrderResult(Outcome.ACCEPTED, values=tuple(self.values.items()))
        if not isinstance(order, WriteSetting):
            return OrderResult(Outcome.ACCEPTED)
        self.written.append(order)
        if "," in order.value and not set(order.value.split(",")) <= self.can:
            return OrderResult(Outcome.REJECTED)
        self.values[order.name] = order.value
        return OrderResult(Outcome.ACCEPTED)


def boots(forecourt, box: Box, protocol: str = "ocpp1.6") -> ChargerSettings:
    """It boots and answers every request sent to it then."""
    forecourt.says("CP1", ChargerBooted(at(0), protocol, "V", "M"))
    with forecourt.transactions.begin() as store:
        while items := store.outbox.claim("charger", at(0), 1, 60):
            apply_order_result(store, items[0], items[0].work, box.answer(items[0].work.order), at(0), forecourt.ids)
            store.outbox.done(items[0].id, at(0), "")
        return store.stations.charger(CP1).settings


def test_missing_measurands_are_set_one_by_one_and_unsupported_ones_left_out(forecourt) -> None:
    box = Box({"MeterValuesSampledData": ENERGY}, can={ENERGY, POWER})
    known = boots(forecourt, box)
    assert [one.value for one in box.written] == [f"{ENERGY},{CURRENT}", f"{ENERGY},{POWER}"]
    assert known.measurands == (ENERGY, POWER)


def test_a_charger_that_measures_everything_is_sent_no_settings(forecourt) -> None:
    by_phase = f"{ENERGY},Current.Import.L1,Current.Import.L2,{POWER},SoC"
    box = Box({"MeterValuesSampledData": by_phase, "MeterValueSampleInterval": "60"}, can=set())
    known = boots(forecourt, box)
    assert (box.written, known.sample_interval_s) == ([], 60)


def test_a_meter_value_interval_that_is_off_or_too_long_is_set(forecourt) -> None:
    for told in ("0", "900"):
        box = Box({"MeterValueSampleInterval": told}, can=set())
        assert boots(forecourt, box).sample_interval_s == 60
        assert box.written == [WriteSetting("MeterValueSampleInterval", "60")]


@pytest.mark.parametrize("told", ["9" * 5000, "²", "٣", "1e3", "-1", ""])
def test_a_charger_setting_that_is_not_a_valid_number_is_ignored(forecourt, told: str) -> None:
    box = Box({"MeterValueSampleInterval": told, "ChargeProfileMaxStackLevel": told, "LocalAuthListMaxLength": told}, can=set())
    known = boots(forecourt, box)
    assert (box.written, known.card_room, known.max_stack_level) == ([], None, ChargerSettings().max_stack_level)


def test_in_ocpp_2_transaction_start_and_end_must_include_the_energy_register(forecourt) -> None:
    box = Box(
        {
            "SampledDataCtrlr/TxStartedMeasurands": "",
            "SampledDataCtrlr/TxEndedMeasurands": "SoC",
            "SampledDataCtrlr/TxUpdatedMeasurands": f"{ENERGY},{CURRENT},{POWER}",
        },
        can={ENERGY, "SoC"},
    )
    boots(forecourt, box, "ocpp2.0.1")
    assert [(one.name, one.value) for one in box.written] == [
        ("SampledDataCtrlr/TxStartedMeasurands", ENERGY),
        ("SampledDataCtrlr/TxEndedMeasurands", f"SoC,{ENERGY}"),
    ]


@pytest.mark.parametrize(
    ("protocol", "measured"), [("ocpp1.6", "MeterValuesSampledData"), ("ocpp2.0.1", "SampledDataCtrlr/TxUpdatedMeasurands")]
)
def test_a_charger_that_rejects_long_lists_of_settings_is_queried_in_parts(forecourt, protocol: str, measured: str) -> None:
    class Picky(Box):
        def answer(self, order: object) -> OrderResult:
            if order == ReadSettings():
                return OrderResult(Outcome.REJECTED, "OccurenceConstraintViolation")
            return super().answer(order)

    assert boots(forecourt, Picky({measured: f"{ENERGY},{CURRENT},{POWER}"}, can=set()), protocol).measurands == (ENERGY, CURRENT, POWER)


def test_an_ac_socket_needs_current_and_a_dc_socket_power_as_measurand(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        ac = store.stations.evse(forecourt.evse_id(1))
    dc = replace(ac, standard="IEC_62196_T2_COMBO")
    amps, watts = ChargerSettings(measurands=(ENERGY, CURRENT)), ChargerSettings(measurands=(ENERGY, POWER))
    assert [missing_measurands(ac, amps), missing_measurands(ac, watts)] == [(), (CURRENT,)]
    assert [missing_measurands(dc, amps), missing_measurands(dc, watts)] == [(POWER,), ()]
    assert missing_measurands(ac, ChargerSettings()) == (), "nothing was read yet"


def test_the_current_offered_is_not_taken_for_the_current_drawn() -> None:
    assert not measures(["Current.Import.Offered", "Current.Offered"], CURRENT)
