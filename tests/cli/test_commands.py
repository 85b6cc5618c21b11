"""The commands: correct answers as JSON, clear errors, and exit codes 2 (bad input) and 1 (failure)."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click
import psycopg
import pytest

from forecourt.cli.command import commands, main
from forecourt.drivers import SecondFactor
from forecourt.store import PostgresTransactions

TARIFF = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "T",
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}],
}
Command = Callable[..., subprocess.CompletedProcess[str]]
PHASES = [{"state": "CHARGING", "start": "2026-06-01T12:00:00Z", "end": "2026-06-01T13:00:00Z", "seconds": 3600, "kwh": 10}]
PROBLEM = {
    "now": "2026-06-01T12:00:00Z",
    "step_s": 300,
    "limits": {"kind": "rows", "rows": [{"name": "supply", "limit_a": 20, "coeff": {"A": 1, "B": 1}}]},
    "evses": [{"id": name, "phases": ["L1"], "min_a": 6, "max_a": 32, "voltage_v": 230} for name in ("A", "B")],
    "sessions": [{"id": name, "evse": name, "arrival": "2026-06-01T11:00:00Z", "delivered_wh": 0} for name in ("A", "B")],
}


def forecourt(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "forecourt", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env={**environment} or None)


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same command without a process of its own: a start of the servers' commands takes two seconds of processor time."""
    for name in ("DATABASE_URL", "NATS_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["forecourt", *map(str, arguments)])
        code: int | str | None = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        return subprocess.CompletedProcess(sys.argv, int(code or 0), *capsys.readouterr())

    return run


def written(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(value))
    return path


def test_rate_prints_lines_and_totals(tmp_path: Path) -> None:
    tariff, phases = written(tmp_path, "t.json", TARIFF), written(tmp_path, "p.json", PHASES)
    done = forecourt("rate", "--tariff", tariff, "--phases", phases, "--zone", "Europe/Berlin", "--json")
    report = json.loads(done.stdout)
    total = {name: Decimal(value) for name, value in report["total"].items() if name in ("before_taxes", "after_taxes")}
    assert total == {"before_taxes": Decimal("4.00"), "after_taxes": Decimal("4.76")}
    assert report["lines"][0]["because"]


def test_rate_without_usage_names_the_missing_options(here: Command, tmp_path: Path) -> None:
    done = here("rate", "--tariff", written(tmp_path, "t.json", TARIFF))
    assert done.returncode == 2
    assert "--cdr or --phases" in done.stderr


def test_plan_lists_every_car_within_the_limit(tmp_path: Path) -> None:
    done = forecourt("plan", written(tmp_path, "problem.json", PROBLEM), "--json")
    plan = json.loads(done.stdout)
    assert {one["evse"] for one in plan["setpoints"]} == {"A", "B"}
    assert sum(one["amps"] for one in plan["setpoints"]) <= 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "nowhere.json"), "no file"),
        (("rate", "--tariff", "nowhere.json", "--cdr", "nowhere.json"), "no file"),
        (("replay", "--date", "1999-01-01"), "No car arrived"),
        (("replay", "--date", "2019-09-05", "--site", "atlantis"), "atlantis"),
        (("run", "--roles", "cook"), "cook"),
    ],
)
def test_bad_input_exits_with_2_and_one_line(here: Command, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = here(*arguments, FORECOURT_STATE=str(tmp_path / "state"))
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_a_role_without_its_servers_exits_with_2_and_one_line(tmp_path: Path) -> None:
    """In a process of its own, as the shutdown ends the process."""
    done = forecourt("gateway", PATH="/usr/bin:/bin", HOME=str(tmp_path), FORECOURT_STATE=str(tmp_path / "state"))
    assert done.returncode == 2 and "DATABASE_URL" in done.stderr and "Traceback" not in done.stderr


def test_check_tariff_fails_for_an_unlawful_tariff_with_the_source(here: Command, tmp_path: Path) -> None:
    unlawful = {**TARIFF, "elements": [{"price_components": [{"type": "TIME", "price": 6, "vat": 19, "step_size": 1}]}]}
    path = written(tmp_path, "t.json", unlawful)
    done = here("check-tariff", "--tariff", path, "--country", "DE", "--power-kw", 150, "--on", "2026-11-23", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert any(one["outcome"] == "failing" and "2023/1804" in one["source"] for one in findings)


def test_a_network_can_be_set_up_by_command(here: Command, tmp_path: Path, database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "FORECOURT_STATE": str(tmp_path / "state")}
    operator = {"name": "Op", "legal_name": "Op GmbH", "country": "DE", "currency": "EUR", "party_id": "FCT"}
    site = {"operator": "Op", "slug": "s", "name": "S", "country": "DE", "zone": "Europe/Berlin", "currency": "EUR"}
    charger = {"id": "CP1", "site": "s", "password": "0123456789abcdef", "sockets": [{"kind": "T2-22kW"}]}
    driver = {"operator": "Op", "name": "Ada", "email": "ada@x.example"}
    tariff = {"site": "s", "valid_from": "2026-01-01T00:00:00Z", "tariff": TARIFF}
    for kind, paper in (("operator", operator), ("site", site), ("charger", charger), ("driver", driver), ("tariff", tariff)):
        done = here("admin", kind, "add", written(tmp_path, f"{kind}.json", paper), **settings)
        assert done.returncode == 0, done.stderr
    token = {"driver": "ada@x.example", "uid": "04A1B2", "label": "Card"}
    assert here("admin", "token", "add", written(tmp_path, "token.json", token), **settings).returncode == 0
    assert "CP1" in here("admin", "charger", "list", **settings).stdout
    assert "0 differences" in here("admin", "rebuild", "--verify", **settings).stdout
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO commands VALUES ('1', '', '2020-01-01Z')")
        connection.execute("INSERT INTO ledger_balances SELECT operator_id, 'BANK', 'EUR', 1, 0 FROM operators")
    uneven = here("admin", "rebuild", "--verify", **settings)
    assert uneven.returncode == 1 and "balance of BANK" in uneven.stdout
    assert here("admin", "forget", **settings).stdout.startswith("commands: 1 rows\n1 rows deleted")
    link = here("admin", "password-link", "ADA@x.example", FORECOURT_PUBLIC_URL="https://c.example", **settings)
    assert link.stdout.startswith("https://c.example/password/"), link.stderr
    with PostgresTransactions(database_url) as transactions, transactions.begin() as store:
        (ada,) = [store.drivers.account_by_email("ada@x.example")]
        assert ("password.link", str(ada.id)) in [(one.action, one.subject) for one in store.audit.recent()]
    assert "no account" in here("admin", "password-link", "eve@x.example", **settings).stderr
    with PostgresTransactions(database_url) as transactions, transactions.begin() as store:
        store.factors.put(SecondFactor(ada.id, "sealed", datetime(2026, 6, 1, tzinfo=UTC), 0))
    assert "the password only" in here("admin", "factor-off", "ada@x.example", **settings).stdout
    assert "has no second factor" in here("admin", "factor-off", "ada@x.example", **settings).stderr
    wrong = here("admin", "site", "add", written(tmp_path, "wrong.json", {**site, "colour": "red"}), **settings)
    assert wrong.returncode == 2
    assert "colour" in wrong.stderr
    long = here("admin", "operator", "add", written(tmp_path, "long.json", {**operator, "party_id": "FORE"}), **settings)
    assert long.returncode == 2 and "party id" in long.stderr


HAD = """
import sys
from forecourt.cli.command import commands
commands.get_command(None, "rate"), commands.get_command(None, "plan")
print([name for name in ("litestar", "psycopg", "nats") if name in sys.modules])
commands.get_command(None, "doctor"), commands.get_command(None, "admin"), commands.get_command(None, "gateway")
from forecourt.assembly import roles
roles._gateway(), roles._worker(), roles._planner()
print([name for name in ("forecourt.web", "forecourt.simulation") if name in sys.modules])
"""


def test_rate_and_plan_import_no_server_and_only_web_imports_pages() -> None:
    done = subprocess.run([sys.executable, "-c", HAD], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "[]", ""]


def test_imported_modules_are_frozen_for_the_garbage_collector_which_stays_enabled() -> None:
    loaded = "import gc; from forecourt.cli.command import commands; commands.get_command(None, 'plan')"
    told = f"{loaded}; print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True True"


def test_every_listed_command_can_be_loaded() -> None:
    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None and command.name == name
    assert commands.get_command(context, "brew") is None
