"""Calls to a partner go only to servers that it has named, as our credentials go with them."""

import pytest

from roaming_world import peer

PEER = peer("https://emsp.example/ocpi")


@pytest.mark.parametrize("url", ["https://emsp.example/else/1", "https://EMSP.example:443/1?x=1", "https://emsp.example"])
def test_another_path_at_the_same_server_belongs_to_the_partner(url: str) -> None:
    assert PEER.is_at(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://emsp.example/1",  # would be read on its way
        "http://emsp.example:443/1",
        "https://emsp.example:8443/1",  # another program, maybe somebody else's
        "https://emsp.example.elsewhere.example/1",
        "https://emsp.example@elsewhere.example/1",
        "https://someone@emsp.example/1",
        "https://emsp.example:99999/1",
        "https://emsp.example:x/1",
        "https://[emsp.example/1",
        "ftp://emsp.example/1",
        "//emsp.example/1",
        "",
    ],
)
def test_an_address_with_another_scheme_port_or_host_does_not_belong_to_the_partner(url: str) -> None:
    assert not PEER.is_at(url)


def test_a_stated_port_must_match() -> None:
    there = peer("https://emsp.example:8443/ocpi")
    assert there.is_at("https://emsp.example:8443/results/1") and not there.is_at("https://emsp.example/results/1")
