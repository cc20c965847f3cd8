import pytest

from sojourn.pictures.bands import Level, Upright, draw_band, level, nobody, taper, upright
from sojourn.pictures.curve import Curve
from sojourn.pictures.facts import read_facts
from sojourn.pictures.svg import Canvas

STRAIGHT = Curve(((0.0, 50.0), (100.0, 50.0)))


@pytest.fixture
def canvas():
    return Canvas(960, "light", "x")


def stage_of(kit, **columns):
    model = kit.model(["A", "B"])
    columns = {name: [value, 0] for name, value in columns.items()}
    return read_facts(kit.table(model, [100, 0], **columns), model).stages[0]


def paths(kit, canvas):
    root = kit.read(canvas.render(200, "t", "d")).root
    return [e.attrib for e in root.iter() if e.tag.endswith("path")]


def test_sides_mirror_each_other():
    right, left = upright(300)(0.5)
    assert (right(10, 50), left(10, 50)) == ((325, 10), (275, 10))
    below, above = level(300)(1.0)
    assert (below(10, 50), above(10, 50)) == ((10, 350), (10, 250))
    assert Upright(1, 1)(2, 3) == (4, 2)
    assert Level(1, -1)(2, 3) == (2, -2)


def test_all_seen_and_nobody_here_is_one_solid_shape(kit, canvas):
    stage = stage_of(kit, here=0, stalled=0)
    draw_band(canvas, stage, STRAIGHT, (0, 100), 1.0, upright(300))
    (only,) = paths(kit, canvas)
    assert only["fill"] == stage.color
    assert "opacity" not in only


def test_those_who_passed_over_are_pale_around_the_solid(kit, canvas):
    stage = stage_of(kit, here=0, stalled=0)
    draw_band(canvas, stage, STRAIGHT, (0, 100), 0.5, upright(300))
    ground, pale, solid = paths(kit, canvas)
    assert ground["d"] == pale["d"]
    assert (pale["fill"], solid["fill"]) == (stage.color, stage.color)
    assert float(pale["opacity"]) < 1
    assert pale["d"].startswith("M350 0")
    assert solid["d"].startswith("M325 0")


def test_a_stage_that_nobody_showed_has_no_solid_part(kit, canvas):
    stage = stage_of(kit, here=50)
    draw_band(canvas, stage, STRAIGHT, (0, 100), 0.0, upright(300))
    assert len(paths(kit, canvas)) == 2


def test_those_still_here_darken_their_share_of_the_length_at_the_end(kit, canvas):
    stage = stage_of(kit, entered=200, here=50, stalled=20)
    draw_band(canvas, stage, STRAIGHT, (0, 100), 1.0, upright(300))
    _, here, stalled = paths(kit, canvas)
    assert here["d"].startswith("M350 75")
    assert stalled["d"].startswith("M350 90")


def test_a_tapering_trickle_is_thick_at_its_start_and_a_thread_at_its_end(kit):
    ends = kit.read(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        f'<path d="{taper(90, 100, 200, 8, Level(50, 1))}"/></svg>'
    )
    points = list(ends.points())
    assert (90.0, 42.0) in points
    assert (90.0, 58.0) in points
    assert {y for x, y in points if x == 200} == {49.2, 50.8}


def test_nobody_is_a_dotted_thread(kit, canvas):
    nobody(canvas, 50, 60, down=18)
    nobody(canvas, 50, 60, across=30)
    down, across = paths(kit, canvas)
    assert down["d"] == "M50 51L50 69"
    assert across["d"] == "M35 60L65 60"
    assert "stroke-dasharray" in down
