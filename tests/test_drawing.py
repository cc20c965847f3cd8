"""Every answer's picture comes through one entrance, in Python and by command."""

import xml.etree.ElementTree as ET

import pyarrow as pa
import pytest

import sojourn as sj
from sojourn.cli.demo import fill_shop
from sojourn.drawing import ANSWERS
from sojourn.errors import QuestionError, UnknownName
from sojourn.workspace import Workspace


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("shop"))
    fill_shop(workspace, people=700, seed=2)
    return workspace.journey()


@pytest.mark.parametrize("kind", sorted(ANSWERS))
@pytest.mark.parametrize("width", [390, 1440])
def test_every_kind_is_drawn_wide_and_narrow(journey, kind, width):
    how = {"steps": ["Page Viewed", "Order Completed"]} if kind == "funnel" else {}
    if kind == "lifetime":
        how = {"by": "device"}
    svg = journey.picture(kind, theme="dark", width=width, **how)
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.get("width") == str(width)
    texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert len(texts) > 3
    assert all(float(text.get("x")) <= min(width, 1200) for text in texts)


def test_an_answer_draws_itself_as_the_entrance_does(journey):
    table = journey.retention(every="week")
    assert table.plot(width=500) == journey.picture("retention", width=500, every="week")
    assert journey.survey("csat").plot() == journey.picture("survey", kind="csat")


def test_an_unknown_picture_names_the_nearest_and_all_there_are(journey):
    with pytest.raises(UnknownName, match="no picture 'retentoin'") as error:
        journey.picture("retentoin")
    assert "Did you mean 'retention'?" in str(error.value.hint)
    assert all(kind in str(error.value.hint) for kind in ("hourglass", *ANSWERS))


def test_underscores_are_as_good_as_hyphens(journey):
    assert journey.picture("word_of_mouth") == journey.picture("word-of-mouth")


def test_what_a_question_does_not_take_is_refused(journey):
    with pytest.raises(QuestionError, match="roles cannot be asked for by 'every'"):
        journey.picture("roles", every="week")


def test_a_funnel_needs_steps(journey):
    with pytest.raises(QuestionError, match="at least one step"):
        journey.picture("funnel")


def test_an_empty_log_is_drawn_with_what_to_do():
    log = {"user_id": ["a"], "ts": ["2025-01-01T00:00:00Z"], "name": ["Followed"]}
    empty = sj.read(pa.table(log))
    for kind in ("survey", "word-of-mouth", "paths", "personas", "referrals-compared"):
        assert empty.journey().picture(kind).startswith("<svg")
