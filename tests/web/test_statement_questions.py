"""A partner questions a line of its statement; staff answer it in the console, and the partner sees the answer."""

from forecourt.kernel import Money

from .offers_scene import CAFE
from .test_transfers import paid_to, stated

ANSWER = 'action="/console/complaints/questions/'


def waiting(client) -> str:
    return client.sign_in("ops").get("/console/complaints").text


def test_a_cafe_questions_a_statement_line_and_sees_the_correction(lived, client):
    statement_id = stated(lived)
    with lived.transactions.begin() as store:
        number = store.partners.statement(statement_id).number
    lines = f"/partners/statements/{number}/lines"
    client.sign_in("till")
    assert lines in client.get("/partners").text and "Coffee" in client.get(f"{lines}?line=1").text
    assert client.submit(lines, place="1", words=" ").status_code == 400
    assert client.submit(lines, place="1", words="Two were given.").status_code == 303
    page = client.get(lines).text
    assert "Two were given." in page and "paid as it is" in page and f"{lines}?line=1" not in page
    answer = f"/console/complaints/questions/{waiting(client).split(ANSWER)[1].split(chr(34))[0]}"
    paid_to(client, "DE89 3704 0044 0532 0130 00")
    assert "A line is queried" in client.get("/console/transfers").text
    for amount, words in (("", "Yes."), ("99", "Yes."), ("3.20", " ")):
        refused = client.submit(answer, way="theirs", amount=amount, words=words)
        assert refused.status_code == 422 and " checked> They are owed more" in refused.text
    assert "the line is to stay" in client.submit(answer, way="stays", amount="3.20", words="Yes.").text
    assert client.submit(answer, way="theirs", amount="3,20", words="One more, yes.").status_code == 303
    assert ANSWER not in waiting(client) and "One more, yes." in client.get(f"/console/offers/partners/{CAFE}").text
    page = client.sign_in("till").get(lines).text
    assert "One more, yes." in page and "€3.20" in page and "Corrections on the next one" in client.get("/partners").text
    with lived.transactions.begin() as store:
        assert [one.owed for one in store.partners.open_items(CAFE)] == [Money(320, "EUR")]
