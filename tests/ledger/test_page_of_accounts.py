"""docs/ledger.md has a row for every account that is posted to."""

import re
from pathlib import Path

from forecourt.ledger import AccountKind

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")


def test_the_page_has_a_row_for_every_account_that_is_posted_to() -> None:
    rows = re.findall(r"^\| (`[A-Z_]+[:`][^|]*) \|", PAGE, re.MULTILINE)
    assert set(re.findall(r"`([A-Z_]+)", " ".join(rows))) == set(AccountKind)
