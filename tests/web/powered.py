"""Weeks of a site's power, worked out already."""

from datetime import timedelta

from forecourt.flows import PowerDay

from .conftest import NOW, Scene


def with_days(scene: Scene, without: tuple[int, ...] = (9,)) -> None:
    """The last thirty days, but for some; on Sundays nobody came."""
    with scene.transactions.begin() as store:
        for back in (one for one in range(1, 31) if one not in without):
            day = NOW.date() - timedelta(days=back)
            most = 0 if day.weekday() == 6 else 300_000 + 9_000 * (back % 7) + 500 * back
            even = (0.9 + 0.01 * (back % 6), 0.3 + 0.02 * (back % 4)) if most else (None, None)
            wh = (round(most * 1.2), round(most * (0.95 + 0.01 * (back % 5))), most)
            cars, starved = most // 9_000, back % 3 if most else 0
            store.plans.put_day(PowerDay(scene.operator_id, scene.site_id, day, NOW, cars, back % 2, cars // 8, *wh, *even, starved))
