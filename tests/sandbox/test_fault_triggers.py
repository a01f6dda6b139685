from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.errors import OptionError
from ops.sandbox import Fault, load_faults
from ops.sandbox.faults import Faults


def struck(*faults: Fault, requests: int = 12, seed: int = 1) -> list[int]:
    """The numbers, from 1, of equal write requests that were befallen."""
    book = Faults(faults, seed)
    return [
        number for number in range(1, requests + 1) if book.pick("POST", "/contacts", "contacts.create", write=True)
    ]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(kind="500"), list(range(1, 13))),
        (Fault(kind="500", first=3), [1, 2, 3]),
        (Fault(kind="500", every=5), [5, 10]),
        (Fault(kind="500", times=2), [1, 2]),
        (Fault(kind="500", after=10), [11, 12]),
        (Fault(kind="500", after=2, every=3, times=2), [5, 8]),
        (Fault(kind="500", after=4, first=2), [5, 6]),
        (Fault(kind="500", rate=0.0), []),
        (Fault(kind="500", rate=1.0, times=1), [1]),
    ],
)
def test_counters_decide_when(fault: Fault, expected: list[int]) -> None:
    """All counters that are given must agree."""
    assert struck(fault) == expected


def test_a_rate_is_seeded() -> None:
    """The same seed befalls the same requests, another seed others, and about as many as asked."""
    fault = Fault(kind="500", rate=0.3)
    assert struck(fault, requests=500) == struck(fault, requests=500)
    assert struck(fault, requests=500) != struck(fault, requests=500, seed=2)
    assert 100 < len(struck(fault, requests=500)) < 200


@given(st.integers(1, 50), st.integers(0, 20))
def test_times_is_a_ceiling(times: int, after: int) -> None:
    """However often it is asked, a fault strikes no more than so many times, and not too early."""
    numbers = struck(Fault(kind="500", rate=0.5, times=times, after=after), requests=80)
    assert len(numbers) <= times
    assert all(number > after for number in numbers)


@pytest.mark.parametrize(
    ("fault", "fits"),
    [
        (Fault(kind="500", on="writes"), True),
        (Fault(kind="500", on="reads"), False),
        (Fault(kind="500", method="post|put"), True),
        (Fault(kind="500", method="PO"), False),
        (Fault(kind="500", path="^/contacts$"), True),
        (Fault(kind="500", path="giftcards"), False),
        (Fault(kind="500", endpoint="contacts.create"), True),
        (Fault(kind="500", endpoint="contacts"), False),
    ],
)
def test_what_a_fault_befalls(fault: Fault, fits: bool) -> None:  # noqa: FBT001
    """Reads or writes, a method, a path, an endpoint."""
    assert bool(struck(fault)) == fits


def test_the_first_fault_that_strikes_acts() -> None:
    """A later fault takes what the earlier one leaves."""
    book = Faults((Fault(kind="500", times=1), Fault(kind="503")), 1)
    picked = [book.pick("GET", "/shops", "shops.list", write=False) for _ in range(3)]
    assert [each.kind for each in picked if each] == ["500", "503", "503"]


def test_faults_load_from_a_file(tmp_path: Path) -> None:
    """A JSON list of objects, each with its kind."""
    file = tmp_path / "faults.json"
    faults = (Fault(kind="lost_after", on="writes", rate=0.03), Fault(kind="500", first=2))
    file.write_bytes(msgspec.json.encode(faults))
    assert load_faults(file) == faults


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"kind": "gremlins"}]', "gremlins"),
        ('[{"kind": "500", "oftn": 1}]', "oftn"),
        ('[{"kind": "500", "rate": 2}]', "rate"),
        ('[{"kind": "500", "times": "2"}]', "times"),
        ('[{"kind": "500", "every": 0}]', "every"),
        ('[{"kind": "500", "path": "("}]', "path"),
        ('[{"kind": "500", "delay": -1}]', "delay"),
        ('[{"kind": "500", "code": 7}]', "code"),
        ('[{"rate": 1}]', "kind"),
        ('{"kind": "500"}', "array"),
        ("[", "JSON"),
        ("\x00", "JSON"),
    ],
)
def test_a_file_with_mistakes_is_refused(tmp_path: Path, content: str, said: str) -> None:
    """The error names the mistake and the file."""
    file = tmp_path / "faults.json"
    file.write_text(content)
    with pytest.raises(OptionError, match=said) as caught:
        load_faults(file)
    assert caught.value.where == {"option": "faults", "file": str(file)}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """It is an error in words too."""
    with pytest.raises(OptionError, match="No such file"):
        load_faults(tmp_path / "none.json")
