"""Local lists of cards: a charger is assumed to have one only if it accepted all of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from forecourt.stations import ListedCard, SentCardList, digest_of

T0 = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
lists = st.lists(st.sampled_from("ABCD").map(ListedCard), max_size=4, unique=True)


@given(lists, st.permutations(range(4)))
def test_the_digest_of_a_card_list_does_not_depend_on_its_order(cards: list[ListedCard], order: list[int]) -> None:
    assert digest_of([cards[place] for place in order if place < len(cards)]) == digest_of(cards)
    assert (
        digest_of([*cards, ListedCard("E")])
        != digest_of(cards)
        != digest_of([ListedCard(one.uid, "G") for one in cards] or [ListedCard("")])
    )


@given(st.lists(st.tuples(lists, st.integers(1, 3), st.lists(st.sampled_from(["took", "missed", "lost"]), min_size=3, max_size=3))))
def test_a_card_list_counts_as_accepted_only_if_every_part_was(course: list[tuple[list[ListedCard], int, list[str]]]) -> None:
    known = SentCardList()
    for cards, parts, answers in course:
        before, known = known, known.after_sending(cards, parts, T0)
        assert known.version - parts >= before.version, "no version twice"
        for version, answer in zip(range(known.version - parts + 1, known.version + 1), answers, strict=False):
            known = (
                known.after_acceptance(version)
                if answer == "took"
                else known.after_failure(version, "Failed" if answer == "missed" else "", T0)
            )
        fine = set(answers[:parts]) == {"took"}
        assert known.taken == fine == bool(known.digest)
        assert known.holds or not cards, "it may keep what was sent"
        assert known.due(T0 + HOUR, HOUR) == (not known.refused)


def test_an_answer_about_an_earlier_card_list_does_not_change_the_current_one() -> None:
    first = SentCardList().after_sending([ListedCard("A")], 1, T0)
    second = first.after_sending([ListedCard("B")], 1, T0)
    assert second.after_acceptance(first.version) == second.after_failure(first.version, "Failed", T0) == second
