"""Folding the feed gives the full walk, whatever came in which order, and nothing is told twice."""

from ast import literal_eval
from contextlib import closing, suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.bucket import Bucket, Coded
from sojourn.core.changes import KINDS, changes
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.core.walk import Rules, Step, walk
from sojourn.server.feed import fold as folding
from sojourn.server.feed.fold import Fold, Followed, Moment, version_of
from sojourn.server.feed.table import FeedTable
from sojourn.store.trail import TrailNote
from support.databases import own_database

NAMES = ["look", "like", "buy", "again"]
BUCKETS = 3


def model(name="m", edited=False, **more):
    like = ["look", "like"] if edited else ["like"]
    stages = [
        {"id": "know", "evidence": "name = 'look'", "patience": "3 days"},
        {"id": "like", "evidence": f"name in ({', '.join(map(repr, like))})"},
        {"id": "buy", "evidence": "name = 'buy'", "neck": True, "patience": "5 days"},
        {"id": "more", "evidence": "name = 'buy' and orders_before >= 1"},
    ]
    return model_from_mapping(
        {"id": name, "lapse": "10 days", "restart": "name = 'again'", "stages": stages, **more}
    )


MODELS = [model(), model(edited=True), model("other", lapse="4 days")]


class Memory:
    """A trail in memory: rows by number, each `[person, ts, own, name]`."""

    def __init__(self, rows=()):
        self.rows = dict(enumerate(rows))
        self.buckets = BUCKETS
        self.knows_who = True

    @property
    def covered(self):
        return max(self.rows, default=-1)

    @property
    def note(self):
        return TrailNote(buckets=self.buckets, covered=self.covered)

    @property
    def numbers(self):
        return sorted({row[0] % self.buckets for row in self.rows.values()})

    def stamp(self, number):
        mine = sorted(
            (seq, *row) for seq, row in self.rows.items() if row[0] % self.buckets == number
        )
        return repr(mine)

    def since(self, number, stamp):
        if not self.knows_who:
            return None
        was, now = (
            {row[0]: row[1:] for row in literal_eval(text)} for text in (stamp, self.stamp(number))
        )
        other = [seq for seq in {*was, *now} if was.get(seq) != now.get(seq)]
        moments = sorted(
            (rows[seq][:2] for seq in other for rows in (was, now) if seq in rows), reverse=True
        )
        first = dict(sorted(dict(moments).items()))
        return np.array([*first], np.int64), np.array([*first.values()], np.int64)

    def of(self, people, _):
        return self._bucket(-1, lambda person: person in people)

    def load(self, number, _):
        return self._bucket(number, lambda person: person % self.buckets == number)

    def _bucket(self, number, wanted):
        order = sorted((r[0], r[1], seq) for seq, r in self.rows.items())
        mine = [(*self.rows[seq], seq) for person, _, seq in order if wanted(person)]
        person, ts, own, name, seq = np.array(mine, np.int64).reshape(-1, 5).T
        return Bucket(
            person, ts, own.astype(bool), (name == NAMES.index("buy")).astype(np.int8),
            {"name": Coded(name.astype(np.int32), NAMES), "seq": seq.astype(np.float64)}, number,
        )  # fmt: skip

    def sizes(self, people):
        return np.array([sum(row[0] == p for row in self.rows.values()) for p in people], np.int64)

    def shown(self, key):
        return f"p{key}"


