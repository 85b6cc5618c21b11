"""`check-tariff` judges the rules on payment methods of a charging point if they are stated."""

import json
import sys
from pathlib import Path

import pytest

from forecourt.cli.command import main

TARIFF = {"id": "T", "currency": "EUR", "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}]}


def outcomes(tmp_path: Path, capsys: pytest.CaptureFixture[str], *said: str, country: str = "DE", kw: int = 150) -> dict[str, str]:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(TARIFF))
    sys.argv = [
        "forecourt",
        "check-tariff",
        "--tariff",
        str(path),
        "--country",
        country,
        "--power-kw",
        str(kw),
        "--on",
        "2027-02-01",
        "--json",
        *said,
    ]
    try:
        main()
    except SystemExit as stop:
        assert stop.code == 1
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"lawful", "findings"}
    assert all(set(finding) == {"rule", "outcome", "source", "text", "remedy"} for finding in report["findings"])
    assert report["lawful"] is ("failing" not in {finding["outcome"] for finding in report["findings"]})
    return {finding["rule"]: finding["outcome"] for finding in report["findings"]}


@pytest.mark.parametrize(
    ("said", "kw", "expected"),
    [
        ((), 150, "not known"),
        (("--payment-means", "card-reader"), 150, "satisfied"),
        (("--payment-means", "contactless"), 150, "satisfied"),
        (("--payment-means", "qr-code"), 150, "failing"),
        (("--payment-means", "qr-code"), 22, "satisfied"),
        (("--payment-means", "qr-code", "--payment-means", "card-reader"), 150, "satisfied"),
        (("--no-payment-means",), 22, "failing"),
        (("--no-payment-means", "--deployed", "2020-01-01"), 150, "not applicable"),
    ],
)
def test_a_new_charging_point_in_the_eu_must_accept_cards(
    said: tuple[str, ...], kw: int, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcomes(tmp_path, capsys, *said, kw=kw)["eu-afir-payment"] == expected


def test_an_old_fast_charging_point_on_the_ten_t_network_must_accept_cards_from_2027(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ("--payment-means", "qr-code", "--deployed", "2020-01-01", "--ten-t")
    assert outcomes(tmp_path, capsys, *said)["eu-afir-payment-ten-t"] == "failing"


def test_great_britain_requires_contactless_payment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcomes(tmp_path, capsys, "--payment-means", "card-reader", country="GB")["gb-contactless"] == "failing"
    assert outcomes(tmp_path, capsys, "--payment-means", "contactless", country="GB")["gb-contactless"] == "satisfied"
