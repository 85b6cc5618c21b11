"""The sample cases: the same total from charging periods and from raw phases, to the cent."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from forecourt.kernel import round_half_up
from forecourt.tariffs import rate_report

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("entrance", ["cdr", "phases"])
def test_a_sample_case_gives_its_stated_total(path, entrance):
    case = json.loads(path.read_text(), parse_float=Decimal)
    report = rate_report(case["tariff"], **{entrance: case[entrance]}, zone=case["time_zone"], expired=case["cdr"]["reservation_expired"])
    for side, stated in case["expected"]["total_cost"].items():
        if stated is not None:
            decimals = max(2, -Decimal(stated).as_tuple().exponent)
            assert round_half_up(Decimal(report["total"][side]), decimals) == Decimal(stated)


def test_there_are_ten_sample_cases():
    assert len(CASES) == 10
