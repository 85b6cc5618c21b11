"""The repositories of documents, the ledger and payments, as a part of the unit of work, with the order in which they are written."""

from forecourt.store.postgres.account_statements import AccountStatements
from forecourt.store.postgres.bank import Bank
from forecourt.store.postgres.billing_totals import BillingTotals
from forecourt.store.postgres.cards import Cards
from forecourt.store.postgres.clearing import Clearing
from forecourt.store.postgres.complaints import Complaints
from forecourt.store.postgres.debts import Debts
from forecourt.store.postgres.deposits import Deposits
from forecourt.store.postgres.direct_debits import DirectDebits
from forecourt.store.postgres.disputes import Disputes
from forecourt.store.postgres.documents import Documents
from forecourt.store.postgres.dunning import Dunning, Runs
from forecourt.store.postgres.lazy_repository import LazyRepository, flush_created, flush_of
from forecourt.store.postgres.ledger import Ledger
from forecourt.store.postgres.manual_entries import ByHand
from forecourt.store.postgres.paybacks import Paybacks
from forecourt.store.postgres.payments import Payments
from forecourt.store.postgres.roaming_charges import Roamed
from forecourt.store.postgres.wallets import Wallets

_ORDER = (
    "ledger",
    "manual_entries",
    "bank",
    "payments",
    "dunning",
    "direct_debits",
    "disputes",
    "clearing",
    "paybacks",
    "complaints",
    "roaming_charges",
)


class MoneyRepositories:
    documents = LazyRepository(lambda unit: Documents(unit._db, flush_of(unit, "drivers", "payments", "dunning")))
    ledger = LazyRepository(lambda unit: Ledger(unit._db))
    debts = LazyRepository(lambda unit: Debts(unit._db, flush_of(unit, "drivers", "ledger")))
    bank = LazyRepository(lambda unit: Bank(unit._db, unit.ledger.flush))
    manual_entries = LazyRepository(lambda unit: ByHand(unit._db))
    dunning = LazyRepository(lambda unit: Dunning(unit._db, flush_of(unit, "drivers", "payments")))
    payments = LazyRepository(lambda unit: Payments(unit._db, unit.dunning))
    direct_debits = LazyRepository(lambda unit: DirectDebits(unit._db, unit.payments.flush, unit.dunning.flush))
    billing_totals = LazyRepository(lambda unit: BillingTotals(unit._db, flush_of(unit, "ledger", "payments", "sessions")))
    disputes = LazyRepository(lambda unit: Disputes(unit._db))
    clearing = LazyRepository(lambda unit: Clearing(unit._db))
    paybacks = LazyRepository(lambda unit: Paybacks(unit._db))
    complaints = LazyRepository(lambda unit: Complaints(unit._db))
    job_runs = LazyRepository(lambda unit: Runs(unit._db))
    wallets = LazyRepository(lambda unit: Wallets(unit._db))
    cards = LazyRepository(lambda unit: Cards(unit._db))
    deposits = LazyRepository(lambda unit: Deposits(unit._db))
    roaming_charges = LazyRepository(lambda unit: Roamed(unit._db))
    statements = LazyRepository(
        lambda unit: AccountStatements(unit._db, unit._config_cache, flush_of(unit, "drivers", "payments", "dunning"))
    )

    def flush_money(self) -> None:
        flush_created(self, _ORDER)
