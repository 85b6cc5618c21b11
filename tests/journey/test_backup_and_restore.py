"""Health checks and backups of a running forecourt, and a restore elsewhere."""

from pathlib import Path

import pytest

from journey.installed import Installation

OPERATOR = '{"name": "Hof Laden", "legal_name": "Hof Laden GmbH", "country": "DE", "currency": "EUR"}'


def test_a_backup_is_made_while_running_and_restored_only_into_an_empty_folder(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "operator.json").write_text(OPERATOR)
    other = Installation(tmp_path / "other")
    with installation.running():
        installation.does(tmp_path, "admin", "operator", "add", "operator.json")
        assert "BAD" not in installation.does(tmp_path, "doctor")
        assert "Also back up" in installation.does(tmp_path, "backup", "copy.zip")
        with pytest.raises(AssertionError, match="Stop it first"):
            installation.does(tmp_path, "restore", "copy.zip")
    other.does(tmp_path, "restore", "copy.zip")
    assert "Hof Laden" in other.does(tmp_path, "admin", "operator", "list")
    with pytest.raises(AssertionError, match="already holds data"):
        other.does(tmp_path, "restore", "copy.zip")
