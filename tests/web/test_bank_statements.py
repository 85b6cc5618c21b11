"""Bank statements in the console: uploaded as a file, compared with the ledger, and their lines posted."""

from datetime import timedelta

from camt_file import Line, camt
from forecourt.ledger import BANK

from .test_field_errors import stands_at
from .test_membership_browser import works

_HOME = "/console/bank"


def send(client, content: bytes):  # type: ignore[no-untyped-def]
    return client.post(_HOME, data={"_csrf": client.token()}, files={"file": ("s.xml", content, "text/xml")}, follow_redirects=False)


def statement(lived, **more):  # type: ignore[no-untyped-def]
    """A statement of the balance in the ledger less a payment of 8.00 for rent."""
    with lived.transactions.begin() as store:
        booked = store.ledger.balance(lived.operator_id, BANK, "EUR")
    today = lived.clock.now().date()
    return camt(booked, [Line(today, -800, "<![CDATA[Rent <b>June</b>]]>")], today, **more)


def test_an_unmatched_bank_line_stays_open_until_it_is_posted_and_then_ledger_and_bank_agree(lived, client):
    ops = client.sign_in("ops")
    sent = send(ops, statement(lived))
    assert (sent.status_code, sent.headers["location"]) == (303, _HOME)
    shown = ops.get(_HOME).text
    assert "Ledger and bank differ by €8.00" in shown and "Rent &lt;b&gt;June" in shown
    assert "1 bank line" in ops.get("/console").text
    with lived.transactions.begin() as store:
        (rent,) = [one for one in store.bank.open(lived.operator_id) if one.line.amount.minor == -800]
    day = f"{lived.clock.now():%Y-%m-%d}"
    refused = ops.submit(f"{_HOME}/{rent.line.id}/book", account="VAT:19", day=day, reason="Rent")
    assert (
        stands_at(refused.text, f"a-{rent.line.id}") and "cannot be posted to manually" in refused.text and 'value="Rent"' in refused.text
    )
    none = ops.submit(f"{_HOME}/{rent.line.id}/match")
    assert none.status_code == 409 and "Choose" in none.text.title()
    assert ops.submit(f"{_HOME}/{rent.line.id}/book", account="OTHER_BOOKS", day=day, reason="Rent").status_code == 303
    shown = ops.get(_HOME).text
    assert "Ledger and bank agree" in shown and "Posted manually: JRN-2026-000001" in shown
    assert "Bank statement read" in ops.get("/console/audit").text


def test_an_invalid_bank_statement_file_is_refused_and_not_stored(lived, client):
    ops = client.sign_in("ops")
    for content, said in (
        (statement(lived, closing=1), "Its lines, from"),
        (b"no xml", "not XML"),
        (statement(lived).replace(b"camt.053", b"camt.052"), "Its format is"),
    ):
        answer = send(ops, content)
        assert stands_at(answer.text, "file") and said in answer.text
    with lived.transactions.begin() as store:
        assert not store.bank.accounts(lived.operator_id)
    large = send(ops, b"<!-- " + b"x" * (5 * 1024 * 1024))
    assert large.status_code == 413


def test_a_bank_statement_older_than_the_first_one_is_refused(lived, client):
    ops, today = client.sign_in("ops"), lived.clock.now().date()
    send(ops, statement(lived))
    early = today - timedelta(days=40)
    answer = send(ops, camt(0, [Line(early, 5, "Early")], early))
    assert answer.status_code == 409 and "where the statements of" in answer.text


def test_a_statement_of_many_lines_is_stored_at_once_and_matched_with_a_progress_bar(lived, client):
    ops, today = client.sign_in("ops"), lived.clock.now().date()
    with lived.transactions.begin() as store:
        booked = store.ledger.balance(lived.operator_id, BANK, "EUR")
    lines = [Line(today, -1, f"Fee {number}", code="CHRG") for number in range(101)]
    send(ops, camt(booked, [*lines, Line(today, -800, "Rent")], today))
    shown = ops.get(_HOME).text
    assert 'http-equiv="refresh"' in shown and 'value="100" max="102"' in shown and "Rent" not in shown
    works(lived)
    shown = ops.get(_HOME).text
    assert "refresh" not in shown and "<progress" not in shown and "Rent" in shown and "differ by €8.00" in shown
