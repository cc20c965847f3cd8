"""Every kernel and every partial can travel: what a cluster needs, tried without one."""

import pickle

import pytest

import sojourn as sj
from parity.questions import QUESTIONS, differences
from sojourn.engine.choice import engine_of
from sojourn.engine.local import LocalEngine
from sojourn.engine.spark import shipped, worked
from sojourn.errors import UnknownName


class TravellingEngine:
    """Sends each bucket's work through the same bytes as a cluster would."""

    def __init__(self):
        self.sent = 0

    def run(self, source, kernel):
        job = shipped(source, kernel)
        self.sent += len(job)
        return [pickle.loads(worked(job, number)) for number in source.numbers]  # noqa: S301


@pytest.fixture(scope="module")
def asked(shop):
    """Ask a question of the local engine and of one whose work travels."""
    workspace = sj.open(shop)

    def ask(question, **filters):
        journey = workspace.journey("hourglass", **filters)
        engine = TravellingEngine()
        far = type(journey)(
            type(journey.view)(**{**vars(journey.view), "engine": engine}), journey.find_traits
        )
        answers = question(journey), question(far)
        assert engine.sent
        return answers

    return ask


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_the_same_answer_where_its_work_travels(asked, name):
    assert differences(*asked(QUESTIONS[name])) == []


def test_filters_personas_and_traits_travel_too(asked):
    filters = {"people": "traits.buys_for = 'gift' or person = '10005'", "where": "nth >= 1"}
    assert differences(*asked(lambda j: j.stages("persona"), **filters)) == []


def test_an_engine_is_told_by_its_name():
    assert isinstance(engine_of("local", 2), LocalEngine)
    assert engine_of("spark://127.0.0.1:7077").master == "spark://127.0.0.1:7077"


@pytest.mark.parametrize(
    "name", ["", "sparc://x:1", "spark://", "spark://host", "local[x]", "Local"]
)
def test_an_unknown_engine_is_refused_before_anything_starts(name):
    with pytest.raises(UnknownName, match="There is no engine"):
        sj.open("nowhere", engine=name)
