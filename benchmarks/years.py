"""The cost of the operator's pages when a network is two years old, compared with the same network after its first month.

    python benchmarks/years.py [--a-day 10] [--months 24] [--json FILE]

Two databases of a real PostgreSQL, built through the product's own flows: as many charges a day, each billed; one has a month of them,
the other has all the months, and the same last month. What a page shows of that month must cost the same in both. Times are the best
of three; the ratio is what counts.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from _years_world import END, MONTH, OPERATOR, SITE, STEPS, built

from forecourt.embedded import PostgresServer
from forecourt.flows.ports import ChargeSearch, DocumentSearch, PageRequest, Store
from forecourt.kernel import Span
from forecourt.store import PostgresTransactions
from forecourt.web.queries.bookings import bookings_day
from forecourt.web.queries.charge_list import ended_rows
from forecourt.web.queries.drivers import drivers_found
from forecourt.web.queries.ledger_reports import debts_as_of, receivables, trial_balance
from forecourt.web.queries.receipts import document_page
from forecourt.web.queries.revenue import revenue_page
from forecourt.web.queries.vat_report import vat_report

Page = Callable[[Store], object]


def pages() -> dict[str, Page]:
    month, first = Span(END - MONTH, END), PageRequest()
    return {
        "charges": lambda store: ended_rows(store, OPERATOR, ChargeSearch(), first),
        "a day's board": lambda store: bookings_day(store, store.stations.site(SITE), (END - timedelta(days=1)).date(), END),
        "documents": lambda store: document_page(store, OPERATOR, DocumentSearch(), first),
        "drivers": lambda store: drivers_found(store, OPERATOR, "driver 77", first),
        "revenue of 30 days": lambda store: revenue_page(store, store.stations.site(SITE), 30, END),
        "trial balance": lambda store: trial_balance(store, OPERATOR),
        "VAT of the month": lambda store: vat_report(store, OPERATOR, month),
        "who owes": lambda store: receivables(store, OPERATOR, debts_as_of(store, OPERATOR, END)),
    }


def best_ms(transactions: PostgresTransactions, page: Page) -> float:
    def once() -> float:
        began = time.perf_counter()
        with transactions.begin() as store:
            page(store)
        return 1000 * (time.perf_counter() - began)

    return min(once() for _ in range(3))


def measured(server_url: str, name: str, days: int, a_day: int) -> dict[str, float]:
    with PostgresTransactions(built(server_url, name, days, a_day)) as transactions:
        return {title: best_ms(transactions, page) for title, page in pages().items()}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--a-day", type=int, default=10)
    made.add_argument("--months", type=int, default=24)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="forecourt-years-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "state")
        url = server.start()
        try:
            young = measured(url, "young", 30, args.a_day)
            old = measured(url, "old", 30 * args.months, args.a_day)
        finally:
            server.stop()
    print(f"{args.a_day} charges a day, {STEPS} phases each\n{'':22}{'1 month':>10}{args.months:>7} months   ratio")
    for title, ms in young.items():
        print(f"{title:22}{ms:8.1f} ms{old[title]:11.1f} ms{old[title] / ms:8.1f}")
    if args.json:
        args.json.write_text(json.dumps({"one_month_ms": young, "all_months_ms": old}), "utf-8")


if __name__ == "__main__":
    main()
