"""Steps of a longer work on one scale."""

from sojourn.store.progress import SCALE, Part, done, part, say


class Listener:
    def __init__(self):
        self.shares, self.said = [], []

    def __call__(self, done, total):
        self.shares.append(done / total)

    def say(self, what):
        self.said.append(what)


def test_steps_of_steps_stay_in_their_stretch():
    seen = Listener()
    inner = part(Part(seen, 0.5, 1.0), 0.0, 0.5)
    inner(0, 10)
    inner(5, 10)
    done(inner)
    assert seen.shares == [0.5, 0.625, 0.75]


def test_a_step_of_unknown_size_has_only_begun():
    seen = Listener()
    Part(seen, 0.2, 1.0)(7, 0)
    assert seen.shares == [0.2]


def test_what_is_done_is_said_to_who_can_hear_it():
    seen = Listener()
    say(Part(Part(seen, 0, 0.5), 0, 0.5), "reading")
    say(print, "reading")
    say(None, "reading")
    assert seen.said == ["reading"]


def test_nobody_watches():
    assert part(None, 0, 1) is None
    done(None)


def test_the_scale_is_whole_numbers():
    seen = []
    Part(lambda *shares: seen.append(shares), 0, 1)(1, 3)
    assert seen == [(333_333, SCALE)]
