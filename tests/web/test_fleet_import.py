"""A fleet's drivers and cards from a file: looked at first, then all of it or nothing, and the same file twice is no change."""

import re

import pytest

from forecourt.kernel import BadInput
from forecourt.notices import NoticeKind
from forecourt.web.views.fleet_list import MAX_BYTES, decode_text, list_rows, read_list

from .conftest import Browser, Scene
from .test_fleets import CARD, VAN, fleet  # noqa: F401 - a fixture

HOME = "/fleet/list"


def sent(client: Browser, table: str | bytes):
    data = table.encode() if isinstance(table, str) else table
    return client.post(HOME, data={"_csrf": client.token()}, files={"file": ("fleet.csv", data, "text/csv")}, follow_redirects=False)


def agreed(client: Browser, page: str):
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL).group(1).replace("&#39;", "'")
    return client.submit(f"{HOME}/take", text=text, seen=re.search(r'name="seen" value="(\w+)"', page).group(1))


def state_of(scene: Scene) -> list[tuple[object, ...]]:
    with scene.transactions.begin() as store:
        drivers = [store.drivers.driver(one.driver_id) for one in store.drivers.members(scene.operator_id)]
        cards = [
            (one.uid, one.label, one.cost_centre, one.status) for of in drivers for one in store.drivers.tokens_of(of.id) if one.is_physical
        ]
        stays = [(one.driver_id, one.cost_centre, one.until) for one in store.drivers.members(scene.operator_id)]
        letters = sum(one.kind is NoticeKind.SIGN_UP for one in store.notices.page(scene.operator_id).rows)
    return [*((one.email, one.name, one.pay_by) for one in drivers), *cards, *stays, ("letters", letters)]


def test_a_fleet_list_is_previewed_then_imported_and_importing_it_again_changes_nothing(client, fleet: Scene) -> None:  # noqa: F811
    with fleet.transactions.begin() as store:
        van = store.drivers.driver(VAN).email
    table = (
        "E-Mail;Name;Karte;Bezeichnung;Kostenstelle\n"
        f"{van};;{CARD};Van 8;\n\n"
        "wren@vans.example;Wren Käfer;04AABB01;Keys;North\n"
        "WREN@vans.example;;04AABB02;;\n"
        f"{van};;;;South\n"
    )
    before = state_of(fleet)
    page = sent(client.sign_in("ada"), table.encode("cp1252")).text
    assert "1 driver joins" in page and "2 cards are added" in page and "3 card names" in page and state_of(fleet) == before
    assert agreed(client, page).headers["location"] == "/fleet"
    after = state_of(fleet)
    assert ("04AABB01", "Keys", "North", "ACTIVE") in after and ("letters", 1) in after
    assert (CARD, "Van 8", "") in [one[:3] for one in after] and (VAN, "South", None) in after
    for again in (table, client.get("/fleet/list.csv").content):
        page = sent(client, again).text
        assert "changes nothing" in page or "change nothing" in page
        assert 'action="/fleet/list/take"' not in page and state_of(fleet) == after


def test_errors_in_a_fleet_list_are_named_by_line_and_column_and_nothing_is_imported(client, fleet: Scene) -> None:  # noqa: F811
    before = state_of(fleet)
    table = (
        "name,email,card,label,centre\n"
        "Wren,wren@vans.example,04AABB01,,\n"
        ",new@vans.example,,,\n"
        "Wren,no address,,,\n"
        "Bob,bob@example.org,,,\n"
        "Wren,wren@vans.example,04CARD08,,\n"
        "Wren,wren@vans.example,04CARD09,,\n"
        f"Robin,robin@vans.example,04AABB01,{'x' * 41},\n"
        "Robin,robin@vans.example,04AABB01,,\n"
        f"Robin,robin@vans.example,,,{'c' * 41}\n"
        "Rob,robin@vans.example,4E+51234,,\n"
    )
    answer = sent(client.sign_in("ada"), table)
    rows = re.findall(r'<td class="lead">(\d+)</td><td[^>]*>([^<]*)</td>', answer.text)
    assert answer.status_code == 422 and rows == [
        *(("3", "Name"), ("4", "Email"), ("5", "Email"), ("6", "Card number"), ("8", "Card name")),
        *(("9", "Card number"), ("10", "Cost centre"), ("11", "Name"), ("11", "Card number")),
    ]
    assert 'action="/fleet/list/take"' not in answer.text and state_of(fleet) == before
    assert client.submit(f"{HOME}/take", text=table, seen="").status_code in (400, 409) and state_of(fleet) == before


def test_an_import_after_a_change_since_its_preview_is_refused(client, fleet: Scene) -> None:  # noqa: F811
    page = sent(client.sign_in("ada"), "email;name\nwren@vans.example;Wren\n").text
    client.submit("/fleet/drivers", name="Wren", email="wren@vans.example")
    before = state_of(fleet)
    refused = agreed(client, page)
    assert refused.status_code == 409 and "since you opened this page" in refused.text and state_of(fleet) == before


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_files_are_read_as_spreadsheets_save_them(charset: str, separator: str) -> None:
    rows = (("Email", "Nom", "Carte"), ("a@x.example", '"Käfer, Jo; ""X"""', "04AA"), ("", "", ""), ("b@x.example", "'=1", ""))
    text = "\r\n".join(separator.join(row) for row in rows)
    first, last = read_list(decode_text(text.encode(charset)))
    assert (first.number, first.name, first.card, last.number, last.name) == (2, 'Käfer, Jo; "X"', "04AA", 4, "=1")
    assert list(list_rows([first])) == [("a@x.example", 'Käfer, Jo; "X"', "04AA", "", "")]


@pytest.mark.parametrize(
    "wrong",
    [
        *(b"", b"email\n", b"name\nx\n", b"email;colour\na@x;red\n", b"email;mail\na@x;b@x\n", b"email\na@x;b\n", b'email\n"a@x\n'),
        *(b"\xff\xfe\x00", b"\x81\x8d", b"x" * (MAX_BYTES + 1), b"email\n" + b"a@x\n" * 501),
    ],
)
def test_an_invalid_csv_file_is_refused_with_a_remedy(wrong: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_list(decode_text(wrong))
    assert refused.value.code == "file" and refused.value.remedy


def test_probing_for_cards_by_lists_is_rate_limited(client, fleet: Scene) -> None:  # noqa: F811
    client.sign_in("ada")
    for _ in range(10):
        assert "already registered" in sent(client, "email,name,card\nnew@vans.example,New,04CARD08\n").text
    assert "many wrong codes" in sent(client, "email,name,card\nnew@vans.example,New,04AABB01\n").text
