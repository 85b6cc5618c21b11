"""One writer for all connections: group commits, retries, and messages that make a group fail."""

import asyncio
from collections.abc import Sequence

import pytest

from forecourt.gateway import GroupCommitWriter
from forecourt.kernel import ChargerId
from forecourt.stations import Acknowledgement, CardPresented, ConnectorReported, ConnectorState, InboxItem, Message
from gateway.decoding import NOW
from gateway.fakes import OPERATOR, SITE


def message(number: int) -> Message:
    fact = ConnectorReported(NOW, 1, ConnectorState.AVAILABLE)
    return Message(ChargerId("CP1"), OPERATOR, SITE, NOW, "StatusNotification", fact, str(number), "{}")


@pytest.fixture
def card() -> CardPresented:
    return CardPresented("CP1", OPERATOR, SITE, "A1", NOW)


class Book:
    """Keeps groups; fails as it is told."""

    def __init__(self, failures: int = 0, poison: str = "") -> None:
        self.groups: list[list[str]] = []
        self.failures = failures
        self.poison = poison

    def accept(self, batch: Sequence[InboxItem]) -> list[Acknowledgement]:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        if any(message.dedupe_key == self.poison for message in batch):
            raise ValueError("bad row")
        self.groups.append([message.dedupe_key for message in batch])
        return [Acknowledgement(message.dedupe_key) for message in batch]


async def test_many_messages_are_stored_in_one_commit_and_each_gets_its_own_answer() -> None:
    book = Book()
    writer = GroupCommitWriter(book.accept)
    answers = await asyncio.gather(*(writer.put(message(number)) for number in range(100)))
    assert [answer.transaction for answer in answers] == [str(number) for number in range(100)]
    assert len(book.groups) == 1
    await writer.stop()


async def test_a_group_of_messages_has_a_maximum_size_and_keeps_the_order() -> None:
    book = Book()
    writer = GroupCommitWriter(book.accept, max_group=10)
    await asyncio.gather(*(writer.put(message(number)) for number in range(25)))
    assert [len(group) for group in book.groups] == [10, 10, 5]
    assert [key for group in book.groups for key in group] == [str(number) for number in range(25)]
    await writer.stop()


async def test_after_a_large_group_the_writer_waits_longer_for_the_next() -> None:
    book = Book()
    writer = GroupCommitWriter(book.accept, linger_s=0, busy_linger_s=0.5)
    await asyncio.gather(*(writer.put(message(number)) for number in range(200)))
    first = writer.put(message(200))
    for _ in range(3):  # turns of the loop: without the wait it would have gone alone
        await asyncio.sleep(0)
    await asyncio.gather(first, writer.put(message(201)))
    assert [len(group) for group in book.groups] == [200, 2]
    await writer.stop()


async def test_writing_is_retried_while_the_database_is_down() -> None:
    book = Book(failures=3)
    writer = GroupCommitWriter(book.accept, retry_on=(ConnectionError,), max_pause_s=0.01)
    assert (await writer.put(message(1))).transaction == "1"
    assert writer.healthy
    await writer.stop()


async def test_a_card_query_fails_at_once_while_the_database_is_down(card: CardPresented) -> None:
    book = Book(failures=3)
    writer = GroupCommitWriter(book.accept, retry_on=(ConnectionError,), max_pause_s=0.01)
    answer, kept = await asyncio.gather(writer.put(card), writer.put(message(1)), return_exceptions=True)
    assert isinstance(answer, ConnectionError)
    assert kept == Acknowledgement("1")
    await writer.stop()


async def test_an_invalid_message_fails_without_the_others_of_its_group() -> None:
    book = Book(poison="7")
    writer = GroupCommitWriter(book.accept)
    answers = await asyncio.gather(*(writer.put(message(number)) for number in range(20)), return_exceptions=True)
    assert [number for number, answer in enumerate(answers) if isinstance(answer, ValueError)] == [7]
    assert sorted(int(key) for group in book.groups for key in group) == [number for number in range(20) if number != 7]
    await writer.stop()


async def test_stopping_the_writer_stores_pending_messages() -> None:
    book = Book()
    writer = GroupCommitWriter(book.accept)
    future = writer.put(message(1))
    await writer.stop()
    assert future.result().transaction == "1"


async def test_stopping_while_the_database_is_down_acknowledges_nothing() -> None:
    writer = GroupCommitWriter(Book(failures=10**6).accept, retry_on=(ConnectionError,), max_pause_s=0.01)
    future = writer.put(message(1))
    await asyncio.sleep(0.05)
    await writer.stop()
    with pytest.raises(asyncio.CancelledError):
        await future
