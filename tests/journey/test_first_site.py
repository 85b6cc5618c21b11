"""docs/first-site.md, followed exactly: every file is written and every command run, up to an invoice."""

import re
import shlex
import subprocess
from pathlib import Path

from journey.installed import Installation

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "first-site.md").read_text()
FILES = re.findall(r"`(\w+\.json)`[^\n]*\n(?:[^`\n][^\n]*\n)*\n```json\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shlex.split(line) for line in re.findall(r"^forecourt (.+)$", PAGE, re.MULTILINE)]


def test_the_first_site_page_leads_from_an_empty_folder_to_an_invoice(installation: Installation, tmp_path: Path) -> None:
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    *steps, charger = COMMANDS
    assert [f"{step[1]}.json" for step in steps] == [name for name, _ in FILES]
    with installation.running():
        for step in steps:
            installation.does(tmp_path, *step)
        hasty = ("--url", f"ws://{installation.ocpp}/ocpp", "--pause-s", "1", "1", "--stay-s", "5", "5")
        with installation.started(*charger, *hasty):
            installation.until(lambda: bills(installation) == ["Hof Laden GmbH"])


def test_commands_of_the_first_site_page_use_their_own_state_folder() -> None:
    told = re.findall(r"^export .+$", PAGE, re.MULTILINE)
    script = "\n".join([*told, 'echo "$PATH"', 'echo "$FORECOURT_STATE"'])
    shell = subprocess.run(["/bin/sh", "-c", script], cwd=HOUSE, env={"PATH": "/usr/bin"}, check=True, capture_output=True, text=True)
    path, state = shell.stdout.splitlines()
    assert path.split(":")[0] == str(HOUSE / ".venv" / "bin")
    assert Path(state).parent == HOUSE
    assert Path(state).name != ".forecourt"


def bills(installation: Installation) -> list[str]:
    """Who sells on each of Ada's documents."""
    with installation.store() as store:
        ada = store.drivers.account_by_email("ada@hof.example")
        return [one.content.parties.seller.name for one in store.documents.of_driver(ada.driver_id)]