def expected(source, followed, as_of):
    """Every change there is, by the plain walk."""
    found = {}
    for each in followed:
        theirs = each.model
        edited = "look" in theirs.stages[1].evidence.text
        for person in {row[0] for row in source.rows.values()}:
            mine = sorted((r[1], seq, *r[2:]) for seq, r in source.rows.items() if r[0] == person)
            orders, steps = 0, []
            for ts, _, own, code in mine:
                name = NAMES[code]
                seen = 1 * (name == "look") | 2 * (name == "like" or (edited and name == "look"))
                seen |= 4 * (name == "buy") | 8 * (name == "buy" and orders >= 1)
                orders += name == "buy"
                if ts <= as_of:
                    steps.append(Step(ts, own, seen, name == "again", ""))
            patience = [stage.patience for stage in theirs.stages]
            stays = walk(steps, Rules(theirs.neck, theirs.lapse))
            for change in changes(stays, as_of, theirs.lapse, patience):
                ids = [stage.id for stage in theirs.stages]
                stage, other = ids[change.stage], None if change.other < 0 else ids[change.other]
                key = (
                    theirs.id,
                    each.version,
                    f"p{person}",
                    change.cycle,
                    stage,
                    KINDS[change.kind],
                )
                found[key] = (change.at, other)
    return found


def folded(rows):
    """What the feed says, row by row: no key is told twice, none corrected that was not told."""
    so, by_position = {}, {}
    for row in rows:
        key = tuple(row[n] for n in ("model", "version", "person", "cycle", "stage", "kind"))
        other = row["from"] if row["kind"] == "entered" else row["to"]
        if row["told"] == "fresh":
            assert key not in so
            assert row["replaces"] is None
        else:
            assert by_position[row["replaces"]] == key
            assert key in so
        by_position[row["position"]] = key
        if row["told"] == "corrected":
            del so[key]
        else:
            so[key] = (row["at"], other)
    return so


def everything(table):
    rows, _ = table.read(limit=1_000_000)
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    return rows


def follow(*models):
    return [Followed(each, version_of(each, {})) for each in models]


class Killed(BaseException):
    """The worker ends here."""


class Life:
    """A feed, a trail and a clock to which things happen."""

    def __init__(self, folder):
        self.folder = folder
        self.source = Memory()
        self.followed = follow(MODELS[0])
        self.now = 20 * DAY
        self.fold = Fold(folder)
        self.seen = []

    def close(self):
        self.fold.table.close()

    def look(self):
        self.fold.bring_up(self.source, self.followed, Moment(self.now, self.now))
        rows = everything(self.fold.table)
        assert rows[: len(self.seen)] == self.seen
        self.seen = rows
        as_of = self.fold.table.folded().as_of
        assert folded(rows) == expected(self.source, self.followed, as_of)

    def killed(self, monkeypatch, place):
        with monkeypatch.context() as patch:

            def die(*_):
                raise Killed

            patch.setattr(FeedTable, place, die)
            with suppress(Killed):
                self.fold.bring_up(self.source, self.followed, Moment(self.now, self.now))
        self.fold.table.close()
        self.fold = Fold(self.folder)


touch = st.tuples(st.integers(0, 4), st.integers(0, 44), st.booleans(), st.integers(0, 3))
deeds = st.one_of(
    st.tuples(st.just("touch"), st.lists(touch, min_size=1, max_size=6)),
    st.tuples(st.just("wait"), st.integers(1, 15)),
    st.tuples(st.just("back"), st.integers(1, 15)),
    st.tuples(st.just("merge"), st.tuples(st.integers(0, 4), st.integers(0, 4))),
    st.tuples(st.just("split"), st.tuples(st.integers(0, 4), st.integers(0, 4))),
    st.tuples(st.just("undo"), st.integers(0, 30)),
    st.tuples(st.just("models"), st.sampled_from([[0], [1], [0, 2], [1, 2]])),
    st.tuples(st.just("kill"), st.sampled_from(["append", "keep", "fold", "standing", "begin"])),
    st.tuples(st.just("rebuild"), st.integers(1, 5)),
    st.tuples(st.just("knows who"), st.booleans()),
)


