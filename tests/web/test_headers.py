"""What every answer carries, and what the pages load."""

import base64
import hashlib
import json
import re

import pytest

from forecourt.web.frame.rendering import STATIC

PATHS = ["/", "/login", "/nope", "/static/css/tokens.css", "/static/nope.css", "/api/v1/sites", "/api/v1/nope", "/health/live"]


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_the_strict_content_security_policy(client, path):
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", "/login", "/sites/market", "/console", "/console/design", "/console/sites/market"])
def test_pages_have_no_inline_scripts_styles_or_handlers_and_load_nothing_from_elsewhere(lived, client, path):
    html = client.sign_in("ops").get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=\"/static/)", html)
    assert not re.search(r"<(?!a\s)[^>]*\s(?:src|href)=\"(?:https?:)?//", html), "a link loads nothing before it is followed"


def test_static_files_are_cached_permanently_under_their_digest(client):
    found = re.search(r"/static/css/components\.css\?v=[0-9a-f]{10}", client.get("/").text)
    assert found and "immutable" in client.get(found.group()).headers["cache-control"]


def test_pages_are_never_stored_by_caches(client):
    assert client.sign_in("ada").get("/account").headers["cache-control"] == "no-store"


def test_vendored_files_match_the_lock_file():
    vendor = STATIC / "vendor"
    named = {
        name: kept["sha512"] for one in json.loads((vendor / "vendor.lock").read_text())["packages"] for name, kept in one["files"].items()
    }
    there = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()} - {"vendor.lock"}
    assert there == set(named)
    for name, expected in named.items():
        assert base64.b64encode(hashlib.sha512((vendor / name).read_bytes()).digest()).decode() == expected


def test_the_two_dark_theme_blocks_of_the_css_are_equal():
    css = (STATIC / "css/tokens.css").read_text()
    system, switch = (
        re.search(r'not\(\[data-theme="light"\]\) \{(.*?)\}', css, re.S),
        re.search(r'\[data-theme="dark"\] \{(.*?)\}', css, re.S),
    )
    assert system and switch and system.group(1).split() == switch.group(1).split()


def test_plain_http_and_bad_input_get_clear_errors(client):
    assert client.get("/sites/nowhere").status_code == 404
    assert client.get("/?energy=banana").status_code == 400
    assert client.get("/?energy=100000").status_code == 400
    assert client.put("/login").status_code == 405
    assert client.get("/charges/not-an-id").status_code == 404
