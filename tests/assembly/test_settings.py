"""Settings are checked once, at startup."""

import pytest

from forecourt.assembly.settings import settings_from
from forecourt.kernel import BadInput


def test_the_configured_ocpp_url_is_shown_to_chargers():
    assert settings_from({}).ocpp_url == ""
    assert settings_from({"FORECOURT_OCPP_URL": "wss://charge.example/ocpp/"}).ocpp_url == "wss://charge.example/ocpp"


@pytest.mark.parametrize("url", ["https://charge.example", "charge.example", "wss://", "wss://a b", "wss://charge.example/ocpp?x=1"])
def test_an_invalid_ocpp_url_is_refused(url):
    with pytest.raises(BadInput, match="FORECOURT_OCPP_URL"):
        settings_from({"FORECOURT_OCPP_URL": url})


def test_legal_pages_are_addresses_over_tls():
    found = settings_from({"FORECOURT_TERMS_URL": "https://x.example/{language}/terms", "FORECOURT_LEGAL_NOTICE_URL": "https://x.example"})
    assert found.legal_pages == ("https://x.example/{language}/terms", "", "https://x.example")
    for url in ("http://x.example", "javascript:alert(1)", "https://", "https://a@b.example"):
        with pytest.raises(BadInput, match="FORECOURT_PRIVACY_URL"):
            settings_from({"FORECOURT_PRIVACY_URL": url})


TILES = "https://tiles.example/{z}/{x}/{y}.png"


def test_map_tiles_need_an_attribution():
    found = settings_from({"FORECOURT_MAP_TILES": TILES, "FORECOURT_MAP_ATTRIBUTION": "© Tiles"})
    assert (found.map_tiles, found.map_attribution) == (TILES, "© Tiles")
    with pytest.raises(BadInput, match="FORECOURT_MAP_ATTRIBUTION"):
        settings_from({"FORECOURT_MAP_TILES": TILES})


@pytest.mark.parametrize("url", ["http://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/", "https://a; script-src */{z}/{x}/{y}"])
def test_an_invalid_map_tile_address_is_refused(url):
    with pytest.raises(BadInput, match="not an address of map tiles"):
        settings_from({"FORECOURT_MAP_TILES": url, "FORECOURT_MAP_ATTRIBUTION": "© Tiles"})
