"""`sojourn personas` and `sojourn lists`, as they are typed."""

import json

from sojourn.workspace import Workspace


def test_personas_are_added_counted_and_forgotten(shop, sojourn):
    assert sojourn("-w", shop, "personas", "add", "buyers", "total_orders >= 1").code == 0
    rows = json.loads(sojourn("-w", shop, "personas", "list", "--format", "json").out)["rows"]
    assert [(row["persona"], row["people"]) for row in rows] == [
        ("buyers", 1), ("(none of them)", 2),
    ]  # fmt: skip
    assert "buyers" in sojourn("-w", shop, "personas").out
    assert "numbers" in sojourn("-w", shop, "personas", "show", "buyers").out
    assert sojourn("-w", shop, "personas", "remove", "buyers").code == 0
    assert "buyers" not in sojourn("-w", shop, "personas").out


def test_a_persona_with_a_wrong_condition_is_not_kept(shop, sojourn):
    answer = sojourn("-w", shop, "personas", "add", "x", "total_orderz > 1")
    assert answer.code == 1
    assert "total_orders" in answer.err
    assert "x" not in sojourn("-w", shop, "personas", "list", "--format", "csv").out.split()


def test_a_list_is_saved_used_and_forgotten(shop, sojourn):
    saved = sojourn("-w", shop, "lists", "save", "fans", "--people", "total_orders >= 1")
    assert saved.out == "fans: 1 people now (live)\n"
    stages = sojourn("-w", shop, "stages", "--list", "fans", "--format", "json")
    assert json.loads(stages.out)["notes"]["people"] == 1
    assert "fans" in sojourn("-w", shop, "lists").out
    assert sojourn("-w", shop, "lists", "show", "fans").code == 0
    assert sojourn("-w", shop, "lists", "remove", "fans").code == 0
    gone = sojourn("-w", shop, "stages", "--list", "fans")
    assert (gone.code, "There is no list 'fans'" in gone.err) == (1, True)


def test_a_list_of_ids_comes_from_a_file(shop, sojourn, tmp_path):
    file = tmp_path / "ids.txt"
    file.write_text("\ufeff00a\n\n00c\nghost\n", encoding="utf-8")
    answer = sojourn("-w", shop, "lists", "save", "vip", "--ids", file)
    assert answer.out == "vip: 2 people (fixed); 1 ids are nobody's here\n"


def test_a_list_of_everybody_must_be_meant(shop, sojourn):
    answer = sojourn("-w", shop, "lists", "save", "all")
    assert (answer.code, "Say who" in answer.err) == (2, True)


def test_a_persona_that_was_wished_for_can_be_forgotten(shop, sojourn):
    sojourn("-w", shop, "personas", "add", "buyers", "total_orders >= 1")
    workspace = Workspace(shop)
    workspace.configure(ideal="buyers")
    assert sojourn("-w", shop, "personas", "remove", "buyers").code == 0
    assert workspace.settings.ideal == ""
