"""A polling loop ends when it is cancelled."""

import asyncio

import pytest

from forecourt.jobs.polling import PollingLoop


@pytest.mark.parametrize("turns", range(6))
def test_a_polling_loop_cancelled_while_it_is_woken_ends(turns: int) -> None:
    """turns: of the event loop between waking and cancelling. A process whose loops go on would never end."""

    async def nothing_to_do() -> bool:
        return False

    async def scene() -> bool:
        beat = PollingLoop("test", nothing_to_do, interval_s=60)
        running = asyncio.create_task(beat.run())
        await asyncio.sleep(0.01)
        beat.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        ended, _ = await asyncio.wait([running], timeout=0.2)
        running.cancel()
        return bool(ended)

    assert asyncio.run(scene())
