"""Complaints about a bill: the driver writes one on its page, the operator answers, the driver reads the answer there."""

from .guests_scene import PAID
from .test_guest_visits import visited  # noqa: F401 - a fixture


def number_of(scene) -> str:
    with scene.transactions.begin() as store:
        return store.documents.of_driver(scene.ada)[0].number


def test_a_driver_complains_about_a_bill_and_reads_the_operators_answer_on_it(lived, client):
    number = number_of(lived)
    client.sign_in("ada")
    assert client.submit(f"/receipts/{number}/complaint", words="It broke off.").headers["location"] == f"/receipts/{number}"
    page = client.get(f"/receipts/{number}").text
    assert "It broke off." in page and "The operator is looking into it." in page and "Write to the operator" not in page
    client.sign_in("ops")
    waiting = client.get("/console/complaints").text
    assert "It broke off." in waiting and "It broke off." in client.get(f"/console/documents/{number}").text
    answer = waiting.split('action="/console/complaints/')[1].split('"')[0]
    assert client.submit(f"/console/complaints/{answer}", words=" ").status_code == 422
    assert client.submit(f"/console/complaints/{answer}", words="The meter says otherwise.").status_code == 303
    assert "The meter says otherwise." in client.sign_in("ada").get(f"/receipts/{number}").text


def test_a_complaint_that_is_too_long_is_refused_and_the_form_keeps_its_text(lived, client):
    number, words = number_of(lived), "x" * 1001
    answer = client.sign_in("ada").submit(f"/receipts/{number}/complaint", words=words)
    assert answer.status_code == 400 and words in answer.text and "That is too long." in answer.text


def test_a_guest_complains_about_a_bill_through_the_link_of_the_charge(visited):  # noqa: F811
    scene, the, client = visited
    assert client.submit(f"/c/{PAID}/receipts/{the.bill}/complaint", words="Not my car.").status_code == 303
    assert "Not my car." in client.get(f"/c/{PAID}/receipts/{the.bill}").text
    with scene.transactions.begin() as store:
        assert [one.text for one in store.complaints.page(scene.operator_id).rows] == ["Not my car."]
