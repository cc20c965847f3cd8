"""Who answers: the process that remembers the most, another one only when it is busy."""

import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from sojourn.server.studio import desk
from support import asked


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """Questions to processes of their own, which end with the test."""
    rooms = []
    monkeypatch.setattr(desk, "_rooms", rooms)
    yield lambda function, *args: desk._in_process(tmp_path, function, args)
    for room in rooms:
        room.pool.shutdown()


def test_one_question_after_the_other_is_answered_by_the_same_process(ask):
    assert len({ask(asked.whose) for _ in range(4)}) == 1


def test_a_long_question_leaves_room_for_a_quick_one_and_two_are_answered_at_once(ask, tmp_path):
    first = ask(asked.whose)
    with ThreadPoolExecutor(3) as threads:
        long = threads.submit(ask, asked.whose, tmp_path / "done")
        while not any(room.asked for room in desk._rooms):
            time.sleep(0.01)
        quick = ask(asked.whose)
        assert not long.done()
        (tmp_path / "done").touch()
        assert long.result() == first != quick
        both = [threads.submit(ask, asked.whose) for _ in range(3)]
        assert {each.result() for each in both} <= {first, quick}
    assert ask(asked.whose) == first
    assert [room.asked for room in desk._rooms] == [0, 0]


def test_a_process_that_was_killed_is_followed_by_another(ask):
    first = ask(asked.whose)
    with pytest.raises(BrokenProcessPool):
        ask(asked.end)
    assert ask(asked.whose) != first
    assert len(desk._rooms) == 1
