"""A file of no known kind: its columns are shown, guessed, and what is settled can be kept."""

import pytest

from sojourn.errors import MappingNeeded, RecipeError
from sojourn.store.recipes.guided import guide
from sojourn.workspace import Workspace

TILL = (
    "kundennr;wann;was passiert;betrag;mail;notiz\n"
    "7;01.02.2026 10:00;Kauf;1.234,50;a@x.at;x\n"
    "8;13.02.2026 11:00;Besuch;;b@x.at;\n"
    "7;14.02.2026 12:00;Besuch;;a@x.at;\n"
    "9;14.02.2026 12:00;Kauf;9,00;c@x.at;\n"
)
SAID = {"person": "kundennr", "ts": "wann", "name": "was passiert", "value": "betrag"}


@pytest.fixture
def till(tmp_path):
    file = tmp_path / "till.csv"
    file.write_text(TILL)
    return file


@pytest.fixture
def ws(tmp_path):
    return Workspace(tmp_path / "ws")


def test_each_column_is_shown_with_what_it_may_be_and_why(ws, till):
    rows = {row["column"]: row for row in ws.columns(till).rows}
    guesses = {name: (row["type"], row["may_be"]) for name, row in rows.items()}
    assert guesses == {
        "kundennr": ("number", "--person"),
        "wann": ("time", "--ts"),
        "was passiert": ("text", "--name"),
        "betrag": ("number", "--value"),
        "mail": ("e-mail", "--email"),
        "notiz": ("text", "a property"),
    }
    assert (rows["kundennr"]["different"], rows["betrag"]["filled"]) == (3, 2)
    assert rows["wann"]["because"] == "its values are times"


def test_what_is_not_clear_is_an_error_of_its_own(ws, till):
    with pytest.raises(MappingNeeded, match="No column says what happened"):
        ws.add(till)


def test_a_saved_mapping_is_recognised_and_adds_nothing_twice(ws, till):
    report = ws.add(till, **SAID)
    path = ws.save_mapping("till", report, till)
    assert path == ws.folder / "mappings" / "till.yaml"
    again = ws.add(till)
    assert (again.recipe, again.touchpoints, again.duplicates) == ("till", 0, 4)


def test_a_file_of_next_month_is_read_as_the_first_was(ws, till, tmp_path):
    ws.save_mapping("till", ws.add(till, **SAID), till)
    later = tmp_path / "later.csv"
    later.write_text(TILL.splitlines()[0] + "\n7;03.04.2026 10:00;Kauf;1.000;a@x.at;\n")
    report = ws.add(later)
    assert report.touchpoints == 1
    (told,) = report.shown
    assert (told["ts"][:10], told["value"]) == ("2026-04-03", 1000.0)


def test_a_preset_or_a_mapping_file_can_be_kept_under_another_name(ws, till):
    ws.save_mapping("till", ws.add(till, **SAID), till)
    again = ws.add(till)
    path = ws.save_mapping("register", again, till)
    assert "id: register" in path.read_text()


@pytest.mark.parametrize("name", ["../x", "a b", ""])
def test_a_mapping_needs_a_name_that_is_one(ws, till, name):
    report = ws.add(till, **SAID)
    with pytest.raises(RecipeError, match="is no name of a mapping"):
        ws.save_mapping(name, report, till)


def test_a_mapping_is_never_written_over(ws, till):
    report = ws.add(till, **SAID)
    ws.save_mapping("till", report, till)
    with pytest.raises(RecipeError, match="already"):
        ws.save_mapping("till", report, till)


def test_a_table_of_people_is_told_how_it_comes_in(tmp_path, ws):
    file = tmp_path / "crm.csv"
    file.write_text(
        "crm_id,Email Address,loyalty_card,City\n"
        + "".join(f"C{i},u{i}@x.at,L{i},{'Wien' if i % 2 else 'Graz'}\n" for i in range(9))
    )
    line = f"sojourn import {file} --people --person crm_id --card loyalty_card"
    first, second = guide(file).hint().splitlines()
    assert first == f"If each row says who somebody is: {line}"
    assert "--ts COLUMN" in second
    report = ws.add(file, people=True, person="crm_id", **{"alias:card": "loyalty_card"})
    assert (report.people_rows, report.people) == (9, 9)


def test_the_line_to_run_names_amounts_and_orders_that_no_name_tells(tmp_path):
    file = tmp_path / "orders.csv"
    rows = "".join(f"{900 + i},LC{i % 5},2026-02-0{1 + i} 10:00,{i}.90\n" for i in range(9))
    file.write_text("order_no,card_no,order_date,paid sum\n" + rows)
    told = guide(file).command()
    assert '--person card_no --ts order_date --name "=Order Completed" --value "paid sum"' in told
    named = guide(file).command({"value": "order_no", "name": "=Order Completed"})
    assert named.count("--value") == 1
    ids = guide(file).command({"alias:card": "card_no", "alias:till": "order_no"})
    assert ids.endswith('--card card_no --alias "till=order_no"')


def test_numbers_of_people_are_neither_cookies_nor_what_happened(tmp_path):
    file = tmp_path / "desk.csv"
    rows = "".join(f"0{i % 5},2026-02-0{1 + i % 9} 10:00,Check-in,Tea\n" for i in range(18))
    file.write_text("Client No,Visit date,Action,Item\n" + rows)
    found = {seen.name: seen.guesses[:1] for seen in guide(file).columns}
    assert found["Client No"] == (("user_id", "it is called like one of a person"),)
    assert all(target != "term" for target, _ in found["Item"])
