"""What of disputes that are lost stays a loss: what is credited of it the driver has had from the bank, and the rest is owed no tax."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money
from forecourt.ledger import WRITE_OFF, Account, Posting, Txn
from forecourt.payments.disputes import Dispute, DisputeState
from forecourt.payments.uncollectable import by_account, tax_in
from forecourt.tariffs import TaxLine


@dataclass(frozen=True, slots=True)
class Loss:
    """set_off: what of it the driver is owed by credit notes, and has from the bank. taxes: of the rest, by the account of each rate."""

    dispute: Dispute
    set_off: Money
    taxes: tuple[tuple[Account, Money], ...] = ()


def losses(disputes: Iterable[Dispute], owed: Money, left: Money, taxes: Sequence[TaxLine]) -> Iterator[Loss]:
    """Of each dispute about one document, in the order in which they were opened; nothing of those that are not lost.

    owed: to the driver, if no bank had taken anything back. left, taxes: what credit notes have left of the document, of no more is tax
    corrected. It is worked out from the sum so far, so that the disputes of a whole document correct its tax to the cent.
    """
    zero, lost = Money.zero(owed.currency), Money.zero(owed.currency)
    for dispute in sorted(disputes, key=lambda one: (one.opened_at, one.id)):
        amount = dispute.amount if dispute.state is DisputeState.LOST else zero
        set_off, before = min(amount, owed), Counter({account: tax.minor for account, tax in tax_in(taxes, min(lost, left))})
        owed, lost = owed - set_off, lost + amount - set_off
        until = tax_in(taxes, min(lost, left))
        yield Loss(dispute, set_off, tuple((account, Money(tax.minor - before[account], owed.currency)) for account, tax in until))


def set_off(loss: Loss, debtor: Account, txns: Iterable[Txn], at: datetime) -> Txn | None:
    """Takes what is set off out of the loss and lays it against what its debtor is owed, or undoes that. txns: what was posted about the
    payment. None where that is so already."""
    dispute, before = loss.dispute, _before(loss.dispute, "credited", txns)
    missing = loss.set_off + Money(by_account(before)[WRITE_OFF], loss.set_off.currency)
    if not missing:
        return None
    text = f"Dispute {dispute.id} set off against what is credited"
    posting = Posting.of(WRITE_OFF, debtor, missing)
    return Txn(f"{_key(dispute, 'credited')}{len(before) + 1}", dispute.operator_id, at, text, dispute.payment_id, (posting,))


def set_off_ever(dispute: Dispute, txns: Iterable[Txn]) -> Money:
    """What was set off, also where that is undone."""
    moved = (by_account([one])[WRITE_OFF] for one in _before(dispute, "credited", txns))
    return Money(sum(max(0, -minor) for minor in moved), dispute.amount.currency)


def set_off_so_far(dispute: Dispute, txns: Iterable[Txn]) -> Money:
    return Money(-by_account(_before(dispute, "credited", txns))[WRITE_OFF], dispute.amount.currency)


def tax_corrected(loss: Loss, txns: Iterable[Txn], at: datetime) -> Txn | None:
    """Takes the tax of a lost dispute out of the loss, or puts it back. txns: what was posted about the payment. None where that is so
    already."""
    dispute, before = loss.dispute, _before(loss.dispute, "tax", txns)
    missing = Counter({account: tax.minor for account, tax in loss.taxes})
    missing.subtract(by_account(before))
    parts = [(account, Money(minor, dispute.amount.currency)) for account, minor in missing.items() if minor and account != WRITE_OFF]
    if not parts:
        return None
    key, text = f"{_key(dispute, 'tax')}{dispute.state.value.lower()}/{int(dispute.changed_at.timestamp())}", f"Dispute {dispute.id} tax"
    if any(txn.key == key for txn in before):  # a credit note since has left less of it
        key = f"{key}/{len(before)}"
    return Txn(key, dispute.operator_id, at, text, dispute.payment_id, tuple(Posting.of(WRITE_OFF, *part) for part in parts))


def _key(dispute: Dispute, what: str) -> str:
    return f"dispute/{dispute.id}/{what}/"


def _before(dispute: Dispute, what: str, txns: Iterable[Txn]) -> list[Txn]:
    return [txn for txn in txns if txn.key.startswith(_key(dispute, what))]
