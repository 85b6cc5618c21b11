"""The repositories of drivers and of people who sign in, as a part of the unit of work."""

from forecourt.store.postgres.apps import Apps
from forecourt.store.postgres.drivers import Drivers, Factors, SingleSignOns
from forecourt.store.postgres.guests import Guests
from forecourt.store.postgres.lazy_repository import LazyRepository


class PeopleRepositories:
    drivers = LazyRepository(lambda unit: Drivers(unit._db))
    guests = LazyRepository(lambda unit: Guests(unit._db))
    factors = LazyRepository(lambda unit: Factors(unit._db))
    sso = LazyRepository(lambda unit: SingleSignOns(unit._db))
    apps = LazyRepository(lambda unit: Apps(unit._db))
