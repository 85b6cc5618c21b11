"""Pages without an account: what the code and the secret link give, and to whom."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.billing import LESS_REPORTED
from forecourt.drivers import visit_secret
from forecourt.flows.billing import CreditRequest, Recipient, correct_own_buyer, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.flows.offers import redeem_code
from forecourt.flows.ports import DocumentSearch, Grant
from forecourt.jobs.notice_messages import email_for
from forecourt.kernel import Money
from forecourt.notices import NoticeContent, NoticeKind
from forecourt.stations import ConnectorReported, ConnectorState
from forecourt.web.charging.guest_visits import TRIES
from forecourt.web.frame.sealing import digest

from .apps import app_of
from .conftest import KEY, NOW, Browser, Scene
from .guests_scene import ASKED, PAID, _answered, charging_guest, company_guest, dispute, guests
from .messages_scene import mailed
from .offers_scene import with_offers


class Cards:
    """A processor is set up."""

    def accept(self, store, body, signature, at) -> None:
        raise NotImplementedError


@pytest.fixture
def visited(scene: Scene):
    the = guests(scene)
    with Browser(app=app_of(scene.ports(payment_events=Cards(), card_key="pk_test_1"))) as opened:
        yield scene, the, opened


def form_of(client: Browser, code: str) -> dict[str, str]:
    text = client.get(f"/e/{code}").text
    return {name: text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("_csrf", "key", "version")}


def secret_of(fields: dict[str, str]) -> str:
    return visit_secret(KEY, digest(fields["key"]))


def test_a_guest_form_sent_twice_begins_one_visit_under_its_own_link(visited) -> None:
    _, the, client = visited
    fields = form_of(client, the.code)
    links = {client.post(f"/e/{the.code}", data=fields, follow_redirects=False).headers["location"] for _ in range(2)}
    assert links == {f"/c/{secret_of(fields)}"}
    assert client.get(f"/c/{fields['key']}").status_code == 404
    assert client.get(links.pop()).status_code == 200
    assert client.get(f"/c/{the.code}").status_code == 404


@pytest.mark.parametrize("key", ["short", "k" * 200])
def test_a_visit_key_that_could_be_guessed_is_refused(visited, key) -> None:
    _, the, client = visited
    assert client.post(f"/e/{the.code}", data={**form_of(client, the.code), "key": key}).status_code == 400


def test_a_price_changed_since_the_page_was_opened_is_shown_before_paying(visited) -> None:
    _, the, client = visited
    got = client.post(f"/e/{the.code}", data={**form_of(client, the.code), "version": str(Scene().evse(1))})
    assert got.status_code == 409 and "price has changed" in got.text


def test_the_hold_has_the_same_name_before_and_during_payment(visited) -> None:
    _, the, client = visited
    for path in (f"/e/{the.code}", f"/c/{ASKED}"):
        assert "Held on your card: <span" in (page := client.get(path).text) and "Deposit" not in page


def test_a_faulted_socket_says_so_and_offers_no_payment(visited) -> None:
    scene, the, client = visited
    scene.say("CP-23", ConnectorReported(NOW, 1, ConnectorState.FAULTED))
    text = client.get(f"/e/{the.code}").text
    assert "is out of order" in text and "Pay by card" not in text


def test_beginning_many_payments_is_rate_limited(visited) -> None:
    _, the, client = visited
    fields = form_of(client, the.code)
    answers = [client.post(f"/e/{the.code}", data={**fields, "version": str(Scene().evse(1))}).status_code for _ in range(TRIES + 1)]
    assert "Too many payments" in client.post(f"/e/{the.code}", data=fields).text and set(answers) == {409}


def test_a_guest_receipt_opens_only_under_its_own_link(visited) -> None:
    _, the, client = visited
    assert client.get(f"/c/{PAID}/receipts/{the.bill}.pdf").content == b"%PDF-1.7 test"
    assert client.get(f"/c/{ASKED}/receipts/{the.bill}.pdf").status_code == 404


def test_a_partial_refund_is_shown_on_the_guests_charge_page(visited) -> None:
    scene, the, client = visited
    with scene.transactions.begin() as store:
        bill = store.documents.by_number(scene.operator_id, the.bill)
        asked = CreditRequest(bill.id, 0, LESS_REPORTED, amount=Money(100, "EUR"))
        note = issue_credit_note(store, Staff(scene.operator_id, "system", scene.clock.at, scene.ids), asked).note
    _answered(scene, opened=False)
    shown = client.get(f"/c/{PAID}").text
    assert "Refunded to" in shown and "card €1.00" in shown and f"/c/{PAID}/receipts/{note.number}" in shown
    assert "Total credited to you" in client.get(f"/c/{PAID}/receipts/{note.number}").text


def test_only_the_card_page_of_a_visit_allows_the_processors_scripts(visited) -> None:
    _, _, client = visited
    card, other = client.get(f"/c/{ASKED}/pay"), client.get(f"/c/{ASKED}")
    assert "pi_1_secret_2" in card.text and "https://js.stripe.com" in card.headers["content-security-policy"]
    assert "stripe" not in other.headers["content-security-policy"] and "pi_1_secret_2" not in other.text
    assert client.get(f"/c/{PAID}/pay").status_code == 404


def test_a_guest_has_no_stored_name_and_is_called_guest_in_the_readers_language(visited) -> None:
    scene, the, client = visited
    with scene.transactions.begin() as store:
        bill = store.documents.by_number(scene.operator_id, the.bill)
        assert bill.content.parties.buyer.name == "" and store.documents.search(scene.operator_id, DocumentSearch("guest")) == [bill]
    for language, word in (("en", "Guest"), ("de", "Gast"), ("es", "Cliente sin cuenta")):
        assert f"<dd>{word}</dd>" in client.get(f"/c/{PAID}/receipts/{the.bill}", headers={"accept-language": language}).text


def test_a_guests_bill_is_in_the_language_of_the_page_even_without_an_email(visited) -> None:
    scene, the, client = visited
    fields = form_of(client, the.code)
    client.post(f"/e/{the.code}", data=fields, headers={"accept-language": "de"}, follow_redirects=False)
    with scene.transactions.begin() as store:
        visit = store.guests.by_digest(digest(secret_of(fields)))
        guest = store.drivers.driver(visit.driver_id)
        assert (guest.language, guest.email, visit.email_seed) == ("de", "", b"")


def test_a_guest_receipt_is_emailed_if_an_address_was_given(visited) -> None:
    scene, the, client = visited
    fields = form_of(client, the.code)
    refused = client.post(f"/e/{the.code}", data={**fields, "email": "me"})
    assert refused.status_code == 400 and "is not an email address" in refused.text
    assert client.post(f"/e/{the.code}", data={**fields, "email": " Me@Example.org "}, follow_redirects=False).status_code == 303
    with scene.transactions.begin() as store:
        visit = store.guests.by_digest(digest(secret_of(fields)))
        assert store.drivers.driver(visit.driver_id).email == "Me@example.org"
        says = NoticeContent("Market Square", number="INV-2026-000009", amount=Money(500, "EUR"))
        notify(
            store, NoticeDraft("document/9", scene.operator_id, visit.driver_id, NoticeKind.INVOICE, says, "/receipts/INV-2026-000009"), NOW
        )
        (notice,) = store.notices.of_driver(visit.driver_id).rows
        letter = email_for(notice, store.drivers.driver(visit.driver_id), "Musterstrom", "https://c.example")
    assert letter.to_name == "" and "INV-2026-000009" in letter.text and not letter.settings_url
    (sent,) = mailed(scene)
    with scene.transactions.begin() as store:
        (kept,) = store.notices.of_driver(visit.driver_id).rows
    assert f"https://c.example/c/{secret_of(fields)}" in sent.text and secret_of(fields) not in repr((kept, visit))


def test_a_guests_randomly_delayed_charge_states_until_when_and_can_begin_at_once(visited) -> None:
    scene, _, client = visited
    key = "guest-who-charges-" * 3
    session_id, evse_id = charging_guest(scene, 12, key), scene.evse(12)
    assert "do not wait" not in client.get(f"/c/{key}").text
    with scene.transactions.begin() as store:
        evse = store.stations.evse(evse_id)
        kept = store.plans.grant(evse_id) or Grant(evse_id, evse.operator_id, evse.site_id)
        store.plans.put_grant(replace(kept, session_id=session_id, raise_from=scene.clock.at + timedelta(minutes=4)))
    page = client.get(f"/c/{key}").text
    assert "More power from" in page and "Charge now, do not wait" in page
    assert client.submit(f"/c/{key}/at-once").headers["location"].startswith(f"/c/{key}")
    with scene.transactions.begin() as store:
        assert (store.plans.grant(evse_id).at_once, store.plans.grant(evse_id).raise_from) == (True, None)
    assert "More power from" not in client.get(f"/c/{key}").text


def test_a_charge_being_stopped_says_so_and_offers_no_further_hold(visited) -> None:
    scene, _, client = visited
    key = "guest-who-leaves-now" * 3
    charging_guest(scene, 12, key)
    assert "Hold €34.00 more" in client.get(f"/c/{key}").text
    client.submit(f"/c/{key}/stop")
    page = client.get(f"/c/{key}").text
    assert "We have asked the charger to end the charge." in page and "Hold €34.00 more" not in page and "Stop charging" not in page
    got = client.submit(f"/c/{key}/more")
    assert got.status_code == 409 and "nothing more is held" in got.text


def test_a_visit_without_a_running_charge_cannot_begin_at_once(visited) -> None:
    scene, _, client = visited
    assert [client.submit(f"/c/{key}/at-once").status_code for key in (PAID, ASKED, "k" * 43)] == [404, 404, 404]
    with scene.transactions.begin() as store:
        assert not any(one.at_once for one in store.plans.grants(scene.site_id).values())


def test_a_guest_enters_energy_and_departure_as_a_driver_does(visited) -> None:
    scene, _, client = visited
    key = "guest-who-says-so-" * 3
    charging_guest(scene, 12, key)
    assert f"/c/{key}/need" in client.get(f"/c/{key}").text
    wrong = client.submit(f"/c/{key}/need", energy="much", departure="18:00")
    assert wrong.status_code == 400 and "is not a number" in wrong.text and 'value="18:00"' in wrong.text
    assert client.submit(f"/c/{key}/need", energy="20", departure="18:00", stop="1").headers["location"] == f"/c/{key}"
    page = client.get(f"/c/{key}").text
    assert "You are leaving at" in page and "18:00" in page and "20 kWh" in page and "and no more" in page
    with scene.transactions.begin() as store:
        said = store.drivers.need(store.guests.by_digest(digest(key)).driver_id, scene.site_id)
        assert (said.energy_wh, said.stop_there) == (20_000, True)


def test_needs_cannot_be_entered_for_a_visit_without_a_running_charge(visited) -> None:
    _, _, client = visited
    assert client.get(f"/c/{ASKED}/need").status_code == 409 and client.submit(f"/c/{PAID}/need", energy="20").status_code == 409


def test_a_further_hold_is_offered_as_the_cost_nears_the_hold_and_leads_to_payment(visited) -> None:
    scene, _, client = visited
    charging_guest(scene, 24, key := "has-much-left" * 3)
    assert "The amount held is nearly used up." not in client.get(f"/c/{key}").text
    charging_guest(scene, 21, key := "has-little-left" * 3, minutes=570)
    text = client.get(f"/c/{key}").text
    assert "The amount held is nearly used up." in text and text.count("Hold €34.00 more") == 1
    for _ in range(2):
        assert client.submit(f"/c/{key}/more").headers["location"] == f"/c/{key}?pay=1"
    assert '<meta http-equiv="refresh" content="2">' in client.get(f"/c/{key}?pay=1").text
    _answered(scene, opened=True)
    assert f'<meta http-equiv="refresh" content="0; url=/c/{key}/pay">' in client.get(f"/c/{key}?pay=1").text
    client.submit(f"/c/{key}/leave")
    assert "refresh" not in client.get(f"/c/{key}?pay=1").text


def test_a_signed_in_driver_who_scans_the_code_starts_at_their_own_price(visited) -> None:
    scene, the, client = visited
    assert f'href="/login?back=/e/{the.code}"' in client.get(f"/e/{the.code}").text
    coupon = with_offers(scene).coupon
    with scene.transactions.begin() as store:
        redeem_code(store, scene.ada, coupon.code, NOW, scene.ids)
    client.sign_in("ada")
    text = client.get(f"/e/{the.code}").text
    form = text.split('action="/charges"')[1].split("</form>")[0]
    fields = {name: form.split(f'name="{name}" value="')[1].split('"')[0] for name in ("_csrf", "evse", "site", "key")}
    assert fields["evse"] == str(scene.evse(23)) and "€8.35" in form and "€10.35" in text  # a coupon of €2.00
    answer = client.post("/charges", data=fields, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/charge")


def test_the_current_price_is_listed_first_and_marked(visited) -> None:
    _, the, client = visited
    prices = client.get(f"/e/{the.code}").text.split('class="bay-list">')[1].split("</ul>")[0]
    told = [re.sub("<[^>]+>|\\s+", " ", one).split() for one in prices.split("</li>")[:-1]]
    assert told[0] == ["€0.4879/kWh", "now"] and sum("now" in one for one in told) == 1
    assert [one[0] for one in told if "to" in one and "start" not in one] == ["€0.4046/kWh", "€0.5831/kWh"]


def test_the_home_page_explains_charging_without_an_account(visited) -> None:
    scene, _, client = visited
    assert "You need no account" in client.get("/").text
    with Browser(app=app_of(scene.ports())) as without_cards:
        text = without_cards.get("/").text
        assert "before you plug in" in text and "no account" not in text
    client.sign_in("ada")
    assert "before you plug in" not in client.get("/").text


def test_a_guest_changes_the_buyer_of_a_bill_and_finds_the_new_bill(visited) -> None:
    _, the, client = visited
    where, firm = f"/c/{PAID}/receipts/{the.bill}", {"name": "Firma GmbH", "address": "Weg 1", "vat_number": "DE123456789", "order": ""}
    assert "Bill for a company?" in client.get(where).text
    wrong = client.submit(f"{where}/buyer", **firm | {"vat_number": "?"})
    assert wrong.status_code == 400 and "is not a VAT number" in wrong.text and "Firma GmbH" in wrong.text
    new = client.submit(f"{where}/buyer", **firm).headers["location"]
    assert client.submit(f"{where}/buyer", **firm).headers["location"] == new, "sent twice, it is one"
    assert "Firma GmbH, Weg 1, DE123456789" in client.get(new).text and f"Replaces {the.bill}" in client.get(new).text
    number = new.rpartition("/")[2].partition("?")[0]
    assert f"{number} replaces this bill." in client.get(where).text
    assert number in client.get(f"/c/{PAID}").text
    assert client.submit(f"{where}/buyer", **firm | {"name": "Other"}).status_code == 409
    assert client.submit(f"/c/{ASKED}/receipts/{the.bill}/buyer", **firm).status_code == 404


FIRM = {"name": "Firma GmbH", "address": "Weg 1", "vat_number": "DE123456789", "order": ""}


def test_a_company_buyer_without_an_address_is_refused(visited) -> None:
    _, the, client = visited
    answer = client.submit(f"/c/{PAID}/receipts/{the.bill}/buyer", **FIRM | {"address": " "})
    assert answer.status_code == 400 and 'id="e-address">Enter the company&#39;s address.' in answer.text
    answer = client.submit(f"/c/{PAID}/receipts/{the.bill}/buyer", name="Ada")
    assert answer.status_code == 400 and 'id="e-address">Enter the address.' in answer.text


def days_pass(scene: Scene, the) -> None:
    scene.clock.at += timedelta(days=91)


def is_disputed(scene: Scene, the) -> None:
    dispute(scene)


def is_changed_thrice(scene: Scene, the) -> None:
    with scene.transactions.begin() as store:
        bill = store.documents.by_number(scene.operator_id, the.bill)
        for number in range(3):
            bill = correct_own_buyer(store, bill, Recipient(f"Firm {number}", "Weg 1"), scene.clock.at, scene.ids)
    the.bill = bill.number


@pytest.mark.parametrize(
    ("comes", "why", "staff_may"),
    [
        (days_pass, "This bill is more than 90 days old", True),
        (is_changed_thrice, "This bill has been changed 3 times", True),
        (is_disputed, "was refunded or is disputed", False),
    ],
)
def test_a_buyer_change_that_would_be_refused_is_not_offered_and_the_page_explains_it(visited, comes, why, staff_may) -> None:
    scene, the, client = visited
    where = f"/c/{PAID}/receipts/{the.bill}"
    assert f'action="{where}/buyer"' in client.get(where).text
    comes(scene, the)
    where, staffs = f"/c/{PAID}/receipts/{the.bill}", f"/console/documents/{the.bill}"
    text = client.get(where).text
    assert f"{where}/buyer" not in text and why in text and "Write to the operator: the address is on the bill." in text
    assert client.submit(f"{where}/buyer", **FIRM).status_code == 409
    client.sign_in("ops")
    offered, asked = client.get(staffs).text, client.get(f"{staffs}/buyer").text
    assert (f'href="{staffs}/buyer"' in offered) is (f'action="{staffs}/buyer"' in asked) is staff_may
    assert ("The buyer cannot be corrected" in offered) is ("The buyer cannot be corrected" in asked) is not staff_may
    assert "Write to the operator" not in offered + asked


def test_the_buyer_forms_texts_address_guest_staff_or_driver(visited) -> None:
    _, the, client = visited
    guests_page = client.get(f"/c/{PAID}/receipts/{the.bill}").text
    client.sign_in("ops")
    desks_page = client.get(f"/console/documents/{the.bill}/buyer").text
    client.sign_in("ada")
    own_page = client.get("/account/details").text
    assert "or your own" in guests_page and "appears on the new bill" in guests_page
    assert "our own" not in desks_page and "your company" not in desks_page and "appears on the new invoice" in desks_page
    assert "Your own, or your company" in own_page and "appears on every receipt" in own_page


def test_the_session_page_links_to_the_bill_in_force_and_its_predecessors(visited) -> None:
    scene, _, client = visited
    the = company_guest(scene, 20)
    client.sign_in("ops")
    facts = " ".join(re.sub("<[^>]+>", " ", client.get(f"/console/sessions/{the.session}").text).split())
    note = re.search(r"CRN-\d+-\d+", facts)[0]
    assert f"Document {the.bill} , replaces {the.first}" in facts
    assert f"Credited document {the.first} , credited by {note}" in facts and f"Credit note {note} , credits {the.first}" in facts
    assert all(f"Issued {number}" in facts for number in (the.first, note, the.bill))
    assert f"/console/sessions/{the.session}" in client.get(f"/console/documents/{the.bill}").text


def test_staff_correct_the_buyer_of_a_guests_bill_only_with_a_reason(visited) -> None:
    _, the, client = visited
    client.sign_in("ops")
    where = f"/console/documents/{the.bill}"
    assert f"{where}/buyer" in client.get(where).text and "Correct the buyer" in client.get(f"{where}/buyer").text
    assert client.submit(f"{where}/buyer", name="Firma GmbH").status_code == 400, "without a reason"
    new = client.submit(f"{where}/buyer", name="Firma GmbH", address="Weg 1", words="They asked by phone.").headers["location"]
    assert f"Replaces {the.bill}" in client.get(new).text and "Replaced by" in client.get(where).text
    assert "The buyer cannot be corrected" in client.get(f"{where}/buyer").text
    assert "They asked by phone." in client.get("/console/audit").text
