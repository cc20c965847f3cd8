"""What pages remember: never what was written since, an older answer only of a living log."""

import threading
import time

import pytest

from sojourn.cli.demo import fill_shop
from sojourn.server.studio import remembering
from sojourn.server.studio.remembering import Memory, State, state
from sojourn.workspace import Workspace

LIVE, STILL = 7, 0


class Maker:
    """Makes an answer each time, slowly or not, and counts."""

    def __init__(self, seconds=0.0):
        self.seconds, self.made = seconds, 0

    def __call__(self, *_):
        time.sleep(self.seconds)
        self.made += 1
        return self.made


def at(version, minute=LIVE, written=()):
    return State(written, (version, version, minute))


@pytest.fixture
def quick(monkeypatch):
    """What takes a twentieth of a second is slow."""
    monkeypatch.setattr(remembering, "SLOW", 0.05)
    monkeypatch.setattr(remembering, "FRESH", 0)
    monkeypatch.setattr(remembering, "EASE", 0)


def until(what):
    ends = time.monotonic() + 5
    while not what() and time.monotonic() < ends:
        time.sleep(0.01)
    assert what()


def test_the_same_question_of_the_same_log_is_answered_once():
    memory, make = Memory(), Maker()
    assert [memory.get("a", at(1), make) for _ in range(3)] == [1, 1, 1]
    assert memory.get("b", at(1), make) == 2


def test_a_quick_answer_is_made_anew_as_soon_as_anything_came():
    memory, make = Memory(), Maker()
    assert [memory.get("a", at(n), make) for n in (1, 2)] == [1, 2]


def test_a_slow_answer_of_a_living_log_is_shown_as_it_was_and_made_anew_beside(quick):
    memory, make = Memory(), Maker(0.1)
    assert memory.get("a", at(1), make) == 1
    begun = time.monotonic()
    assert [memory.get("a", at(2), make) for _ in range(5)] == [1] * 5
    assert time.monotonic() - begun < 0.1
    until(lambda: memory.get("a", at(2), make) == 2)
    assert make.made == 2


def test_what_was_written_is_followed_at_once_however_slow(quick):
    memory, make = Memory(), Maker(0.1)
    memory.get("a", at(1), make)
    assert memory.get("a", at(1, written=("goals.yaml",)), make) == 2


def test_a_log_that_nobody_writes_to_live_is_waited_for(quick):
    memory, make = Memory(), Maker(0.1)
    memory.get("a", at(1, STILL), make)
    assert memory.get("a", at(2, STILL), make) == 2


def test_nothing_is_shown_that_is_too_old(quick, monkeypatch):
    memory, make = Memory(), Maker(0.1)
    memory.get("a", at(1), make)
    monkeypatch.setattr(remembering, "OLDEST", 0)
    monkeypatch.setattr(remembering.time, "monotonic", lambda now=time.monotonic: now() + 3_600)
    assert memory.get("a", at(2), make) == 2


def test_what_was_asked_for_today_is_kept_new_by_itself(quick):
    memory, make = Memory(), Maker(0.1)
    memory.get("a", at(1), make)
    assert memory.refresh(at(1), make) == 0
    assert memory.refresh(at(2), make) == 1
    assert memory.get("a", at(2), make) == 2


def test_an_answer_that_fails_beside_is_tried_again(quick):
    memory, make = Memory(), Maker(0.1)
    memory.get("a", at(1), make)

    def fails():
        raise RuntimeError

    assert memory.get("a", at(2), fails) == 1
    until(lambda: not memory._making)
    memory.get("a", at(2), make)
    until(lambda: make.made == 2)


def test_an_answer_that_fails_tells_everybody_who_waits():
    def fails():
        raise ValueError("no")

    memory = Memory()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            memory.get("a", at(1), fails)


def test_what_is_being_made_is_waited_for_and_not_made_twice():
    memory, make, found = Memory(), Maker(0.2), []
    threads = [threading.Thread(target=lambda: found.append(memory.get("a", at(1), make)))
               for _ in range(5)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 5
    assert make.made == 1


def test_the_least_used_is_forgotten_first():
    memory, make = Memory(most=2), Maker()
    for key in ("a", "b", "a", "c"):
        memory.get(key, at(1), make)
    assert memory.get("a", at(1), make) == 1
    assert memory.get("b", at(1), make) == 4


def test_the_state_is_another_after_every_change(tmp_path):
    workspace = Workspace(tmp_path / "shop")
    fill_shop(workspace, people=30, seed=2)
    who = workspace.people.list().rows[0]["person"]
    changes = [
        lambda: workspace.configure(name="Tea"),
        lambda: workspace.plan.annotate("2026-01-01", "Sale"),
        lambda: workspace.set_goal(stage="try", measure="arrivals", target=1, by="2099-01-01"),
        lambda: workspace.links.agree("source", "news"),
        lambda: workspace.maps.new("first"),
        lambda: workspace.maps.set("first", "goal", "try", "Taste it"),
        lambda: workspace.people.consent(who, "messages", True),
        lambda: workspace.people.consent(who, "messages", False),
        lambda: workspace.lists.save("fans", people="total_orders >= 1"),
        lambda: workspace.people.erase(who),
    ]
    seen = [state(workspace.folder)]
    for change in changes:
        time.sleep(0.01)
        change()
        seen.append(state(workspace.folder))
        assert seen[-1].written != seen[-2].written
    assert state(workspace.folder) == seen[-1]
    assert state(tmp_path / "nowhere").came == ("", "", 0)
