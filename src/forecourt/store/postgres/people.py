"""The repositories of drivers and people who sign in together: one unit of work has them all."""

from forecourt.store.postgres.apps import Apps
from forecourt.store.postgres.drivers import Drivers, Factors, SingleSignOns
from forecourt.store.postgres.guests import Guests
from forecourt.store.postgres.made import Made


class PeopleBooks:
    drivers = Made(lambda unit: Drivers(unit._link))
    guests = Made(lambda unit: Guests(unit._link))
    factors = Made(lambda unit: Factors(unit._link))
    sso = Made(lambda unit: SingleSignOns(unit._link))
    apps = Made(lambda unit: Apps(unit._link))
