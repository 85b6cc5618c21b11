"""A charger's trusted root certificates: read, added, and deleted as far as that is safe."""

from dataclasses import replace

from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict
from forecourt.stations import Charger, DeleteRoot, OrderResult, Outcome, ReadRoots, RootUse


def forget_root(store: Store, charger: Charger, wanted: DeleteRoot) -> None:
    """From now on it counts as lost, even if the charger refuses: otherwise two people who each leave one could delete both.

    Raises BadInput for one that the charger cannot do without: it could never connect again.
    """
    held = next(iter(store.stations.lock_available([charger.id])), None)
    if held is None:
        raise Conflict("busy", f"Someone else is sending a command to {charger.id}.", "Try again.")
    use = dict(held.certificates.roots).get(wanted.root)
    if use is None:
        raise BadInput("root", "The charger has not reported that root.", "Read its roots first.")
    if use is RootUse.SERVER and len(held.certificates.of_use(use)) == 1:
        raise BadInput(
            "root",
            "It is the only root by which the charger trusts this server; without it, it would not connect again.",
            "Install another root first.",
        )
    kept = tuple(one for one in held.certificates.roots if one[0] != wanted.root)
    store.stations.put_charger(replace(held, certificates=replace(held.certificates, roots=kept)))


def roots_read(store: Store, charger: Charger, wanted: ReadRoots, result: OrderResult) -> None:
    if result.outcome is Outcome.ACCEPTED:
        told = dict.fromkeys((root for root, _ in result.values), wanted.use)
        others = tuple(one for one in charger.certificates.roots if one[1] is not wanted.use and one[0] not in told)
        certificates = replace(charger.certificates, roots=(*others, *told.items()))
        store.stations.put_charger(replace(charger, certificates=certificates))
