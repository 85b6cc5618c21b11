"""The repositories of drivers and of people who sign in, as a part of the unit of work."""

from forecourt.store.memory.apps import Apps
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.drivers import Drivers, Factors, SingleSignOns
from forecourt.store.memory.guests import Guests


class PeopleRepositories:
    def __init__(self, db: MemoryDatabase) -> None:
        self.drivers = Drivers(db)
        self.guests = Guests(db)
        self.factors = Factors(db)
        self.sso = SingleSignOns(db)
        self.apps = Apps(db)
