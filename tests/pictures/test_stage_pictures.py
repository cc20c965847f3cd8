"""What hourglass, circle and line have in common, whatever the data."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import circle, hourglass, line
from sojourn.pictures.text import clean

PICTURES = [hourglass, circle, line]
WIDTHS = [300, 390, 640, 800, 960, 1600]
FORBIDDEN = re.compile(r"\b(sojourns?|neck|censored|evidence|cycles?)\b", re.IGNORECASE)
HOSTILE = [
    "The customer has never heard of our products or our company before today, at all",
    "<script>alert('x')</script>",
    '\u202eevil\x00 & "quoted" ]]> <!-- -->',
    "שלום עולם לקוחות חדשים",
    "顧客は商品を試してみたいと思っています",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "🎉🎉 Party 🎉🎉 👩‍👩‍👧‍👦",
]

STATES = {
    "seven": ([48_210, 22_176, 9_092, 3_455, 1_486, 550, 286], {}),
    "nobody": ([0] * 7, {}),
    "nobody after the third": ([500, 200, 30, 0, 0, 0, 0], {}),
    "one person": ([1, 1, 1, 0, 0, 0, 0], {}),
    "ten people": ([10, 8, 7, 3, 2, 1, 1], {}),
    "ten million": (
        [10_000_000, 9_999_999, 9_100_000, 8_000_000, 7_123_456, 6_000_001, 5_555_555],
        {"people": [9_876_543, 9_876_000, 9_000_000, 7_900_000, 7_000_000, 6_000_000, 5_000_000]},
    ),
    "ten million to one": ([10_000_000, 640_000, 31_000, 800, 21, 9, 1], {}),
    "all of them": ([2469] * 7, {"seen": [2469, 0, 2469, 12, 2469, 2400, 1]}),
    "restarts": ([900, 700, 600, 500, 400, 300, 200], {"restarted": [1, 0, 0, 30, 99, 50, 200]}),
}


def fits(drawn):
    return drawn.overlapping() == [] and drawn.outside() == []


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_all_text_stands_on_the_canvas_and_none_on_another(kit, picture, width, state):
    reached, columns = STATES[state]
    table = kit.table(kit.hourglass, reached, {"simulated": True}, **columns)
    drawn = kit.read(picture(table, model=kit.hourglass, width=width))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("stages", [1, 2, 3, 12])
@pytest.mark.parametrize("neck", ["first", "last"])
def test_models_of_any_length_fit_with_the_purchase_at_either_end(
    kit, picture, width, stages, neck
):
    names = [f"Stage number {i}" for i in range(stages)]
    model = kit.model(names, neck=0 if neck == "first" else stages - 1)
    reached = [9000 // (i + 1) for i in range(stages)]
    restarted = list(range(stages))
    drawn = kit.read(
        picture(kit.table(model, reached, restarted=restarted), model=model, width=width)
    )
    assert drawn.overlapping() == []
    assert drawn.outside() == []


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_names_are_text_and_fit(kit, picture, width):
    model = kit.model(HOSTILE, neck=3, name=HOSTILE[1] * 3, source=HOSTILE[2])
    table = kit.table(model, [900, 700, 600, 500, 400, 300, 200])
    moves = kit.moves([("s0", "s4", "moved", 300), ("s1", "s3", "moved", 300)])
    svg = picture(table, model=model, width=width, moves=moves)
    drawn = kit.read(svg)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert fits(drawn)
    assert all(clean(name) in drawn.description for name in HOSTILE)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", [390, 960])
def test_the_numbers_are_those_of_the_table(kit, picture, width):
    reached = [48_210, 22_176, 9_092, 3_455, 1_486, 550, 286]
    people = [46_102, 21_800, 9_010, 3_430, 1_460, 541, 280]
    table = kit.table(kit.hourglass, reached, people=people)
    drawn = kit.read(picture(table, model=kit.hourglass, width=width))
    shown = " ".join(drawn.texts)
    for row in table.rows:
        for column in ("people", "lapsed", "here", "stalled"):
            assert f"{row[column]:,}" in shown
        for column in ("people", "reached", "seen", "lapsed", "here", "stalled"):
            assert f"{row[column]:,}" in drawn.description
        if row["conversion"] is not None:
            assert f"{row['conversion']:.0%}" in shown
    assert "9.2 days" in shown
    assert "46,102 people · 4,321 touchpoints" in shown
    assert "as of 31 March 2026" in shown


@pytest.mark.parametrize("picture", PICTURES)
def test_few_people_are_counted_not_divided(kit, picture):
    table = kit.table(kit.hourglass, [11, 3, 2, 1, 1, 1, 0])
    drawn = kit.read(picture(table, model=kit.hourglass))
    shown = " ".join(drawn.texts)
    assert "3 of 11" in shown
    assert "%" not in shown


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", [390, 960])
def test_people_still_here_are_never_called_lost(kit, picture, width):
    table = kit.table(kit.hourglass, [90, 80, 70, 60, 50, 40, 30])
    drawn = kit.read(picture(table, model=kit.hourglass, width=width))
    shown = " ".join(drawn.texts)
    assert "still here" in shown.lower()
    assert "People still here may yet go on." in shown
    assert not re.search(r"\b(lost|left us|gone)\b", shown + drawn.description)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("state", STATES)
def test_pictures_speak_plain_words(kit, picture, state):
    reached, columns = STATES[state]
    drawn = kit.read(picture(kit.table(kit.hourglass, reached, **columns), model=kit.hourglass))
    command = "sojourn import FILE", "sojourn models check"
    texts = [text for text in drawn.texts if text not in command]
    assert not [text for text in texts if FORBIDDEN.search(text)]
    description = drawn.description.replace(command[0], "").replace(command[1], "")
    assert not FORBIDDEN.search(description)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", [390, 960])
def test_simulated_data_is_marked_and_real_data_is_not(kit, picture, width):
    for simulated in (True, False, "a made-up shop"):
        table = kit.table(kit.hourglass, STATES["seven"][0], {"simulated": simulated})
        drawn = kit.read(picture(table, model=kit.hourglass, width=width))
        assert ("Simulated data" in drawn.texts) == bool(simulated)
        assert ("Simulated data." in drawn.description) == bool(simulated)


@pytest.mark.parametrize("picture", PICTURES)
def test_the_same_input_gives_the_same_bytes_and_other_input_other_ids(kit, picture):
    table = kit.table(kit.hourglass, STATES["seven"][0])
    one, again = (picture(table, model=kit.hourglass) for _ in range(2))
    assert one == again
    others = [
        picture(table, model=kit.hourglass, theme="dark"),
        picture(table, model=kit.hourglass, width=390),
        picture(table, model=kit.hourglass, title="Another"),
        picture(kit.table(kit.hourglass, STATES["ten people"][0]), model=kit.hourglass),
    ]
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (one, *others)]
    assert sum(len(found) for found in ids) == len(set().union(*ids))


@pytest.mark.parametrize("picture", PICTURES)
def test_every_reference_has_its_id(kit, picture):
    svg = picture(kit.table(kit.hourglass, STATES["restarts"][0]), model=kit.hourglass)
    ids = re.findall(r'id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fixed_themes_have_literal_colours_only(kit, picture, theme):
    svg = picture(kit.table(kit.hourglass, STATES["seven"][0]), model=kit.hourglass, theme=theme)
    assert "var(" not in svg
    assert "<style" not in svg
    colors = re.findall(r'(?:fill|stroke|stop-color)="([^"]+)"', svg)
    assert all(re.fullmatch(r"#[0-9A-Fa-f]{6}|none|url\(#[\w-]+\)", color) for color in colors)


@pytest.mark.parametrize("picture", PICTURES)
def test_the_web_theme_follows_the_readers_setting(kit, picture):
    table = kit.table(kit.hourglass, STATES["seven"][0])
    web = picture(table, model=kit.hourglass, theme="web")
    assert "@media (prefers-color-scheme: dark)" in web
    assert 'class="sj-picture"' in web
    assert "style=" not in web
    assert kit.read(web).texts == kit.read(picture(table, model=kit.hourglass)).texts


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("width", WIDTHS)
def test_long_conditions_in_the_notes_fit(kit, picture, width):
    notes = {"filter_people": "stage = 'x' or " * 30, "filter_where": "y > 1", "to": "2026-01-01"}
    table = kit.table(kit.hourglass, STATES["seven"][0], notes)
    drawn = kit.read(picture(table, model=kit.hourglass, width=width))
    assert fits(drawn)
    assert "people: stage = 'x'" in " ".join(drawn.texts)


@pytest.mark.parametrize("picture", PICTURES)
def test_a_title_can_be_given(kit, picture):
    table = kit.table(kit.hourglass, STATES["seven"][0])
    drawn = kit.read(picture(table, model=kit.hourglass, title="Our <year>"))
    assert drawn.title == drawn.texts[0] == "Our <year>"


@pytest.mark.parametrize("picture", PICTURES)
def test_a_table_of_another_kind_is_refused(kit, picture):
    with pytest.raises(PictureError, match="column 'stage'"):
        picture(kit.flow([("a", "b", 1)]), model=kit.hourglass)


@st.composite
def stage_tables(draw):
    """Random tables that obey the sums of the `stages` columns."""
    count = draw(st.integers(1, 12))
    most = draw(st.sampled_from([1, 10, 1000, 10**7, 10**10]))
    reached = sorted(draw(st.lists(st.integers(0, most), min_size=count, max_size=count)))[::-1]
    columns = {name: [] for name in STATE_COLUMNS}
    for i, number in enumerate(reached):
        after = reached[i + 1] if i + 1 < count else 0
        entered = draw(st.integers(0, number))
        moved = draw(st.integers(0, min(entered, after)))
        restarted = draw(st.integers(0, entered - moved))
        lapsed = draw(st.integers(0, entered - moved - restarted))
        here = entered - moved - restarted - lapsed
        share = moved / entered if entered else None
        row = {
            "people": draw(st.integers(min(number, 1), number)),
            "seen": draw(st.integers(0, number)),
            "entered": entered,
            "passed_over": number - entered,
            "moved_on": moved,
            "restarted": restarted,
            "lapsed": lapsed,
            "here": here,
            "stalled": draw(st.integers(0, here)),
            "moved_90d": share,
            "days_to_move": draw(st.floats(0, 5000)) if share else None,
        }
        for name, value in row.items():
            columns[name].append(value)
    return reached, columns


STATE_COLUMNS = [
    *["people", "seen", "entered", "passed_over", "moved_on", "restarted"],
    *["lapsed", "here", "stalled", "moved_90d", "days_to_move"],
]

names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80), min_size=12, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(
    stage_tables(),
    names,
    st.integers(280, 2000),
    st.sampled_from(PICTURES),
    st.sampled_from(["light", "dark", "web"]),
    st.sampled_from(["sqrt", "log"]),
    st.data(),
)
def test_any_consistent_table_can_be_drawn(
    kit, drawable, labels, width, picture, theme, scale, data
):
    reached, columns = drawable
    neck = data.draw(st.integers(0, len(reached) - 1))
    model = kit.model(labels[: len(reached)], neck=neck)
    notes = {"simulated": data.draw(st.booleans()), "referred": data.draw(st.integers(0, 10**6))}
    table = kit.table(model, reached, notes, **columns)
    svg = picture(table, model=model, width=width, theme=theme, scale=scale)
    drawn = kit.read(svg)
    assert not re.search(r"\b(nan|inf)\b", re.sub(r">[^<]*<", "><", svg), re.IGNORECASE)
    assert drawn.overlapping() == []
    assert drawn.outside() == []


@pytest.mark.parametrize("picture", PICTURES)
def test_a_table_without_rows_is_an_empty_picture(kit, picture):
    full = kit.table(kit.hourglass, [1] * 7)
    empty = Table("stages", full.columns, full.data.slice(0, 0))
    assert "Nobody is on this journey yet." in kit.read(picture(empty, model=kit.hourglass)).texts
