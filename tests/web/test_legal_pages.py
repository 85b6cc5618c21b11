"""The operator's terms, privacy policy and legal notice, and the links to them on the pages."""

import pytest

from forecourt.web import LegalPages

from .apps import app_of
from .conftest import Browser, Scene
from .guests_scene import guests
from .test_guest_visits import Cards

PAGES = LegalPages("https://musterstrom.example/{language}/terms", "", "https://musterstrom.example/imprint")
TERMS = 'href="https://musterstrom.example/en/terms"'


@pytest.fixture
def linked(scene: Scene):
    with Browser(app=app_of(scene.ports(payment_events=Cards(), card_key="pk_test_1", legal_pages=PAGES))) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/login", "/register", "/sites/market", "/no-such-page"])
def test_every_page_links_to_the_configured_legal_pages(linked, path):
    foot = linked.get(path).text.split('class="legal"')[1]
    assert TERMS in foot and ">Legal notice</a>" in foot and "Privacy" not in foot


def test_the_terms_are_in_the_language_of_the_page(linked):
    linked.submit("/language", language="de")
    assert '<a href="https://musterstrom.example/de/terms">AGB</a>' in linked.get("/").text


def test_the_pages_to_sign_up_book_and_pay_link_to_the_terms(linked, scene):
    for path in ("/register", "/sites/market", f"/e/{guests(scene).code}"):
        assert f"Our <a {TERMS}>terms</a> apply." in linked.get(path).text, path


def test_without_legal_pages_nothing_is_linked(client):
    page = client.get("/register").text
    assert "legal" not in page and "apply." not in page
