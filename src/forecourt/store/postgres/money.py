"""The books of money, together: one unit of work has them all, and writes them in this order."""

from forecourt.store.postgres.accounts import AccountStatements
from forecourt.store.postgres.bank import Bank
from forecourt.store.postgres.by_hand import ByHand
from forecourt.store.postgres.cards import Cards
from forecourt.store.postgres.catalogue import Catalogue
from forecourt.store.postgres.clearing import Clearing
from forecourt.store.postgres.complaints import Complaints
from forecourt.store.postgres.debts import Dunning, Runs
from forecourt.store.postgres.deposits import Deposits
from forecourt.store.postgres.direct_debits import DirectDebits
from forecourt.store.postgres.disputes import Disputes
from forecourt.store.postgres.documents import DocumentShelf
from forecourt.store.postgres.ledger import Ledger
from forecourt.store.postgres.link import Link
from forecourt.store.postgres.owed import OwedShelf
from forecourt.store.postgres.paybacks import Paybacks
from forecourt.store.postgres.payments import Payments
from forecourt.store.postgres.roamed import Roamed
from forecourt.store.postgres.takings import TakingsShelf
from forecourt.store.postgres.wallets import Wallets


class MoneyBooks:
    def __init__(self, link: Link, catalogue: Catalogue) -> None:
        self.documents = DocumentShelf(link)
        self.ledger = Ledger(link)
        self.owed = OwedShelf(link, self.ledger.flush)
        self.bank = Bank(link, self.ledger.flush)
        self.by_hand = ByHand(link)
        self.dunning = Dunning(link)
        self.payments = Payments(link, self.dunning)
        self.debits = DirectDebits(link, self.payments.flush, self.dunning.flush)
        self.takings = TakingsShelf(link, self.ledger.flush, self.payments.flush)
        self.disputes = Disputes(link)
        self.clearing = Clearing(link)
        self.paybacks = Paybacks(link)
        self.complaints = Complaints(link)
        self.runs = Runs(link)
        self.wallets = Wallets(link)
        self.cards = Cards(link)
        self.deposits = Deposits(link)
        self.roamed = Roamed(link)
        self.statements = AccountStatements(link, catalogue, self.payments.flush)

    def flush(self) -> None:
        self.ledger.flush()
        self.by_hand.flush()
        self.bank.flush()
        self.payments.flush()
        self.dunning.flush()
        self.debits.flush()
        self.disputes.flush()
        self.clearing.flush()
        self.paybacks.flush()
        self.complaints.flush()
        self.roamed.flush()
