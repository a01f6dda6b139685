"""What a person says about rows, as it is typed: what is read, what is refused, and how rows are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.errors import OptionError
from ops.events import Word
from ops.leat.requests import Effect, Request, on_word
from ops.said import SHORTENED, SHOWN, Rows, Said, rows_text

NUMBERS = st.sets(st.integers(1, 200), min_size=1)


@given(NUMBERS)
def test_rows_are_read_as_they_are_written(rows: set[int]) -> None:
    """Those that are named are in, those beside them are not."""
    read = Rows.parse(rows_text(rows, most=200), "happened")
    assert {row for row in range(250) if row in read} == rows


@pytest.mark.parametrize(
    ("text", "rows"), [("3,7-9", {3, 7, 8, 9}), (" 3 , 7-8 ", {3, 7, 8}), ("5-5", {5}), ("2,2,1-3", {1, 2, 3})]
)
def test_numbers_and_ranges_are_read(text: str, rows: set[int]) -> None:
    """Spaces around them do no harm, nor does a row that is named again."""
    read = Rows.parse(text, "happened")
    assert {row for row in range(20) if row in read} == rows


@pytest.mark.parametrize("text", ["", ",", "3,", "0", "03", "-3", "3-", "9-7", "a", "ALL", "all,3", "1.5", "٣", "1 2"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    """With the flag and an example."""
    with pytest.raises(OptionError, match=r"--not-happened .* such as 3,7-9") as refused:
        Rows.parse(text, "not_happened")
    assert refused.value.where == {"option": "not_happened"}


@pytest.mark.parametrize(
    ("happened", "not_happened"), [("3", "3"), ("1-5", "2"), ("2", "1-5"), ("all", "3"), ("3", "all"), ("all", "all")]
)
def test_no_row_is_said_both_of(happened: str, not_happened: str) -> None:
    """Also where one says all."""
    with pytest.raises(OptionError, match="one or the other"):
        Said.parse(happened, not_happened)


def test_a_range_beyond_all_rows_is_told_by_its_first_row_without_counting_it_out() -> None:
    """However long it is."""
    assert Rows.parse("2-9999999999", "happened").first_beyond({2, 3, 4}) == 5
    assert Rows.parse("2-4,3", "happened").first_beyond({2, 3, 4}) is None
    assert Rows.parse("all", "happened").first_beyond(set()) is None


def test_what_is_said_row_by_row_is_the_same_again() -> None:
    """`all` becomes the rows that it meant."""
    said = Said.parse("all")
    words = said.words([2, 3, 7])
    assert words == dict.fromkeys([2, 3, 7], Word.HAPPENED)
    exact = Said.exactly({**words, 3: Word.NOT_HAPPENED})
    assert exact.words(range(1, 10)) == {2: Word.HAPPENED, 7: Word.HAPPENED, 3: Word.NOT_HAPPENED}
    assert not Said()


def test_many_rows_are_told_of_shortly() -> None:
    """What is left out shows."""
    assert rows_text([3, 7, 8, 9]) == "3,7-9"
    assert rows_text([]) == ""
    assert rows_text(range(1, 1000)) == "1-999"
    assert rows_text(range(1, 1000, 2)).endswith(f",{2 * SHOWN - 1},{SHORTENED}")


def test_a_persons_word_is_taken_on_steps_alone_that_must_not_be_repeated_and_answer_nothing() -> None:
    """A mail and a merge; a card's uuid and a transaction are for the account to show."""
    assert on_word() == {"send", "merge"}
    taking = [kind for kind in Request.__subclasses__() if kind.takes_word]
    assert all(kind.effect is Effect.ONCE and kind.record is None for kind in taking)
