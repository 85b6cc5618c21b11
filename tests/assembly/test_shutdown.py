"""Running tasks end at shutdown."""

import asyncio

from forecourt.assembly.shutdown import end


def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    heard = list[str]()

    async def stubborn() -> None:
        for word in ("first", "second"):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard.append(word)
                if word == "second":
                    raise

    async def scene() -> bool:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await asyncio.wait_for(end([task], again_s=0.01), 5)
        return task.cancelled()

    assert asyncio.run(scene()) and heard == ["first", "second"]


def test_an_orderly_shutdown_of_a_task_is_not_cut_short() -> None:
    async def orderly() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
        return "written"

    async def scene() -> str:
        task = asyncio.create_task(orderly())
        await asyncio.sleep(0)
        await end([task])
        return task.result()

    assert asyncio.run(scene()) == "written"
