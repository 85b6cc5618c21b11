"""Long lists have pages that work without scripts and link back."""

import re
from datetime import timedelta

import pytest

from roaming_world import PARTNER

from .conftest import Browser, Scene
from .long_lists import MANY, with_long_lists

# Who sees the list, where it is, and what tells its entries apart.
LISTS = [
    ("ada", "/receipts", r'href="/receipts/(INV[^"]+)"'),
    ("ada", "/charge", r'href="/charges/([^"]+)"'),
    ("ada", "/bookings", r'<p><time datetime="(2025-[^"]+)"'),
    ("ada", "/account/messages", r"No \d+"),
    ("ops", "/console/clearing", r">(No \d+)</code></dd>"),
    ("ops", "/console/revenue/market", r"<p>(No \d+)</p>"),
    ("ops", f"/console/roaming/{PARTNER}", r">(No \d+)<"),
]


@pytest.fixture
def busy(lived: Scene) -> Scene:
    with_long_lists(lived)
    return lived


def led(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize(("who", "path", "entry"), LISTS)
def test_paging_through_a_list_shows_each_entry_once_and_leads_back(busy: Scene, client: Browser, who: str, path: str, entry: str) -> None:
    pages = [client.sign_in(who).get(path).text]
    while there := led(pages[-1], "next"):
        pages.append(client.get(there).text)
    shown = [re.findall(entry, page) for page in pages]
    every = [one for page in shown for one in dict.fromkeys(page)]
    assert len(every) == len(set(every)) >= MANY and len(pages) >= 3
    back = client.get(led(pages[-1], "prev")).text
    assert re.findall(entry, back) == shown[-2]


def test_usable_vouchers_are_listed_first_however_old_they_are(busy: Scene, client: Browser) -> None:
    page = client.sign_in("ada").get("/membership").text
    assert page.count("<article") == 20 and "0000-0000-0000" in page and led(page, "next")


def test_a_running_charge_does_not_change_the_pages_of_earlier_charges(busy: Scene, client: Browser) -> None:
    older = led(client.sign_in("ada").get("/charge").text, "next")
    with busy.transactions.begin() as store:
        card = store.drivers.tokens_of(busy.ada)[0].uid
    busy.charge(8, card, busy.clock.at - timedelta(minutes=9), 9, 7_200)
    assert len(set(re.findall(LISTS[1][2], client.get(older).text))) > 50 and "/charges/" in str(client.get("/charge").url)


def test_an_invalid_note_is_reported_on_the_list_page_of_its_finding(busy: Scene, client: Browser) -> None:
    second = led(client.sign_in("ops").get("/console/clearing").text, "next")
    page = client.get(second).text
    action = re.search(r'action="(/console/clearing/findings/[^"]+)"', page)[1].replace("&amp;", "&")
    again = client.submit(action, note="")
    assert again.status_code == 422 and re.findall(LISTS[4][2], again.text) == re.findall(LISTS[4][2], page)
