"""Readings requested after an order was accepted. They run beside the orders, hold none of them up, and are not stored."""

import asyncio
from datetime import datetime, timedelta

import structlog

from forecourt.flows.ports import ChargerOrder, StoreUnavailable
from forecourt.flows.power import REPEAT_READINGS_AFTER_S, needs_reading
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import ChargerId
from forecourt.stations import Outcome, ReportMeter

_log = structlog.get_logger("forecourt.jobs")

# A charger that cannot be asked is not asked for this long: by then it may have other firmware.
UNSUPPORTED_FOR = timedelta(days=1)


class ReadingRequests:
    """Requests readings immediately, and again while somebody waits for current that the charger has not yet been seen to release."""

    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self._newest: dict[tuple[ChargerId, int], asyncio.Task[None]] = {}
        self._unsupported_since: dict[ChargerId, datetime] = {}

    def begin(self, work: ChargerOrder, wanted: ReportMeter) -> None:
        """Call after the charger's answer to `work`. Replaces any look at that socket still running for an earlier answer."""
        key = (work.charger_id, wanted.evse_number)
        task = asyncio.create_task(self._read(work.charger_id, wanted), name=f"look {work.charger_id}")
        self._newest[key] = task
        task.add_done_callback(lambda done: self._done(key, done))

    def _done(self, key: tuple[ChargerId, int], task: "asyncio.Task[None]") -> None:
        if self._newest.get(key) is task:
            del self._newest[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("look_failed", charger=key[0], error=f"{type(error).__name__}: {error}")

    async def _read(self, charger_id: ChargerId, wanted: ReportMeter) -> None:
        unsupported_since = self._unsupported_since.get(charger_id)
        if unsupported_since is not None and self._ports.clock.now() - unsupported_since < UNSUPPORTED_FOR:
            return
        waited_s = 0.0
        for after_s in (0.0, *REPEAT_READINGS_AFTER_S):
            if after_s:
                await self._ports.clock.sleep(after_s - waited_s)
                waited_s = after_s
                if not await self._should_continue(charger_id, wanted.evse_number):
                    return
            result = await self._ports.send_order(charger_id, wanted)
            if result.outcome is Outcome.UNSUPPORTED:
                self._unsupported_since[charger_id] = self._ports.clock.now()
                return

    async def _should_continue(self, charger_id: ChargerId, evse_number: int) -> bool:
        if self._newest.get((charger_id, evse_number)) is not asyncio.current_task():
            return False
        try:
            return await asyncio.to_thread(self._awaited, charger_id, evse_number)
        except StoreUnavailable:  # the charger's regular readings will do
            return False

    def _awaited(self, charger_id: ChargerId, evse_number: int) -> bool:
        with self._ports.transactions.begin() as store:
            return needs_reading(store, charger_id, evse_number)
