"""One fault at a time, at the failpoints around every write and call; the long form takes all of them."""

import asyncio

import pytest

from tests.faults.points import Fault
from tests.faults.runs import one_by_one


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_alone_changes_nothing_about_the_truth(fault: Fault) -> None:
    tally = asyncio.run(one_by_one(11, steps=5, faults=(fault,), every=3))
    assert tally.wrong == []
    assert tally.faults[fault] > 5
