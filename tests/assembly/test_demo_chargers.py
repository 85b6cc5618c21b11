"""The chargers of the demo get in with every start, whatever somebody made of their passwords in the console."""

from datetime import UTC, datetime

from argon2 import PasswordHasher

from forecourt.assembly.demo_network import Credentials, build_network, give_passwords
from forecourt.kernel import ChargerId
from forecourt.simulation import load_site
from forecourt.store.memory import MemoryTransactions


def test_a_password_changed_in_the_console_is_the_first_again_with_the_next_start() -> None:
    spec, credentials, named = load_site("caltech"), Credentials(b"s"), ChargerId("CA-148")
    with MemoryTransactions().begin() as store:
        build_network(store, spec, 40, credentials, datetime(2019, 9, 5, tzinfo=UTC))
        store.stations.put_secret_hash(named, "of another", ("and", "more"))
        give_passwords(store, spec, credentials)
        assert store.stations.offered_hashes(named) == ()
        assert PasswordHasher().verify(store.stations.secret_hash(named) or "", credentials.charger_password(named))
