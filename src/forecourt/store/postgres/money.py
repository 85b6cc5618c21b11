"""The money repositories together: one unit of work has them all, and writes them in one order."""

from forecourt.store.postgres.accounts import AccountStatements
from forecourt.store.postgres.bank import Bank
from forecourt.store.postgres.by_hand import ByHand
from forecourt.store.postgres.cards import Cards
from forecourt.store.postgres.clearing import Clearing
from forecourt.store.postgres.complaints import Complaints
from forecourt.store.postgres.debts import Dunning, Runs
from forecourt.store.postgres.deposits import Deposits
from forecourt.store.postgres.direct_debits import DirectDebits
from forecourt.store.postgres.disputes import Disputes
from forecourt.store.postgres.documents import DocumentShelf
from forecourt.store.postgres.ledger import Ledger
from forecourt.store.postgres.made import Made, flush_made
from forecourt.store.postgres.owed import OwedShelf
from forecourt.store.postgres.paybacks import Paybacks
from forecourt.store.postgres.payments import Payments
from forecourt.store.postgres.roamed import Roamed
from forecourt.store.postgres.takings import TakingsShelf
from forecourt.store.postgres.wallets import Wallets

_ORDER = ("ledger", "by_hand", "bank", "payments", "dunning", "debits", "disputes", "clearing", "paybacks", "complaints", "roamed")


class MoneyBooks:
    documents = Made(lambda unit: DocumentShelf(unit._link))
    ledger = Made(lambda unit: Ledger(unit._link))
    owed = Made(lambda unit: OwedShelf(unit._link, unit.ledger.flush))
    bank = Made(lambda unit: Bank(unit._link, unit.ledger.flush))
    by_hand = Made(lambda unit: ByHand(unit._link))
    dunning = Made(lambda unit: Dunning(unit._link))
    payments = Made(lambda unit: Payments(unit._link, unit.dunning))
    debits = Made(lambda unit: DirectDebits(unit._link, unit.payments.flush, unit.dunning.flush))
    takings = Made(lambda unit: TakingsShelf(unit._link, unit.ledger.flush, unit.payments.flush))
    disputes = Made(lambda unit: Disputes(unit._link))
    clearing = Made(lambda unit: Clearing(unit._link))
    paybacks = Made(lambda unit: Paybacks(unit._link))
    complaints = Made(lambda unit: Complaints(unit._link))
    runs = Made(lambda unit: Runs(unit._link))
    wallets = Made(lambda unit: Wallets(unit._link))
    cards = Made(lambda unit: Cards(unit._link))
    deposits = Made(lambda unit: Deposits(unit._link))
    roamed = Made(lambda unit: Roamed(unit._link))
    statements = Made(lambda unit: AccountStatements(unit._link, unit._catalogue, unit.payments.flush))

    def flush_money(self) -> None:
        flush_made(self, _ORDER)
