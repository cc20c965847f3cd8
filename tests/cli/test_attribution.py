"""`sojourn attribution`, called as a user calls it."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sojourn as sj

COLUMNS = [
    "model", "credit", "conversions", "value", "share", "removal_effect", "cost", "return",
]  # fmt: skip


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_attribution_has_exactly_its_columns_and_divides_the_small_file(sojourn, shop):
    said = told(sojourn("-w", shop, "attribution", "--model", "linear", "--format", "json"))
    assert [column["name"] for column in said["columns"]] == COLUMNS
    found = {row["credit"]: (row["conversions"], row["value"]) for row in said["rows"]}
    assert {name: pair for name, pair in found.items() if pair[0]} == {
        "Direct": (pytest.approx(2 / 3), pytest.approx(8.3333, abs=1e-4)),
        "Display": (pytest.approx(1 / 3), pytest.approx(4.1667, abs=1e-4)),
    }
    assert sum(pair[1] for pair in found.values()) == 12.5
    assert said["notes"]["conversions"] == 1


def test_several_models_and_all_options_can_be_given(sojourn, shop):
    said = told(
        sojourn(
            "-w",
            shop,
            "attribution",
            "--model",
            "markov",
            "--model",
            "time-decay",
            "--credit",
            "name",
            "--lookback",
            "2 days",
            "--order",
            2,
            "--half-life",
            "12 hours",
            "--convert",
            "Newsletter Subscribed",
            "--value",
            "5",
            "--by",
            "channel",
            "--format",
            "json",
        )
    )
    assert {row["model"] for row in said["rows"]} == {"markov", "time-decay"}
    assert sum(row["value"] for row in said["rows"]) == pytest.approx(10)
    assert [column["name"] for column in said["columns"]] == ["channel", *COLUMNS]


def test_ready_paths_need_no_workspace(sojourn, tmp_path):
    frame = {"path": ["Ad > Email", "Email"], "conversions": [3, 1], "nulls": [1, 3]}
    (tmp_path / "p.csv").write_text("path,conversions,nulls\nAd > Email,3,1\nEmail,1,3\n")
    (tmp_path / "p.tsv").write_text("path\tconversions\tnulls\nAd > Email\t3\t1\nEmail\t1\t3\n")
    pq.write_table(pa.table(frame), tmp_path / "p.parquet")
    expected = sj.attribution_from_paths(frame).to_json()["rows"]
    for name in ("p.csv", "p.tsv", "p.parquet"):
        answer = sojourn(
            "-w", tmp_path / "no", "attribution", "--paths", tmp_path / name, "--format", "json"
        )
        assert told(answer)["rows"] == expected


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--model", "lst"], 2, "lst"),
        (["--credit", "chanel"], 1, "Did you mean 'channel'"),
        (["--lookback", "0 days"], 1, "longer than nothing"),
        (["--convert", "Order Complete"], 1, "Order Completed"),
        (["--order", "4"], 2, "4"),
        (["--paths", "nowhere.csv"], 1, "cannot be read"),
        (["--paths", "nowhere.csv", "--by", "channel"], 2, "--paths has no by"),
    ],
)
def test_what_cannot_be_asked_is_a_paragraph(sojourn, shop, arguments, code, said):
    answer = sojourn("-w", shop, "attribution", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
