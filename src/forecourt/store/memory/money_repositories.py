"""The repositories of documents, the ledger and payments, as a part of the unit of work."""

from forecourt.store.memory.account_statements import AccountStatements
from forecourt.store.memory.bank import Bank
from forecourt.store.memory.billing_totals import BillingTotals
from forecourt.store.memory.cards import Cards
from forecourt.store.memory.clearing import Clearing
from forecourt.store.memory.complaints import Complaints
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.debts import Debts
from forecourt.store.memory.deposits import Deposits
from forecourt.store.memory.direct_debits import DirectDebits
from forecourt.store.memory.disputes import Disputes
from forecourt.store.memory.documents import Documents
from forecourt.store.memory.dunning import Dunning, Runs
from forecourt.store.memory.ledger import Ledger
from forecourt.store.memory.manual_entries import ByHand
from forecourt.store.memory.paybacks import Paybacks
from forecourt.store.memory.payments import Payments
from forecourt.store.memory.roaming_charges import Roamed
from forecourt.store.memory.wallets import Wallets


class MoneyRepositories:
    def __init__(self, db: MemoryDatabase) -> None:
        self.documents = Documents(db)
        self.ledger = Ledger(db)
        self.debts = Debts(db, self.ledger)
        self.bank = Bank(db)
        self.manual_entries = ByHand(db)
        self.dunning = Dunning(db)
        self.payments = Payments(db)
        self.direct_debits = DirectDebits(db)
        self.billing_totals = BillingTotals(db)
        self.disputes = Disputes(db)
        self.clearing = Clearing(db)
        self.paybacks = Paybacks(db)
        self.complaints = Complaints(db)
        self.job_runs = Runs(db)
        self.wallets = Wallets(db)
        self.cards = Cards(db)
        self.deposits = Deposits(db)
        self.roaming_charges = Roamed(db)
        self.statements = AccountStatements(db)
