"""Each import contract of pyproject.toml detects a violation planted in a small package of the same structure."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
DIALECTS = ["gateway/server", "gateway/wire", "gateway/dialects", "gateway/dialects/v16", "gateway/dialects/v201", "gateway/dialects/v21"]


def layers_of(contract: str) -> list[str]:
    layers = next(each for each in CONTRACTS if each["id"] == contract)["layers"]
    return [room.strip(" ()") for layer in layers for room in layer.split("|")]


def folders() -> list[str]:
    steps = [f"flows/{step}" for step in layers_of("steps")]
    return [*(room for room in layers_of("layers") if room != "__main__"), *steps, *DIALECTS]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for folder in folders():
        (tmp_path / "forecourt" / folder).mkdir(parents=True)
        (tmp_path / "forecourt" / folder / "__init__.py").touch()
        (tmp_path / "forecourt" / folder / "model.py").touch()
    (tmp_path / "forecourt" / "planning" / "model.py").write_text("import highspy, numpy")
    (tmp_path / "forecourt" / "store" / "model.py").write_text("import alembic, sqlalchemy")
    (tmp_path / "forecourt" / "flows" / "model.py").unlink()  # flows are folders only
    (tmp_path / "forecourt" / "tariffs" / "rating.py").write_text("import forecourt.tariffs.model")
    (tmp_path / "forecourt" / "__init__.py").touch()
    (tmp_path / "forecourt" / "__main__.py").touch()
    (tmp_path / "tests" / "tidy").mkdir(parents=True)
    shutil.copy(TOP / "tests" / "tidy" / "front_door.py", tmp_path / "tests" / "tidy")
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    return tmp_path


def broken(house: Path, *contracts: str) -> int:
    """Of those contracts, else of all."""
    code = "import sys; from importlinter.cli import lint_imports_command; sys.path.insert(0, ''); lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-cache", "--no-logo", *(word for one in contracts for word in ("--contract", one))]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    found = re.search(r"Contracts: \d+ kept, (\d+) broken", done.stdout)
    assert found, done.stdout + done.stderr
    return int(found[1])


PLANTED = [
    ("layers", "tariffs/model.py", "import forecourt.sessions"),
    ("layers", "flows/model.py", "import forecourt.store"),
    ("layers", "web/model.py", "import forecourt.jobs"),
    ("layers", "simulation/model.py", "import forecourt.assembly"),
    ("layers", "lounge/__init__.py", ""),
    ("steps", "flows/paying/model.py", "import forecourt.flows.charging"),
    ("steps", "flows/lounge/__init__.py", ""),
    ("purity", "sessions/model.py", "import time"),
    ("purity", "flows/model.py", "from sqlalchemy import text"),
    ("purity", "gateway/dialects/v16/model.py", "import asyncio"),
    ("solvers", "billing/model.py", "import numpy"),
    ("database", "web/model.py", "import sqlalchemy"),
    ("gateway", "gateway/wire/model.py", "import forecourt.gateway.server"),
    ("dialects", "gateway/dialects/v16/model.py", "import forecourt.gateway.dialects.v201"),
    ("dialects_2", "gateway/dialects/v201/model.py", "import forecourt.gateway.dialects.v21"),
    ("dialects_2", "gateway/dialects/v21/model.py", "import forecourt.gateway.dialects.v16"),
    ("acyclic", "tariffs/model.py", "import forecourt.tariffs.rating"),
    ("front_door", "flows/model.py", "from forecourt.tariffs.model import Tariff"),
    ("front_door", "web/model.py", "from forecourt.flows.power.model import plan_power"),
]


def test_the_sample_package_without_a_planted_import_keeps_every_contract(house: Path) -> None:
    assert broken(house) == 0


@pytest.mark.parametrize(("contract", "path", "text"), PLANTED)
def test_a_planted_import_breaks_its_contract(house: Path, contract: str, path: str, text: str) -> None:
    target = house / "forecourt" / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    assert broken(house, contract) == 1


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _, _ in PLANTED} == {each["id"] for each in CONTRACTS}
