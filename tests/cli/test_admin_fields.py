"""What `forecourt admin … add --help` says about a file."""

import re

import pytest

from forecourt.assembly import admin_files
from forecourt.cli.admin import KINDS, Kind


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_help_names_every_field_of_an_admin_file(kind: Kind) -> None:
    paper = getattr(admin_files, f"{kind.name.title()}File")
    assert set(paper.__struct_fields__) <= set(re.findall(r"\w+", kind.fields))
