"""What an installation sets is looked at once, at its start."""

import pytest

from forecourt.assembly import settings_from
from forecourt.kernel import BadInput


def test_where_chargers_call_is_told_as_it_was_set():
    assert settings_from({}).ocpp_url == ""
    assert settings_from({"FORECOURT_OCPP_URL": "wss://charge.example/ocpp/"}).ocpp_url == "wss://charge.example/ocpp"


@pytest.mark.parametrize("url", ["https://charge.example", "charge.example", "wss://", "wss://a b", "wss://charge.example/ocpp?x=1"])
def test_an_address_no_charger_can_call_is_refused(url):
    with pytest.raises(BadInput, match="FORECOURT_OCPP_URL"):
        settings_from({"FORECOURT_OCPP_URL": url})
