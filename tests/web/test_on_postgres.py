"""Every page on the real database: the twin in memory does not hide what SQL would."""

import pytest

from .apps import app_of

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


@pytest.mark.parametrize("name", ["ada", "ops"])
def test_every_page_reads_from_postgresql(scene_on_postgres, make_client, name):
    scene_on_postgres.live_a_day()
    with make_client(app_of(scene_on_postgres.ports())) as client:
        client.sign_in(name)
        assert {path: client.get(path).status_code for path in PAGES[name]} == dict.fromkeys(PAGES[name], 200)
        if name == "ops":
            torn = [client.get(f"/console/{one}", params={"q": "a\0b"}) for one in ("sessions", "documents", "drivers")]
            assert [("cannot be kept" in one.text, one.status_code) for one in torn] == [(True, 400)] * 3
            trace = client.get("/console/documents/INV-2026-000003").text.split("/console/sessions/")[1].split('"')[0]
            assert "Ledger entry" in client.get(f"/console/sessions/{trace}").text and "It balances." in client.get("/console/ledger").text
