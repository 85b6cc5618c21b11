"""Passwords and keys are neither stored nor logged."""

from datetime import timedelta

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus

from journey.chargers import Fleet
from journey.network import PROVIDER_SECRET, STAFF_PASSWORD, Network, now, submit

GUESSED, MISTYPED = "a charger's guess that is wrong", "a password mistyped at the door"


async def test_no_password_or_key_is_stored_in_a_table_or_log(network: Network, fleet: Fleet) -> None:
    place = network.forecourt("strongroom", {"SR-1": "1.6"})
    person, charger = place.driver("ugo", "ACCOUNT", with_card=True), await fleet.plug16(place, "SR-1")
    await charger.boots()
    begun = now() - timedelta(minutes=30)
    await charger.stops(await charger.starts(person.card, begun, 1000), begun + timedelta(minutes=20), 3000)
    await place.invoices(person)
    async with network.app(person) as app:
        await app.get("/api/v1/receipts")
    async with httpx.AsyncClient(base_url=network.http_url) as browser:
        await submit(browser, "/login", "/login", {"email": person.email, "password": MISTYPED})
    with pytest.raises(InvalidStatus):
        await fleet.open(place, "SR-1", "ocpp1.6", GUESSED)
    async with network.desk() as desk:
        assert (await desk.get("/console/chargers/SR-1")).status_code == 200
    found = everything(network)
    for secret in (place.passwords["SR-1"], person.key, STAFF_PASSWORD, PROVIDER_SECRET, MISTYPED, GUESSED):
        assert secret not in found
    assert person.email in found  # it was looked for in the right place


def everything(network: Network) -> str:
    """Every row of every table, and the logs."""
    texts = [log.read_text() for log in network.logs]
    with psycopg.connect(network.servers.database_url) as connection:
        named = "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_)'"
        for (table,) in connection.execute(named).fetchall():
            rows = connection.execute(f"SELECT row_to_json(one)::text FROM {table} AS one").fetchall()  # type: ignore[arg-type]
            texts += [row for (row,) in rows]
    return "\n".join(texts)
