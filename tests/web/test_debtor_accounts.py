"""Fleets' payers, roaming partners and other customers get debtor accounts of their own, for the DATEV batch."""

from forecourt.drivers import GroupMember

AT = "/console/ledger/debtors"
BATCH = "/console/ledger/datev?start=2026-06-01&end=2026-06-30&consultant=1001&client=1&chart=SKR04"


def numbers(text: str) -> set[str]:
    rows = [line.split(";") for line in text.split("\r\n")[2:-1]]
    return {cell for row in rows for cell in row[6:8]}


def test_a_customers_debts_are_exported_under_its_debtor_number(lived, client) -> None:
    ops = client.sign_in("ops")
    assert "10000" in numbers(ops.get(BATCH).text)
    with lived.transactions.begin() as store:
        email = store.drivers.driver(lived.ada).email
    assert "No driver has this address" in ops.submit(AT, email="nobody@example.org", number="10001").text
    assert "is not a debtor account" in ops.submit(AT, email=email, number="9999").text
    assert ops.submit(AT, email=email, number="10042").status_code == 303
    page = ops.get(AT).text
    assert 'value="10042"' in page and "Debtor accounts changed" in ops.get("/console/audit").text
    assert "10042" in numbers(ops.get(BATCH).text)
    listed = ops.get(f"{AT}?form=csv").text.splitlines()
    assert listed[0].startswith("number,name") and listed[1].startswith("10042,")


def test_fleet_payers_are_listed_and_can_all_be_numbered_at_once(lived, client) -> None:
    with lived.transactions.begin() as store:
        store.drivers.put_member(GroupMember(lived.operator_id, "Vans", lived.ada, lived.clock.at))
        store.statements.put_payer(lived.operator_id, "Vans", lived.ada)
    ops, key = client.sign_in("ops"), f"number-{lived.ada}"
    assert "Vans" in ops.get(AT).text and ops.submit(AT, action="fill").status_code == 303
    assert 'value="10001"' in ops.get(AT).text
    stale = {key: "10007", f"seen-{lived.ada}": ""}
    assert ops.submit(AT, **stale).status_code == 409
    assert ops.submit(AT, **stale | {f"seen-{lived.ada}": "10001"}).status_code == 303
    refused = ops.submit(AT, **{key: "7", f"seen-{lived.ada}": "10007"})
    assert refused.status_code == 400 and f'id="e-{key}"' in refused.text


def test_a_debtor_number_given_after_a_month_closed_moves_open_debts_and_keeps_the_months_file(lived, client) -> None:
    ops = client.sign_in("ops")
    lived.clock.at = lived.clock.at.replace(month=7, day=2, hour=12)
    assert ops.submit("/console/ledger/months/2026-06/close").status_code == 303
    final = ops.get(BATCH).text
    with lived.transactions.begin() as store:
        email = store.drivers.driver(lived.ada).email
    ops.submit(AT, email=email, number="10042")
    assert ops.get(BATCH).text.split("\r\n")[2:] == final.split("\r\n")[2:]
    july = ops.get(BATCH.replace("-06-", "-07-").replace("07-30", "07-31")).text
    assert "Umbuchung von 10000 auf 10042" in july
