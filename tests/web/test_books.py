"""The books in the console: what is owed by age, the journal, the DATEV batch."""

DAYS = "start=2026-06-01&end=2026-06-30"


def test_receivables_sum_to_the_account_in_the_book(lived, client):
    with lived.transactions.begin() as store:
        owed = sum(one.minor for one in store.ledger.trial_balance(lived.operator_id) if one.account.name.startswith("DRIVER_RECEIVABLE"))
    rows = client.sign_in("ops").get("/console/ledger/receivables?form=csv").text.splitlines()[1:]
    assert owed > 0 and sum(round(float(row.split(",")[-1]) * 100) for row in rows) == owed
    assert "Who owes, and for how long" in client.get("/console/ledger/receivables").text


def test_the_journal_has_every_posting_with_its_hash(lived, client):
    answer = client.sign_in("ops").get(f"/console/ledger/journal.csv?{DAYS}")
    with lived.transactions.begin() as store:
        postings = sum(len(one.txn.postings) for one in store.ledger.chain(lived.operator_id))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 1 + postings and "REVENUE:energy" in answer.text


def test_the_datev_batch_can_be_downloaded(lived, client):
    answer = client.sign_in("ops").get(f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR04")
    assert answer.content.startswith(b'"EXTF";700;21;') and b'"INV-2026-000003"' in answer.content
    assert 'filename="EXTF_Buchungsstapel_20260601_20260630.csv"' in answer.headers["content-disposition"]


def test_what_datev_cannot_take_is_said_in_words(lived, client):
    ops = client.sign_in("ops")
    assert ops.get(f"/console/ledger/datev?{DAYS}&consultant=5&client=1&chart=SKR04").status_code == 400
    assert ops.get(f"/console/ledger/datev?{DAYS}&consultant=1001&client=1&chart=SKR99").status_code == 400


def test_drivers_do_not_see_the_books(lived, client):
    assert client.sign_in("ada").get("/console/ledger/receivables").status_code in (302, 303, 403)
