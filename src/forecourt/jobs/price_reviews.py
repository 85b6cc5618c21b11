"""Looks for better prices once a day, adjusts approved price ladders to the occupancy, and holds prices in force against the law."""

import asyncio
from functools import partial

import structlog

from forecourt.flows.ports import StoreUnavailable
from forecourt.flows.prices import follow_ladder, propose_prices, review_price_law
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import OperatorId, Refused, SiteId

_log = structlog.get_logger("forecourt.jobs")

REVIEW_S = 300.0
MIN_REVIEW_S = 1.0  # real seconds, however fast the clock runs


class PriceReviews:
    """Prices are proposed only for sites with rules. Any number of processes may run it: the database coordinates them."""

    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.gather(self._ports.clock.sleep(REVIEW_S), asyncio.sleep(MIN_REVIEW_S))
            await asyncio.to_thread(self.review)

    def review(self) -> None:
        try:
            with self._ports.transactions.begin() as store:
                open_sites = [one.id for one in store.stations.sites() if not one.ended(self._ports.clock.now())]
                sites = [one for one in open_sites if store.pricing.rules(one) is not None]
                operators = [one.id for one in store.stations.operators()]
            for operator_id in operators:
                run_isolated(f"price law {operator_id}", partial(self._review_law, operator_id), None)
            for site_id in sites:
                run_isolated(f"prices {site_id}", partial(self._review_site, site_id), None)
        except StoreUnavailable as error:
            _log.warning("prices_failed", error=str(error))

    def _review_law(self, operator_id: OperatorId) -> None:
        with self._ports.transactions.begin() as store:
            review_price_law(store, operator_id, self._ports.clock.now(), self._ports.ids)

    def _review_site(self, site_id: SiteId) -> None:
        ports, at = self._ports, self._ports.clock.now()
        try:
            with ports.transactions.begin() as store:
                follow_ladder(store, site_id, at, ports.ids)
            with ports.transactions.begin() as store:
                key = f"prices/{site_id}/{at.date().isoformat()}"
                if store.commands.answer(key) is None:
                    store.commands.put(key, b"looked", at)
                    propose_prices(store, site_id, at, ports.ids)
        except Refused as error:
            # Usually too little history. The next try is at the next review.
            _log.info("no_proposal", site=str(site_id), error=str(error))
