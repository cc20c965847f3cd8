"""Pictures of what the measures really answer, on random logs and the models that come with us."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping, model_from_yaml
from sojourn.measure.flow import flow
from sojourn.measure.moves import moves
from sojourn.measure.stages import stages
from sojourn.pictures import circle, hourglass, line, moves_flow
from sojourn.pictures import flow as flow_picture
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)


@settings(max_examples=40, deadline=None)
@given(random_logs(), st.sampled_from([hourglass, circle, line]), st.sampled_from([390, 960]))
def test_what_the_measures_answer_can_be_drawn(kit, log, picture, width):
    view = view_of(log, RANDOM, START + 60 * DAY)
    table, moved = stages(view), moves(view)
    drawn = kit.read(picture(table, model=RANDOM, moves=moved, width=width))
    assert drawn.overlapping() == []
    assert drawn.outside() == []
    for row in table.rows:
        assert f"{row['people']:,}" in " ".join(drawn.texts)


@settings(max_examples=25, deadline=None)
@given(random_logs(), st.sampled_from([390, 960]))
def test_flows_add_up_as_drawn(kit, log, width):
    view = view_of(log, RANDOM, START + 60 * DAY)
    table = flow(view, view.source.values("name"))
    drawn = kit.read(flow_picture(table, width=width))
    assert drawn.overlapping() == []
    assert drawn.outside() == []
    into = moves_flow(moves(view), model=RANDOM, width=width)
    assert kit.read(into).outside() == []


MODELS = sorted((Path(sojourn.__file__).parent / "models").glob("*.yaml"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [300, 390, 860, 960, 1600])
def test_every_model_that_comes_with_us_can_be_drawn_in_every_shape(kit, path, width):
    model = model_from_yaml(path.read_text("utf-8"))
    reached = [48_210, 22_176, 9_092, 3_455, 1_486, 550, 286][: len(model.stages)]
    people = [number - number // 20 for number in reached]
    table = kit.table(model, reached, {"simulated": True}, people=people, restarted=reached[::-1])
    for picture in (hourglass, circle, line):
        drawn = kit.read(picture(table, model=model, width=width))
        assert drawn.overlapping() == []
        assert drawn.outside() == []
        assert all(stage.name in drawn.description for stage in model.stages)