def do(life, deed, told, monkeypatch):
    rows = life.source.rows
    if deed == "touch":
        first = life.source.covered + 1
        rows |= {first + i: [p, d * DAY // 2, own, n] for i, (p, d, own, n) in enumerate(told)}
    elif deed == "wait":
        life.now += told * DAY
    elif deed == "back":
        life.now -= told * DAY
    elif deed == "merge":
        for row in rows.values():
            row[0] = told[1] if row[0] == told[0] else row[0]
    elif deed == "split":
        for seq, row in rows.items():
            row[0] = told[1] if row[0] == told[0] and seq % 2 else row[0]
    elif deed == "undo":
        rows.pop(told, None)
    elif deed == "rebuild":
        life.source.buckets = told
    elif deed == "knows who":
        life.source.knows_who = told
    elif deed == "kill":
        life.killed(monkeypatch, told)
    elif deed == "models" and {MODELS[i].id for i in told} >= {e.model.id for e in life.followed}:
        life.followed = follow(*[MODELS[i] for i in told])


@settings(max_examples=120, deadline=None)
@given(
    st.lists(touch, min_size=4, max_size=25),
    st.lists(st.tuples(deeds, st.booleans()), min_size=2, max_size=14),
)
def test_the_feed_says_what_the_full_walk_says(tmp_path_factory, first, some):
    with (
        own_database(),
        closing(Life(tmp_path_factory.mktemp("feed"))) as life,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        do(life, "touch", first, monkeypatch)
        life.look()
        for (deed, told), looks in some:
            do(life, deed, told, monkeypatch)
            if looks:
                life.look()
        life.look()
        before = life.fold.table.last()
        life.look()
        assert life.fold.table.last() == before


@pytest.fixture
def life(tmp_path):
    with closing(Life(tmp_path)) as made:
        yield made


def test_who_is_busy_is_looked_at_now_and_then_and_misses_nothing(life, monkeypatch):
    life.source.rows |= {i: [1, 19 * DAY + i, True, 0] for i in range(4)}
    life.source.rows[4] = [2, 19 * DAY, True, 0]
    life.look()
    monkeypatch.setattr(folding, "BUSY", 3)
    life.source.rows |= {5: [1, 20 * DAY, True, 2], 6: [2, 20 * DAY, True, 1]}
    added = life.fold.bring_up(life.source, life.followed, Moment(life.now, life.now))
    assert {row["person"] for row in everything(life.fold.table)[-added:]} == {"p2"}
    monkeypatch.setattr(folding, "NOW_AND_THEN", 0.0)
    life.look()
    assert everything(life.fold.table)[-1]["person"] == "p1"


def told(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


def test_a_touchpoint_moves_a_person_once(life):
    life.source.rows[0] = [1, 19 * DAY, True, 0]
    life.look()
    life.source.rows[1] = [1, 20 * DAY, True, 2]
    life.look()
    life.look()
    assert told(life.seen, "kind", "person", "from", "to", "told", "backfill") == [
        ("entered", "p1", None, "know", "fresh", True),
        ("moved", "p1", "know", "buy", "fresh", False),
        ("entered", "p1", "know", "buy", "fresh", False),
    ]


def test_who_stays_silent_stalls_and_lapses_when_the_clock_says_so(life):
    life.source.rows[0] = [1, 20 * DAY, True, 0]
    life.look()
    for _ in range(12):
        life.now += DAY
        life.look()
    assert told(life.seen, "kind", "at")[1:] == [("stalled", 23 * DAY), ("lapsed", 30 * DAY)]
    assert [row["backfill"] for row in life.seen[1:]] == [False, False]


def test_a_late_touchpoint_corrects_what_was_said(life):
    life.source.rows[0] = [1, 9 * DAY, True, 0]
    life.look()
    assert told(life.seen, "kind") == [("entered",), ("stalled",), ("lapsed",)]
    life.source.rows[1] = [1, 11 * DAY, True, 1]
    life.look()
    assert told(life.seen[3:], "told", "kind", "stage", "replaces") == [
        ("corrected", "stalled", "know", 2),
        ("corrected", "lapsed", "know", 3),
        ("fresh", "moved", "know", None),
        ("fresh", "entered", "like", None),
    ]
    assert all(row["backfill"] for row in life.seen)


def test_an_earlier_touchpoint_of_the_same_stage_amends_the_moment(life):
    life.source.rows[0] = [1, 19 * DAY, True, 1]
    life.look()
    life.source.rows[1] = [1, 18 * DAY, True, 1]
    life.look()
    assert told(life.seen[1:], "told", "kind", "at", "replaces") == [
        ("amended", "entered", 18 * DAY, 1)
    ]


def test_a_touchpoint_from_the_future_counts_when_its_time_has_come(life):
    life.source.rows[0] = [1, 20 * DAY + 1, True, 0]
    life.look()
    assert life.seen == []
    life.now += 1
    life.look()
    assert told(life.seen, "kind") == [("entered",)]


def test_another_meaning_of_a_model_corrects_the_first_and_tells_its_own_as_backfill(life):
    life.source.rows[0] = [1, 20 * DAY, True, 0]
    life.look()
    life.followed = follow(MODELS[1])
    life.look()
    assert told(life.seen[1:], "told", "stage", "backfill") == [
        ("corrected", "know", True), ("fresh", "like", True)
    ]  # fmt: skip
    assert len({row["version"] for row in life.seen}) == 2


def test_another_name_of_a_stage_is_the_same_model():
    plain = {"id": "m", "stages": [{"id": "a", "evidence": "true", "neck": True}]}
    named = {**plain, "name": "My model", "stages": [{**plain["stages"][0], "name": "First"}]}
    longer = {**plain, "lapse": "3 days"}
    first, second, third = (version_of(model_from_mapping(m), {}) for m in (plain, named, longer))
    assert first == second != third
    assert version_of(model_from_mapping(plain), {"order": "name = 'x'"}) != first


def test_what_a_file_brought_is_backfill_however_new_it_is(life):
    life.look()
    life.source.rows |= {0: [1, life.now, True, 0], 1: [2, life.now, True, 0]}
    moment = Moment(life.now, life.now, imported=[(1, 5)])
    life.fold.bring_up(life.source, life.followed, moment)
    assert told(everything(life.fold.table), "person", "backfill") == [("p1", False), ("p2", True)]


def test_a_model_that_is_left_stays_as_it_was_told_and_is_taken_up_again(life):
    life.followed = follow(MODELS[0], MODELS[2])
    life.source.rows[0] = [1, 19 * DAY, True, 0]
    life.look()
    life.followed = follow(MODELS[0])
    life.source.rows[1] = [1, 20 * DAY, True, 1]
    life.fold.bring_up(life.source, life.followed, Moment(life.now, life.now))
    assert [r["model"] for r in everything(life.fold.table)] == ["m", "other", "m", "m"]
    life.seen = everything(life.fold.table)
    life.followed = follow(MODELS[0], MODELS[2])
    life.look()


def test_a_long_fold_is_written_in_pieces_with_a_sign_of_life_after_each(life, monkeypatch):
    monkeypatch.setattr(folding, "MOST_CHANGES", 2)
    signs = []
    life.fold.pulse = lambda: signs.append(life.fold.table.last())
    life.source.rows |= {i: [i % 5, i * DAY, True, i % 4] for i in range(20)}
    life.look()
    assert len(signs) >= 2
    assert 0 < signs[0] < signs[1] <= len(life.seen)


def test_readers_go_on_from_where_they_were(life):
    life.source.rows |= {i: [i % 5, i * DAY, True, i % 4] for i in range(20)}
    life.look()
    rows, after = [], 0
    while True:
        some, after = life.fold.table.read(after, limit=3)
        if not some:
            break
        rows += some
    assert rows == life.seen
    only, _ = life.fold.table.read(limit=1000, kind="entered", model="m")
    assert only == [row for row in rows if row["kind"] == "entered"]
    assert life.fold.table.read(after=7, limit=10, model="none") == ([], len(rows))


def test_who_is_forgotten_has_no_name_in_the_feed(life):
    life.source.rows[0] = [1, 20 * DAY, True, 0]
    life.look()
    assert life.fold.table.forget([1]) == 1
    assert told(everything(life.fold.table), "person") == [(None,)]
