"""Every list over REST is read page by page to its end by the Link header, also while entries are added."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.billing import document_number
from forecourt.flows.ports import Store
from forecourt.kernel import DocumentId, Money
from forecourt.ledger import CLEARING, Posting, Txn, wallet
from forecourt.web.frame.sealing import digest

from .conftest import NOW, Browser, Scene
from .long_lists import MANY, with_long_lists

SPAN = "start=2026-05-25T00:00:00Z&end=2026-06-03T00:00:00Z"
# Who reads the list, where it is, what tells its entries apart, and the least it has.
LISTS = [
    ("ada", "receipts", "number", MANY),
    ("ada", "bookings", "id", MANY),
    ("ada", "wallet/movements", "position", MANY),
    ("ops", f"sessions?{SPAN}", "id", MANY),
    ("ops", f"documents?{SPAN}", "number", MANY),
    ("ops", "ledger", "position", MANY),
    ("ops", "drivers", "id", 3),
    ("ops", "chargers", "id", 3),
    ("ops", "tariffs", "id", 2),
    ("ops", "prices", "id", 2),
    ("till", f"partner/vouchers?{SPAN}", "code", 3),
    ("ops", "ocpi/bookings?start=2025-05-30T00:00:00Z", "id", MANY),
]


@pytest.fixture
def busy(lived: Scene, client: Browser) -> Browser:
    with_long_lists(lived)
    with lived.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
        for number in range(MANY):
            loaded(store, lived, number)
    (offer, *_) = [one["id"] for one in client.get("/api/v1/partner/offers", headers=bearer("till")).json()]
    for _ in range(3):
        assert client.post("/api/v1/partner/vouchers", json={"offer": offer}, headers=bearer("till")).status_code == 201
    return client


def bearer(who: str) -> dict[str, str]:
    return {"authorization": f"Bearer api-{who}"}


def loaded(store: Store, scene: Scene, number: int) -> None:
    posting = (Posting(wallet(scene.ada), CLEARING, Money(100 + number, "EUR")),)
    store.ledger.post(Txn(f"t/{number}", scene.operator_id, NOW, "Top-up", scene.ids.new(NOW), posting))


def parts(client: Browser, who: str, at: str, limit: int) -> list[list[dict[str, object]]]:
    found, there = [], f"/api/v1/{at}{'&' if '?' in at else '?'}limit={limit}"
    while there:
        answer = client.get(there, headers=bearer(who))
        found.append(answer.json())
        onward = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        there = onward[1] if onward else ""
    return found


@pytest.mark.parametrize(("who", "at", "name", "least"), LISTS)
def test_a_list_read_page_by_page_equals_the_list_read_at_once(busy: Browser, who: str, at: str, name: str, least: int) -> None:
    limit = max(1, least // 3)
    (whole,), some = parts(busy, who, at, 1000), parts(busy, who, at, limit)
    read = [one for part in some for one in part]
    assert read == whole and len({str(one[name]) for one in read}) == len(read) >= least
    assert len(some) >= 2 and all(len(part) == limit for part in some[1:-1])


@pytest.mark.parametrize(("at", "seen"), [("receipts", False), ("documents", True)])
def test_an_entry_added_while_a_list_is_read_page_by_page_shifts_no_other_entry(busy: Browser, lived: Scene, at: str, seen: bool) -> None:
    """In a list sorted newest first the new entry comes before the page that was read; in one sorted by time, at the end."""
    who, path = ("ops", f"documents?{SPAN}") if seen else ("ada", "receipts")
    there: list[object] = [one["number"] for part in parts(busy, who, path, 1000) for one in part]
    first = busy.get(f"/api/v1/{path}{'&' if seen else '?'}limit=50", headers=bearer(who))
    with lived.transactions.begin() as store:
        bill = store.documents.of_driver(lived.ada)[0]
        named = document_number(bill.series, bill.year, 5000)
        store.documents.put(
            replace(bill, id=DocumentId(lived.ids.new(NOW)), sequence=5000, number=named, issued_at=NOW + timedelta(hours=9))
        )
    read: list[object] = [one["number"] for one in first.json()]
    while link := first.headers.get("link"):
        first = busy.get(link.split(">")[0].removeprefix("<"), headers=bearer(who))
        read += [one["number"] for one in first.json()]
    assert read == [*there, named] if seen else read == there


@pytest.mark.parametrize("cursor", ["x", "~", "2026-06-01T00:00:00", "0001-01-01T00:00:00%2B23:59~INV", "9" * 301, "%00~%00"])
@pytest.mark.parametrize("at", [at for _, at, *_ in LISTS if at not in ("ledger", "chargers")])
def test_an_invalid_cursor_is_refused(busy: Browser, at: str, cursor: str) -> None:
    who = next(who for who, path, *_ in LISTS if path == at)
    answer = busy.get(f"/api/v1/{at}{'&' if '?' in at else '?'}cursor={cursor}", headers=bearer(who))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["code"] in ("page", "malformed")


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many"])
def test_a_page_limit_outside_1_to_1000_is_refused(busy: Browser, limit: str) -> None:
    assert busy.get(f"/api/v1/receipts?limit={limit}", headers=bearer("ada")).status_code == 400
