from datetime import UTC, datetime, timedelta, timezone

import pytest

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.pictures.facts import Leap, about, day, read_facts, read_leaps, whole
from sojourn.pictures.theme import stage_colors

REACHED = [100, 60, 50, 20, 10, 4, 1]


def with_block(table, name, values):
    """The same table with a first column that says which block each row belongs to."""
    columns = [Column(name, "text"), *table.columns]
    data = {column.name: table.column(column.name) for column in table.columns}
    return Table.of(table.kind, columns, {name: values} | data, table.notes)


def test_each_stage_has_its_columns_and_what_the_model_says(kit):
    model = kit.hourglass
    table = kit.table(model, REACHED)
    facts = read_facts(table, model)
    for stage, row, info, color in zip(
        facts.stages, table.rows, model.stages, stage_colors(7), strict=True
    ):
        for name, value in row.items():
            if name not in ("stage", "name"):
                assert getattr(stage, name) == value
        assert (stage.id, stage.name, stage.question) == (info.id, info.name, info.question)
        assert (stage.neck, stage.color) == (info.neck, color)
    assert facts.neck == 4
    assert [s.next_name for s in facts.stages][-2:] == ["Refer", None]
    assert [s.next_reached for s in facts.stages] == [*REACHED[1:], 0]


def test_title_source_and_notes(kit):
    model = kit.hourglass
    table = kit.table(model, REACHED, {"people": 77, "simulated": True, "referred": 5})
    facts = read_facts(table, model, "Mine\n here")
    assert (facts.title, facts.source) == ("Mine here", "John Jantsch")
    assert facts.about == ("77 people", "4,321 touchpoints", "as of 31 March 2026")
    assert (facts.people, facts.simulated, facts.referred) == (77, True, 5)
    assert read_facts(table, model).title == "Marketing hourglass"


def test_without_notes_the_first_stage_says_how_many_people(kit):
    table = kit.table(kit.hourglass, REACHED, {"touchpoints": None, "as_of": None})
    facts = read_facts(table, kit.hourglass)
    assert facts.about == ("100 people",)
    assert facts.referred is None
    assert not facts.simulated


def test_a_table_without_rows_shows_every_stage_of_the_model_empty(kit):
    full = kit.table(kit.hourglass, REACHED)
    facts = read_facts(Table("stages", full.columns, full.data.slice(0, 0)), kit.hourglass)
    assert [stage.name for stage in facts.stages] == [s.name for s in kit.hourglass.stages]
    assert facts.empty
    assert facts.people == 0


def test_seen_never_exceeds_reached(kit):
    table = kit.table(kit.hourglass, REACHED, seen=[200] * 7)
    assert [s.seen for s in read_facts(table, kit.hourglass).stages] == REACHED


def test_missing_values_are_nothing_rather_than_an_error(kit):
    table = kit.table(
        kit.hourglass,
        REACHED,
        stalled=[None] * 7,
        conversion=[float("nan")] * 7,
        days_to_move=[None] * 7,
    )
    stage = read_facts(table, kit.hourglass).stages[0]
    assert (stage.stalled, stage.conversion, stage.days_to_move) == (0, None, None)
    assert whole(float("inf"), 3) == 3


def test_a_model_whose_neck_is_missing_narrows_at_its_end(kit):
    model = kit.model(["A", "B", "C"], neck=99)
    assert read_facts(kit.table(model, [3, 2, 1]), model).neck == 2


def test_one_block_is_drawn_and_named(kit):
    model = kit.hourglass
    table = with_block(kit.table(model, REACHED), "channel", ["Email"] * 7)
    assert read_facts(table, model).about[0] == "channel: Email"


def test_several_blocks_are_refused_with_what_to_do(kit):
    model = kit.model(["A", "B"])
    table = with_block(kit.table(model, [3, 2]), "channel", ["Email", None])
    with pytest.raises(PictureError, match="2 by channel: Email, None") as caught:
        read_facts(table, model)
    assert "one picture a block" in (caught.value.hint or "")


