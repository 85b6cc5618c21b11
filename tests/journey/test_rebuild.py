"""Charges can be rebuilt from the stored messages: `forecourt admin rebuild --verify` confirms it, and detects differences."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from forecourt.sessions import Session
from journey.chargers import Fleet
from journey.network import Network, now


def rebuilt(network: Network, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "forecourt", "admin", "rebuild", "--verify", *options]
    return subprocess.run(command, env=dict(network.environment), capture_output=True, text=True, timeout=150, check=False)


async def test_rebuilding_all_charges_from_messages_finds_no_difference(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("archive", {"AC-1": "1.6", "AC-2": "2.0.1"})
    quinn, rosa, begun = (
        place.driver("quinn", "ACCOUNT", with_card=True),
        place.driver("rosa", "ACCOUNT", with_card=True),
        now() - timedelta(hours=1),
    )
    one, other = await fleet.plug16(place, "AC-1"), await fleet.plug201(place, "AC-2")
    transaction = await one.starts(quinn.card, begun, 1000)
    await one.meters(transaction, begun + timedelta(minutes=9), 2500)
    await one.meters(transaction, begun + timedelta(minutes=5), 1500)  # late
    await one.stops(transaction, begun + timedelta(minutes=20), 3000)
    running = await other.starts(rosa.card, begun, 0)
    await other.meters(running, begun + timedelta(minutes=9), 900)
    await place.invoices(quinn)
    await network.until(lambda store: not store.inbox.sites_waiting())
    report = await asyncio.to_thread(rebuilt, network)
    assert (report.returncode, report.stderr) == (0, "")
    assert report.stdout.endswith("0 differences.\n"), report.stdout


async def test_rebuilding_detects_a_charge_changed_by_hand(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("vault", {"VA-1": "1.6"})
    sam, begun = place.driver("sam", "ACCOUNT", with_card=True), now() - timedelta(hours=1)
    charger = await fleet.plug16(place, "VA-1")
    transaction = await charger.starts(sam.card, begun, 1000)
    await charger.meters(transaction, begun + timedelta(minutes=9), 2500)
    (session,) = await network.until(lambda store: [one for one in store.sessions.open_of(sam.id) if one.meter.energy_wh == 1500])
    _keep(network, replace(session, meter=replace(session.meter, energy_wh=15)))
    report = await asyncio.to_thread(rebuilt, network, "--site", "vault")
    _keep(network, session)
    assert report.returncode == 1
    assert report.stdout.endswith("1 charges compared, 1 differences.\n"), report.stdout


def _keep(network: Network, session: Session) -> None:
    with network.transactions.begin() as store:
        store.sessions.put(session)
