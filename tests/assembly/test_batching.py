"""Concurrent requests of many callers share one query, and each caller gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from forecourt.assembly.batching import Batcher


class Book:
    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    def squares(self, numbers: Sequence[int]) -> dict[int, int]:
        self.groups.append(list(numbers))
        if 13 in numbers:
            raise ConnectionError
        return {number: number * number for number in numbers}


async def test_requests_made_together_share_one_query() -> None:
    book = Book()
    together = Batcher(book.squares)
    answers = await asyncio.gather(*(together.get(number % 10) for number in range(30)))
    assert answers == [(number % 10) ** 2 for number in range(30)]
    assert book.groups == [list(range(10))]


async def test_a_group_of_requests_has_a_maximum_size() -> None:
    book = Book()
    together = Batcher(book.squares, most=4)
    await asyncio.gather(*(together.get(number) for number in range(10)))
    assert [len(group) for group in book.groups] == [4, 4, 2]


async def test_after_a_group_the_next_request_waits_for_others() -> None:
    book = Book()
    together = Batcher(book.squares, linger_s=0)
    await asyncio.gather(*(together.get(number) for number in range(5)))
    sixth = asyncio.create_task(together.get(5))
    for _ in range(3):  # turns of the loop: without the wait the sixth would have gone alone
        await asyncio.sleep(0)
    assert await asyncio.gather(sixth, together.get(6)) == [25, 36]
    assert book.groups == [[0, 1, 2, 3, 4], [5, 6]]


async def test_an_error_reaches_every_caller_of_the_group_and_later_calls_work() -> None:
    together = Batcher(Book().squares)
    answers = await asyncio.gather(together.get(1), together.get(13), return_exceptions=True)
    assert [type(one) for one in answers] == [ConnectionError, ConnectionError]
    assert await together.get(2) == 4


async def test_a_cancelled_caller_does_not_affect_the_others_of_its_group() -> None:
    together = Batcher(Book().squares, linger_s=0.02)
    impatient, patient = asyncio.create_task(together.get(3)), asyncio.create_task(together.get(3))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 9
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_settling_waits_for_every_answer() -> None:
    book = Book()
    together = Batcher(book.squares)
    asked = asyncio.create_task(together.get(5))
    await asyncio.sleep(0)
    await together.settle()
    assert book.groups == [[5]]
    assert await asked == 25