def test_a_table_of_another_kind_is_refused_by_its_missing_column(kit):
    with pytest.raises(PictureError, match="needs the column 'stage', which a flow table lacks"):
        read_facts(kit.flow([("a", "b", 1)]), kit.hourglass)


def test_a_stage_of_another_model_is_refused_with_the_nearest(kit):
    table = kit.table(kit.model(["A", "B"]), [2, 1], stage=["s0", "s11"])
    with pytest.raises(
        PictureError, match="stage 's11' that the model 'hourglass' lacks"
    ) as caught:
        read_facts(table, kit.model(["A", "B"]))
    assert "Its nearest is 's1'." in (caught.value.hint or "")


def test_a_stage_without_a_drawable_name_shows_its_id(kit):
    model = kit.Model((kit.Stage("know", "\u202e", neck=True),))
    facts = read_facts(kit.table(model, [3]), model)
    assert facts.stages[0].name == "know"


def test_leaps_are_moves_beyond_the_next_stage_and_the_most_usual_one_is_kept(kit):
    moves = kit.moves(
        [
            ("s0", "s1", "moved", 50),
            ("s0", "s2", "moved", 5),
            ("s0", "s4", "moved", 9),
            ("s1", "s0", "moved", 3),
            ("s1", None, "lapsed", 99),
            ("other", "s6", "moved", 99),
        ]
    )
    assert read_leaps(moves, kit.hourglass) == {"s0": Leap(9, "Buy")}
    facts = read_facts(kit.table(kit.hourglass, REACHED), kit.hourglass, moves=moves)
    assert [s.leap for s in facts.stages] == [Leap(9, "Buy"), *[None] * 6]


def test_skipping_is_known_from_what_was_seen(kit):
    assert not read_facts(kit.table(kit.hourglass, REACHED), kit.hourglass).skipping
    seen = [100, 60, 49, 20, 10, 4, 1]
    table = kit.table(kit.hourglass, REACHED, seen=seen)
    assert read_facts(table, kit.hourglass).skipping


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 31, tzinfo=UTC), "31 March 2026"),
        (
            datetime(2026, 3, 31, 1, 30, tzinfo=timezone(timedelta(hours=2))),
            "30 March 2026, 23:30 UTC",
        ),
        (datetime(2026, 3, 1), "1 March 2026"),
        ("2026-03-31T23:59:59.999999Z", "31 March 2026, 23:59 UTC"),
        ("whenever", "whenever"),
        (None, ""),
        (2026, "2026"),
    ],
)
def test_days_are_written_as_people_write_them(moment, text):
    assert day(moment) == text


def test_about_leaves_out_what_is_not_known():
    assert about({}, "", None) == []
    assert about({"touchpoints": 1}, "channel: Email", 1) == [
        "channel: Email",
        "1 person",
        "1 touchpoint",
    ]


def test_about_says_which_people_and_which_time_were_chosen():
    notes = {
        "people_without_evidence": 3,
        "zone": "Europe/Amsterdam",
        "from": "2025-12-31T23:00:00.000000Z",
        "to": "2026-03-31T22:00:00.000000Z",
        "filter_people": "total_orders > 1",
        "filter_where": "channel = 'Email'",
        "as_of": "2026-03-31T12:05:00.000000Z",
    }
    assert about(notes, "", 10) == [
        "10 people",
        "3 of them not on the journey",
        "from 1 January 2026",
        "to 1 April 2026",
        "people: total_orders > 1",
        "where: channel = 'Email'",
        "as of 31 March 2026, 14:05 CEST",
    ]


def test_an_unknown_zone_is_read_as_utc():
    assert day("2026-03-31T22:00:00Z", "Middle/Earth") == "31 March 2026, 22:00 UTC"
    assert day("2026-03-31T22:00:00Z", "../etc/passwd") == "31 March 2026, 22:00 UTC"
