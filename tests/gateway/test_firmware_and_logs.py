"""Log uploads and firmware updates of simulated chargers over real sockets, and their status reports."""

import asyncio
from datetime import UTC, datetime

import pytest

from forecourt.gateway import decode_result, encode_order
from forecourt.simulation import Clock
from forecourt.simulation.charger import ChargerSpec, EvseSpec, build_charger
from forecourt.stations import InstallFirmware, OrderResult, Outcome, SendLog, WorkReported
from gateway.conftest import Forecourt
from gateway.decoding import NOW
from gateway.test_connection import until


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_charger_reports_the_progress_of_its_log_upload_and_firmware_update(forecourt: Forecourt, protocol: str) -> None:
    forecourt.network.add("CP1")
    spec = ChargerSpec(forecourt.url("CP1").removesuffix("/CP1"), "CP1", (EvseSpec(1, "B1"),), protocol)
    charger = build_charger(spec, Clock.starting(datetime(2026, 11, 23, 12, tzinfo=UTC), 60))
    running = asyncio.create_task(charger.run())
    await asyncio.wait_for(charger.booted.wait(), 60)
    await until(lambda: "CP1" in forecourt.network.handlers)

    async def order(wanted: SendLog | InstallFirmware) -> OrderResult:
        return decode_result(await forecourt.network.handlers["CP1"](encode_order(wanted)))

    for wanted in (SendLog(1, "https://files.example"), SendLog(2, "https://files.example", security=True, since=NOW)):
        answer = await order(wanted)
        assert (answer.outcome, len(answer.values)) == (Outcome.ACCEPTED, 1)
    assert (await order(InstallFirmware(3, "https://files.example", "PEM", "MEUC", NOW))).outcome is Outcome.ACCEPTED
    await until(lambda: any(fact.state == "Installed" for fact in forecourt.inbox.facts(WorkReported)))
    told = [(fact.work, fact.state, fact.number) for fact in forecourt.inbox.facts(WorkReported) if fact.state in ("Uploaded", "Installed")]
    assert told == [("LOG", "Uploaded", None if protocol == "ocpp1.6" else 1), ("LOG", "Uploaded", 2), ("FIRMWARE", "Installed", 3)]
    charger.stop()
    await asyncio.wait_for(running, 60)
