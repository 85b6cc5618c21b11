"""A charger's trusted root certificates: read, added, and deleted as far as that is safe."""

from dataclasses import replace

from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict
from forecourt.stations import Charger, DeleteRoot, OrderResult, Outcome, ReadRoots, RootUse


def forget_root(store: Store, charger: Charger, wanted: DeleteRoot) -> None:
    """From now on it counts as lost, even if the charger refuses: otherwise two people who each leave one could delete both.

    Raises BadInput for one that the charger cannot do without: it could never connect again.
    """
    locked = next(iter(store.stations.lock_available([charger.id])), None)
    if locked is None:
        raise Conflict("busy", f"Someone else is sending a command to {charger.id}.", "Try again.")
    use = dict(locked.certificates.roots).get(wanted.root)
    if use is None:
        raise BadInput("root", "The charger has not reported that root.", "Read its roots first.")
    if use is RootUse.SERVER and len(locked.certificates.of_use(use)) == 1:
        raise BadInput(
            "root",
            "It is the only root by which the charger trusts this server; without it, it would not connect again.",
            "Install another root first.",
        )
    remaining = tuple(one for one in locked.certificates.roots if one[0] != wanted.root)
    store.stations.put_charger(replace(locked, certificates=replace(locked.certificates, roots=remaining)))


def roots_read(store: Store, charger: Charger, wanted: ReadRoots, result: OrderResult) -> None:
    if result.outcome is Outcome.ACCEPTED:
        reported = dict.fromkeys((root for root, _ in result.values), wanted.use)
        other_roots = tuple(one for one in charger.certificates.roots if one[1] is not wanted.use and one[0] not in reported)
        certificates = replace(charger.certificates, roots=(*other_roots, *reported.items()))
        store.stations.put_charger(replace(charger, certificates=certificates))
