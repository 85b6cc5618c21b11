"""Rounds of work, separate for each roaming partner: find what has changed at sites, and deliver what is due to the partner."""

import asyncio
from collections.abc import Collection, Iterable
from functools import partial

import structlog

from forecourt.flows.desk import PARTNER_LANE_PREFIX
from forecourt.flows.ports import PartnerClient
from forecourt.flows.roaming import push_site_changes, sites_with_receivers
from forecourt.jobs.claims import Claims
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.partner_courier import AT_ONCE, PartnerCourier
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import SiteId

_log = structlog.get_logger("forecourt.jobs")


class PartnerRounds:
    def __init__(self, ports: WorkerPorts, claims: Claims, line: PartnerClient) -> None:
        self._ports, self._claims = ports, claims
        self._courier = PartnerCourier(ports, line)
        self._changed: set[SiteId] = set()
        self._running: dict[str, asyncio.Task[None]] = {}

    def mark_changed(self, sites: Iterable[SiteId]) -> None:
        """Something has happened at the site."""
        self._changed.update(sites)

    async def start_due_rounds(self) -> bool:
        """If a partner's round is still running, another follows it; the others do not wait for that."""
        sites, self._changed = self._changed, set()
        for lane in await asyncio.to_thread(self._due, sites):
            if lane not in self._running:
                self._running[lane] = task = asyncio.create_task(self._round(lane), name=lane)
                task.add_done_callback(partial(self._round_done, lane))
        return False

    def _due(self, sites: Collection[SiteId]) -> list[str]:
        with self._ports.transactions.begin() as store:
            receiving_sites = sites_with_receivers(store, sites)
        for site_id in receiving_sites:
            run_isolated(f"partners {site_id}", partial(self._compare, site_id), 0)
        with self._ports.transactions.begin() as store:
            return list(store.outbox.lanes_due(PARTNER_LANE_PREFIX, self._ports.clock.now()))

    def _compare(self, site_id: SiteId) -> int:
        with self._ports.transactions.begin() as store:
            return push_site_changes(store, site_id, self._ports.clock.now(), self._ports.ids)

    async def _round(self, lane: str) -> None:
        while items := await self._claims.claim(lane, AT_ONCE):
            await self._claims.work_on(items, self._courier.deliveries(lane, items))

    def _round_done(self, lane: str, task: "asyncio.Task[None]") -> None:
        del self._running[lane]
        if not task.cancelled() and (error := task.exception()):
            _log.warning("partner_round_failed", lane=lane, error=f"{type(error).__name__}: {error}")
