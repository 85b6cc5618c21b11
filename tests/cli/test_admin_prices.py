"""`forecourt admin staff|tariff|price|member|roaming|log`: the functions of the console; invalid files end with one line."""

import json
import sys
from datetime import timedelta

import pytest

from forecourt.cli.command import main
from forecourt.flows.desk import seal_log
from forecourt.store import PostgresTransactions

TARIFF = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "DAY",
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}],
}
BY_TIME = [{"price_components": [{"type": "TIME", "price": 6, "vat": 19, "step_size": 1}]}]
START = "2026-01-01T00:00:00Z"
SOCKET = {"kind": "CCS-150kW", "voltage_v": 400, "max_a": 217}
NETWORK = {
    "operator": {"name": "Op", "legal_name": "Op GmbH", "country": "DE", "currency": "EUR"},
    "site": {"operator": "Op", "slug": "s", "name": "S", "country": "DE", "zone": "Europe/Berlin", "currency": "EUR"},
    "charger": {
        "id": "CP1",
        "site": "s",
        "password": "0123456789abcdef",
        "sockets": [{"kind": "CCS-150kW", "voltage_v": 400, "max_a": 217}],
    },
    "driver": {"operator": "Op", "name": "Ada", "email": "ada@x.example"},
}


@pytest.fixture
def admin(database_url, tmp_path, monkeypatch, capsys):
    """The command as the shell calls it: (exit code, what it printed, what it complained of). A dict is given as a file."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FORECOURT_STATE", str(tmp_path / "state"))

    def run(*words):
        path = tmp_path / "paper.json"
        path.write_text(json.dumps(next((one for one in words if isinstance(one, dict)), None)))
        monkeypatch.setattr(sys, "argv", ["forecourt", "admin", *(str(path) if isinstance(one, dict) else one for one in words)])
        try:
            main()
        except SystemExit as end:
            return (end.code, *capsys.readouterr())
        return (0, *capsys.readouterr())

    for kind, paper in NETWORK.items():
        assert run(kind, "add", paper)[0] == 0
    return run


def test_a_tariff_is_added_listed_and_shown_unchanged(admin):
    code, out, _ = admin("tariff", "add", {"site": "s", "valid_from": START, "tariff": TARIFF})
    kept = json.loads(out)
    assert code == 0 and kept["tariff"] == "DAY" and len(kept["hash"]) == 64
    assert [one.split(":")[0] for one in kept["not_checked"]] == ["eu-afir-payment"]  # no code is at its sockets yet
    assert f"{kept['id']}  DAY from 2026-01-01T00:00:00+00:00" in admin("tariff", "list")[1]
    shown = admin("tariff", "show", kept["id"])[1]
    assert "ENERGY" in shown and "0.4" in shown
    # Whoever comes pays by it from now on, unless the file says otherwise.
    assert "by DAY from 2026-01-01" in admin("price", "list")[1]


def test_a_group_price_and_its_members_are_added_beside_the_general_price(admin):
    assert admin("tariff", "add", {"site": "s", "valid_from": START, "tariff": TARIFF})[0] == 0
    fleet = {**TARIFF, "id": "FLEET"}
    assert admin("tariff", "add", {"site": "s", "valid_from": START, "tariff": fleet, "enter": False})[0] == 0
    code, out, _ = admin("price", "add", {"site": "s", "name": "Fleet price", "tariff_id": "FLEET", "plan": "taxis", "channel": "contract"})
    assert code == 0 and json.loads(out)["price"] == "Fleet price"
    assert "Fleet price by FLEET" in admin("price", "list")[1]
    code, out, _ = admin("member", "add", {"driver": "ADA@x.example", "group": "taxis"})
    assert (code, json.loads(out)) == (0, {"group": "taxis", "driver": "ada@x.example"})
    assert admin("member", "list")[1].split() == ["taxis", "ada@x.example"]


def test_the_first_staff_account_is_added_by_command_and_no_hash_is_shown(admin):
    boss = {"operator": "Op", "email": "Boss@x.example", "password": "a door that opens"}
    code, out, _ = admin("staff", "add", boss)
    assert (code, json.loads(out)["duties"]) == (0, ["SITES", "PRICES", "MONEY", "TEAM"])
    assert admin("staff", "add", {**boss, "email": "mia@x.example", "duties": []})[0] == 0
    assert admin("staff", "list")[1].splitlines() == ["boss@x.example  SITES, PRICES, MONEY, TEAM", "mia@x.example  view only"]
    shown = json.loads(admin("staff", "show", "boss@x.example")[1])
    assert (shown["role"], shown["password_hash"]) == ("OPERATOR", "")


SITE = NETWORK["site"] | {"slug": "t"}
CHARGER = NETWORK["charger"] | {"id": "CP2"}
WRONG = (
    ("site", NETWORK["site"] | {"slug": "t", "openings": {"monday": "at noon"}}, "at noon"),
    ("site", NETWORK["site"] | {"slug": "t", "host_shares": {"a": 60, "b": 41}}, "more than the whole"),
    ("site", NETWORK["site"] | {"slug": "t", "maintenance": [{"start": START, "end": START}]}, "not after the start"),
    ("operator", NETWORK["operator"], "already"),
    ("operator", NETWORK["operator"] | {"name": "Q", "zone": "Berlin"}, "time zone"),
    ("operator", NETWORK["operator"] | {"name": "Q", "currency": "euro"}, "currency"),
    ("site", SITE | {"zone": "Mars/Base"}, "time zone"),
    ("site", SITE | {"latitude": "north"}, "latitude"),
    ("site", SITE | {"limit_kw": 0}, "limit_kw"),
    ("site", SITE | {"slug": "Two words"}, "slug"),
    ("site", SITE | {"region": "US-CA"}, "not a region of DE"),
    ("charger", CHARGER | {"sockets": []}, "sockets"),
    ("charger", CHARGER | {"ocpp": "1.5"}, "ocpp"),
    ("charger", CHARGER | {"sockets": [SOCKET | {"max_a": -1}]}, "max_a"),
    ("charger", CHARGER | {"sockets": [SOCKET | {"phases": []}]}, "phases"),
    ("driver", NETWORK["driver"] | {"email": "x@x.example", "pay_by": "BARTER"}, "pay_by"),
    ("staff", {"operator": "Op", "email": "boss@x.example", "password": "short"}, "password"),
    ("staff", {"operator": "Op", "email": "boss@x.example", "password": "a door that opens", "duties": ["KING"]}, "duties"),
    ("staff", {"operator": "No", "email": "boss@x.example", "password": "a door that opens"}, "no operator"),
    ("tariff", {"site": "s", "valid_from": START, "tariff": {**TARIFF, "elements": BY_TIME}}, "2023/1804"),
    ("tariff", {"site": "s", "valid_from": START, "tariff": {**TARIFF, "currency": "GBP"}}, "GBP"),
    ("tariff", {"site": "s", "operator": "Op", "valid_from": START, "tariff": TARIFF}, "either `site` or `operator`"),
    ("tariff", {"site": "nowhere", "valid_from": START, "tariff": TARIFF}, "nowhere"),
    ("tariff", {"site": "s", "tariff": TARIFF}, "valid_from"),
    ("price", {"site": "s", "name": "P", "tariff_id": "GHOST"}, "GHOST"),
    ("price", {"site": "s", "name": "P", "tariff_id": "DAY", "colour": "red"}, "colour"),
    ("member", {"driver": "bob@x.example", "group": "taxis"}, "bob@x.example"),
    ("member", {"driver": "ada@x.example", "group": ""}, "group"),
)


def test_an_invalid_file_is_refused_with_one_line_and_nothing_is_stored(admin):
    for kind, paper, said in WRONG:
        code, out, complaint = admin(kind, "add", paper)
        assert code in (1, 2) and out == "" and said in complaint and complaint.count("\n") == 1, (paper, complaint)
    assert [admin(kind, "list")[1] for kind in ("tariff", "price", "member", "staff")] == ["", "", "", ""]
    assert [admin(kind, "list")[1].count("\n") for kind in ("operator", "site", "charger", "driver")] == [1, 1, 1, 1]


def test_a_site_is_added_with_opening_hours_maintenance_and_hosts(admin):
    works = {"start": "2999-01-01T00:00:00Z", "end": "2999-01-02T00:00:00Z", "reason": "new cable"}
    paper = NETWORK["site"] | {"slug": "t", "openings": {"sunday": "18:00-02:00"}, "maintenance": [works], "host_shares": {"hall": "12.5"}}
    assert admin("site", "add", paper)[0] == 0
    shown = json.loads(admin("site", "show", "t")[1])
    assert [(one["weekday"], one["from_min"], one["to_min"]) for one in shown["openings"]] == [(0, 0, 120), (6, 1080, 1440)]
    assert shown["maintenance"][0]["reason"] == "new cable" and shown["host_shares"] == [["hall", "12.5"]]


def test_a_tariff_is_judged_by_the_law_of_the_sites_state(admin):
    california = SITE | {"country": "US", "region": "US-CA", "zone": "America/Los_Angeles", "currency": "USD"}
    assert admin("site", "add", california)[0] == admin("charger", "add", {"id": "T-1", "site": "t", "sockets": [{}]})[0] == 0
    minutes = {"price_components": [{"type": "TIME", "price": 6, "step_size": 60}]}
    rules = {"country_code": "US", "party_id": "TST", "id": "TIME", "currency": "USD", "tax_included": "NO", "elements": [minutes]}
    code, _, complaint = admin("tariff", "add", {"site": "t", "valid_from": START, "tariff": rules})
    assert code == 1 and "CTEP" in complaint and "ENERGY" in complaint


def test_a_roaming_partner_is_invited_by_a_token_shown_once(admin):
    partner = {"operator": "Op", "name": "The New Motion", "country": "NL", "party_id": "TNM"}
    assert "Set it under Company first." in admin("roaming", "add", partner)[2]
    roams = {**NETWORK["operator"], "name": "Roams", "party_id": "ROA"}
    admin("operator", "add", roams)
    told = json.loads(admin("roaming", "add", {**partner, "operator": "Roams"})[1])
    assert told["roaming"] == "NL*TNM" and told["versions"].endswith("/ocpi/versions") and len(told["token"]) == 43
    assert admin("roaming", "list")[1] == "NL*TNM  Invited The New Motion\n"
    assert told["token"] not in admin("roaming", "show", "NL*TNM")[1]


def test_the_audit_log_is_verified_against_its_seals_and_an_exported_one(admin, database_url):
    assert admin("log", "--verify") == (0, "0 entries sealed, 3 waiting for the next seal, 0 differences.\n", "")
    with PostgresTransactions(database_url) as transactions, transactions.begin() as store:
        seal_log(store, max(one.at for one in store.audit.recent()) + timedelta(hours=1))
    code, out, _ = admin("log", "--verify")
    said, kept = out.splitlines()
    assert code == 0 and said.startswith("3 entries sealed, 0 waiting") and admin("log", "--verify", "--seal", kept)[:2] == (0, out)
    code, out, _ = admin("log", "--verify", "--seal", kept[:-1] + "x")
    assert code == 1 and out.startswith("Seal 1 is not the one that was kept")
    assert admin("log", "--verify", "--seal", "x")[0] == 2
