"""What an installation sets is looked at once, at its start."""

import pytest

from forecourt.assembly.settings import settings_from
from forecourt.kernel import BadInput


def test_the_address_for_chargers_is_the_one_that_was_set():
    assert settings_from({}).ocpp_url == ""
    assert settings_from({"FORECOURT_OCPP_URL": "wss://charge.example/ocpp/"}).ocpp_url == "wss://charge.example/ocpp"


@pytest.mark.parametrize("url", ["https://charge.example", "charge.example", "wss://", "wss://a b", "wss://charge.example/ocpp?x=1"])
def test_an_address_no_charger_can_call_is_refused(url):
    with pytest.raises(BadInput, match="FORECOURT_OCPP_URL"):
        settings_from({"FORECOURT_OCPP_URL": url})


TILES = "https://tiles.example/{z}/{x}/{y}.png"


def test_maps_are_drawn_on_tiles_whose_owner_is_named():
    found = settings_from({"FORECOURT_MAP_TILES": TILES, "FORECOURT_MAP_ATTRIBUTION": "© Tiles"})
    assert (found.map_tiles, found.map_attribution) == (TILES, "© Tiles")
    with pytest.raises(BadInput, match="FORECOURT_MAP_ATTRIBUTION"):
        settings_from({"FORECOURT_MAP_TILES": TILES})


@pytest.mark.parametrize("url", ["http://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/", "https://a; script-src */{z}/{x}/{y}"])
def test_an_address_of_no_tiles_is_refused(url):
    with pytest.raises(BadInput, match="not an address of map tiles"):
        settings_from({"FORECOURT_MAP_TILES": url, "FORECOURT_MAP_ATTRIBUTION": "© Tiles"})
