"""The background roles: the worker that applies facts and delivers orders, and the planner."""

import asyncio
from dataclasses import replace

from forecourt.assembly.housekeeping import retention_beat, sealing_beat
from forecourt.assembly.order_courier import courier_of
from forecourt.assembly.parts import Parts
from forecourt.assembly.roaming_partners import partner_line
from forecourt.assembly.tls import authorities_of
from forecourt.jobs import Planner, PriceReviews, Worker, WorkerPorts

LEASE_S = 90.0


async def run_worker(parts: Parts) -> None:
    assert parts.settings.database_url is not None  # noqa: S101 - parts are not opened without
    worker, months, seals = (
        Worker(replace(_ports(parts), partner_line=partner_line(parts), authority=authorities_of(parts.settings.ocpp_tls))),
        retention_beat(parts.settings.database_url, parts.clock),
        sealing_beat(parts.transactions, parts.clock),
    )
    parts.metrics.observe_beats((*worker.beats, months, seals))
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(), name="work")
        group.create_task(months.run(), name="months")
        group.create_task(seals.run(), name="seals")


async def run_planner(parts: Parts) -> None:
    planner = Planner(_ports(parts))
    parts.metrics.observe_planner(planner)
    async with asyncio.TaskGroup() as group:
        group.create_task(planner.run(), name="plans")
        group.create_task(PriceReviews(_ports(parts)).run(), name="prices")


def _ports(parts: Parts) -> WorkerPorts:
    return WorkerPorts(
        parts.transactions,
        parts.clock,
        parts.ids,
        parts.hints,
        courier_of(parts).send_order,
        parts.processor,
        LEASE_S * parts.clock.speed,
        parts.mailer,
        parts.caller,
        parts.settings.public_url or f"http://{parts.settings.http}",
        parts.secret,
        parts.pusher,
    )
