"""How much of a lost dispute is really a loss: credited amounts are set off, as the bank paid them, and tax on the rest is corrected."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money
from forecourt.ledger import WRITE_OFF, Account, Posting, Txn
from forecourt.payments.disputes import Dispute, DisputeState
from forecourt.payments.write_offs import by_account, tax_contained
from forecourt.tariffs import TaxLine


@dataclass(frozen=True, slots=True)
class Loss:
    """set_off: the part owed to the driver by credit notes, which the bank has already paid. taxes: in the rest, by each rate's account."""

    dispute: Dispute
    set_off: Money
    taxes: tuple[tuple[Account, Money], ...] = ()


def losses(disputes: Iterable[Dispute], refunded: Money, still_due: Money, taxes: Sequence[TaxLine]) -> Iterator[Loss]:
    """The loss of each dispute about one document, in order of opening; zero for disputes that are not lost.

    refunded: to the driver, had no bank taken anything back. still_due, taxes: what credit notes have left of the document; tax is
    corrected on no more than that. Calculated cumulatively, so that disputes of a whole document correct its tax to the cent.
    """
    zero, lost = Money.zero(refunded.currency), Money.zero(refunded.currency)
    for dispute in sorted(disputes, key=lambda one: (one.opened_at, one.id)):
        amount = dispute.amount if dispute.state is DisputeState.LOST else zero
        set_off, before = (
            min(amount, refunded),
            Counter({account: tax.minor for account, tax in tax_contained(taxes, min(lost, still_due))}),
        )
        refunded, lost = refunded - set_off, lost + amount - set_off
        until = tax_contained(taxes, min(lost, still_due))
        yield Loss(dispute, set_off, tuple((account, Money(tax.minor - before[account], refunded.currency)) for account, tax in until))


def set_off(loss: Loss, debtor: Account, txns: Iterable[Txn], at: datetime) -> Txn | None:
    """Move the set-off part from the loss to what its debtor is owed, or undo that. txns: what was posted about the payment. None if that
    is already so."""
    dispute, before = loss.dispute, _before(loss.dispute, "credited", txns)
    missing = loss.set_off + Money(by_account(before)[WRITE_OFF], loss.set_off.currency)
    if not missing:
        return None
    text = f"Dispute {dispute.id} set off against what is credited"
    posting = Posting.of(WRITE_OFF, debtor, missing)
    return Txn(f"{_key(dispute, 'credited')}{len(before) + 1}", dispute.operator_id, at, text, dispute.payment_id, (posting,))


def set_off_in_total(dispute: Dispute, txns: Iterable[Txn]) -> Money:
    """What was ever set off, including what has been undone since."""
    amounts = (by_account([one])[WRITE_OFF] for one in _before(dispute, "credited", txns))
    return Money(sum(max(0, -minor) for minor in amounts), dispute.amount.currency)


def set_off_now(dispute: Dispute, txns: Iterable[Txn]) -> Money:
    return Money(-by_account(_before(dispute, "credited", txns))[WRITE_OFF], dispute.amount.currency)


def tax_correction(loss: Loss, txns: Iterable[Txn], at: datetime) -> Txn | None:
    """Take the tax of a lost dispute out of the loss, or put it back. txns: what was posted about the payment. None if that is already
    so."""
    dispute, before = loss.dispute, _before(loss.dispute, "tax", txns)
    missing = Counter({account: tax.minor for account, tax in loss.taxes})
    missing.subtract(by_account(before))
    parts = [(account, Money(minor, dispute.amount.currency)) for account, minor in missing.items() if minor and account != WRITE_OFF]
    if not parts:
        return None
    key, text = f"{_key(dispute, 'tax')}{dispute.state.value.lower()}/{int(dispute.changed_at.timestamp())}", f"Dispute {dispute.id} tax"
    if any(txn.key == key for txn in before):  # a later credit note has left less of it
        key = f"{key}/{len(before)}"
    return Txn(key, dispute.operator_id, at, text, dispute.payment_id, tuple(Posting.of(WRITE_OFF, *part) for part in parts))


def _key(dispute: Dispute, event: str) -> str:
    return f"dispute/{dispute.id}/{event}/"


def _before(dispute: Dispute, event: str, txns: Iterable[Txn]) -> list[Txn]:
    return [txn for txn in txns if txn.key.startswith(_key(dispute, event))]
