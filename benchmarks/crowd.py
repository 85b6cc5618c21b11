"""A thousand drivers want the same hour of the last free socket: one may win, all must get an answer.

    python benchmarks/crowd.py [--clients 1000] [--rounds 20] [--connections 8] [--json FILE]

Each round is a fresh database of a real PostgreSQL (durable commits), a site with one socket and its price. Every client asks
through the flow that the pages and the API use, from as many threads at once as a web process has connections. Compared in the
same run: the same flow without the lock of the pool, so that only the exclusion constraint prevents double bookings.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
from _sequential_ids import SequentialIds

from forecourt.drivers import Driver, PayBy, Token, TokenKind
from forecourt.embedded import PostgresServer
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.ports import Store, StoreUnavailable
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, Conflict, DriverId, EvseId, OperatorId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.stations import Approval, Charger, Evse, Operator, Site
from forecourt.store import PostgresTransactions, migrate

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPERATOR, SITE, KIND = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), "T2-11kW"
TARIFF = {
    "country_code": "DE", "party_id": "FCT", "id": "T", "currency": "EUR", "tax_included": "NO",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}],
}  # fmt: skip
OVERLAPS = """SELECT count(*) FROM bookings one JOIN bookings other ON one.booking_id < other.booking_id AND one.slot && other.slot
WHERE one.state IN ('Confirmed', 'Bound') AND other.state IN ('Confirmed', 'Bound')"""


def build(store: Store, clients: int) -> None:
    store.stations.put_operator(Operator(OPERATOR, "Test", "Test GmbH", "DE", "DE1", "Weg 1", "EUR"))
    place = (Decimal("52.5"), Decimal("13.4"))
    store.stations.put_site(Site(SITE, OPERATOR, "test", "Test", "Weg 1", "DE", "Europe/Berlin", "EUR", *place))
    store.stations.put_charger(Charger(ChargerId("CP"), Approval.APPROVED, OPERATOR, SITE, connected=True))
    store.stations.put_evse(
        Evse(EvseId(UUID(int=3)), OPERATOR, SITE, ChargerId("CP"), 1, "B1", "IEC_62196_T2", KIND, ("L1", "L2", "L3"), 230, 16)
    )
    for number in range(clients):
        driver_id = DriverId(UUID(int=1000 + number))
        store.drivers.put_driver(Driver(driver_id, OPERATOR, f"D{number}", f"d{number}@x.example", "en", PayBy.ACCOUNT))
        store.drivers.put_token(Token(TokenUid(f"T{number}"), OPERATOR, driver_id, TokenKind.RFID))
    publish_tariff(store, Publication(TariffVersionId(UUID(int=5)), SITE, TARIFF, NOON - timedelta(days=30)))


def one_round(url: str, args: argparse.Namespace, locked: bool) -> dict[str, float]:
    migrate(url)
    with PostgresTransactions(url, most=args.connections, wait_s=300) as transactions:
        with transactions.begin() as store:
            build(store, args.clients)
        ids, window = SequentialIds(), Span(NOON + timedelta(hours=1), NOON + timedelta(hours=2))

        def ask(number: int) -> tuple[str, float]:
            wanted = ReserveRequest(SITE, KIND, DriverId(UUID(int=1000 + number)), window)
            while True:
                try:
                    with transactions.begin() as store:
                        if not locked:
                            store.bookings.lock_pool = lambda *_: None  # type: ignore[method-assign]
                        reserve(store, wanted, NOON, ids)
                    return "won", time.perf_counter() - began
                except Conflict as refused:
                    return refused.code, time.perf_counter() - began
                except StoreUnavailable:
                    continue

        began = time.perf_counter()
        with ThreadPoolExecutor(args.connections) as pool:
            answers = list(pool.map(ask, range(args.clients)))
    with psycopg.connect(url) as connection:
        overlaps = connection.execute(OVERLAPS).fetchone()
    said = Counter(code for code, _ in answers)
    return {
        "won": said["won"],
        "taken": said["slot_taken"],
        "overlaps": overlaps[0] if overlaps else -1,
        "all_s": max(s for _, s in answers),
    }


def fresh(server_url: str, name: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server_url.replace("@/forecourt?", f"@/{name}?")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--clients", type=int, default=1000)
    made.add_argument("--rounds", type=int, default=20)
    made.add_argument("--connections", type=int, default=8)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="forecourt-crowd-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "state")
        url = server.start()
        try:
            for name, locked, rounds in (("lock, then constraint", True, args.rounds), ("constraint alone", False, min(args.rounds, 3))):
                done = [one_round(fresh(url, f"crowd_{int(locked)}_{number}"), args, locked) for number in range(rounds)]
                slowest = sorted(one["all_s"] for one in done)
                results[name] = {
                    "rounds": rounds,
                    "clients": args.clients,
                    "winners": sorted({one["won"] for one in done}),
                    "refused_with_slot_taken": min(one["taken"] for one in done),
                    "overlaps": sum(one["overlaps"] for one in done),
                    "all_answered_s_median": round(slowest[len(slowest) // 2], 2),
                    "all_answered_s_max": round(slowest[-1], 2),
                }
                print(f"  {name}: " + "  ".join(f"{key} {value}" for key, value in results[name].items()))  # type: ignore[attr-defined]
        finally:
            server.stop()
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
