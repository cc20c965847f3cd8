"""People from the command line: customers come in, and who is who is seen, said and taken back."""

import json
import re

import pytest

CUSTOMERS = "id,cookie,email,loyalty,plan\n7,00a,ann@example.org,L1,gold\n8,00b,,,basic\n"


@pytest.fixture
def crm(shop, sojourn, tmp_path):
    """The small shop with its customers."""
    file = tmp_path / "crm.csv"
    file.write_text(CUSTOMERS)
    answer = sojourn(
        "-w", shop, "import", file, "--people", "--card", "loyalty", "--alias", "user=cookie",
        "--alias", "crm=id",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert re.search(r"2 people rows say who is who", answer.out)
    return shop


def test_customers_are_listed_shown_and_explained(crm, sojourn):
    told = sojourn(
        "-w", crm, "people", "list", "--people", "traits.plan = 'gold'", "--format", "json"
    )
    assert [row["person"] for row in json.loads(told.out)["rows"]] == ["00a"]
    shown = sojourn("-w", crm, "people", "show", "L1").out
    assert "email:ann@example.org" in shown
    assert "plan: gold since" in shown
    person = json.loads(sojourn("-w", crm, "people", "show", "00a", "--json").out)
    assert len(person["touchpoints"]) == 4
    why = sojourn("-w", crm, "people", "why", "L1", "ann@example.org", "--format", "csv").out
    assert "card:L1,00a," in why


def test_what_is_said_is_taken_back_by_its_id(crm, sojourn):
    said = sojourn("-w", crm, "people", "merge", "00a", "00b", "--by", "Eva").out
    act = re.search(r"undo (merge-\w+)", said)[1]
    assert len(sojourn("-w", crm, "people", "list", "--format", "csv").out.splitlines()) == 3
    assert "merge by Eva" in sojourn("-w", crm, "people", "claims", "00a").out
    assert sojourn("-w", crm, "people", "undo", act).code == 0
    assert len(sojourn("-w", crm, "people", "list", "--format", "csv").out.splitlines()) == 4


def test_a_person_is_exported_and_a_stranger_is_a_clear_error(crm, sojourn, tmp_path):
    file = tmp_path / "ann.json"
    assert sojourn("-w", crm, "people", "export", "00a", file).code == 0
    assert json.loads(file.read_text())["traits"]["plan"][0]["value"] == "gold"
    answer = sojourn("-w", crm, "people", "show", "00z")
    assert (answer.code, answer.out) == (1, "")
    assert "Nobody has the id '00z'." in answer.err
    assert "Did you mean" in answer.err


def test_an_alias_flag_without_a_column_is_wrong_usage(crm, sojourn, tmp_path):
    answer = sojourn("-w", crm, "import", tmp_path / "crm.csv", "--people", "--alias", "crm")
    assert answer.code == 2
    assert "expected KIND=COLUMN" in answer.err


def test_a_person_is_erased_once_they_are_sure(crm, sojourn, monkeypatch):
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    asked = sojourn("-w", crm, "people", "erase", "00a")
    assert asked.code == 130
    assert sojourn("-w", crm, "people", "show", "00a").code == 0
    done = sojourn("-w", crm, "people", "erase", "00a", "--yes")
    assert done.code == 0
    assert "nothing was found" in done.out
    assert sojourn("-w", crm, "people", "show", "00a").code == 1
    assert sojourn("-w", crm, "people", "erase", "--resume").out == "Nothing was cut off.\n"
    assert sojourn("-w", crm, "people", "erase").code == 2
