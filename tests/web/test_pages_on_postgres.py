"""Every page on PostgreSQL, so that the memory store does not hide errors in SQL."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.billing import document_number, invoice_txn
from forecourt.kernel import DocumentId, DriverId, SessionId
from forecourt.ledger import AccountKind
from forecourt.store.postgres.db_connection import DbConnection

from .apps import app_of
from .conftest import NOW, Browser, Scene

PAGES = {
    "ada": [
        "/", "/sites/market", "/bookings", "/charge", "/receipts", "/receipts/INV-2026-000003", "/receipts/INV-2026-000003.pdf", "/account",
    ],
    "ops": [
        "/console", "/console/sites/market", "/console/sessions", "/console/chargers", "/console/bookings?site=market&day=2026-06-01",
        "/console/documents", "/console/documents/INV-2026-000003", "/console/ledger", "/console/ledger/months/2026-06",
        "/console/quarantine", "/console/audit",
    ],
}  # fmt: skip

LISTS = ["/console/documents", "/console/sessions", f"/console/ledger/entries?account={AccountKind.DRIVER_RECEIVABLE}&currency=EUR"]


def make_longer(scene: Scene) -> None:
    """Ten more bills, and charges of drivers who have none yet, beside those of the day."""
    with scene.transactions.begin() as store:
        bill = store.documents.recent(scene.operator_id, 1)[0]
        charge = store.sessions.record(bill.session_id)
        for number in range(10):
            named, driver_id = document_number(bill.series, bill.year, 500 + number), DriverId(UUID(int=1015 + number))
            one = replace(bill, id=DocumentId(scene.ids.new(NOW)), number=named, sequence=500 + number)
            store.documents.put(one)
            store.ledger.post(invoice_txn(one))
            store.sessions.end(replace(charge, session_id=SessionId(scene.ids.new(NOW)), transaction=named, driver_id=driver_id))


def asks_on(client: Browser, path: str) -> int:
    """The number of queries a page makes."""
    asked, execute = list[str](), DbConnection._execute
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DbConnection, "_execute", lambda link, *question: asked.append(question[0]) or execute(link, *question))
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("name", ["ada", "ops"])
def test_every_page_opens_on_postgresql(scene_on_postgres, make_client, name):
    scene_on_postgres.live_a_day()
    with make_client(app_of(scene_on_postgres.ports())) as client:
        client.sign_in(name)
        assert {path: client.get(path).status_code for path in PAGES[name]} == dict.fromkeys(PAGES[name], 200)
        if name == "ops":
            torn = [client.get(f"/console/{one}", params={"q": "a\0b"}) for one in ("sessions", "documents", "drivers")]
            assert [("cannot be kept" in one.text, one.status_code) for one in torn] == [(True, 400)] * 3
            trace = client.get("/console/documents/INV-2026-000003").text.split("/console/sessions/")[1].split('"')[0]
            short = [asks_on(client, path) for path in LISTS]
            make_longer(scene_on_postgres)
            assert [asks_on(client, path) for path in LISTS] == short and short[0] < 10
            assert asks_on(client, "/sites/market") < 30  # with 24 bays and ten charges
            assert "Ledger entry" in client.get(f"/console/sessions/{trace}").text and "It balances." in client.get("/console/ledger").text
