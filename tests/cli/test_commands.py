"""Every other command: models, pictures, rejected rows, info, doctor, demo."""

import json
import subprocess
import sys

import pytest

from sojourn import __version__


def test_models_are_listed_and_shown_without_a_workspace(sojourn, tmp_path):
    answer = sojourn("-w", tmp_path / "none", "models", "list", "--format", "json")
    ids = [row["id"] for row in json.loads(answer.out)["rows"]]
    assert ids == ["social", "hourglass", "sales", "experience", "circle"]
    shown = sojourn("-w", tmp_path / "none", "models", "show", "hourglass")
    assert shown.out.startswith("id: hourglass")


def test_a_shown_model_can_be_kept_and_asked(sojourn, shop):
    text = sojourn("models", "show", "hourglass").out
    (shop / "models").mkdir(exist_ok=True)
    (shop / "models" / "mine.yaml").write_text(text.replace("id: hourglass", "id: mine"))
    assert "mine" in sojourn("-w", shop, "models", "list").out
    assert sojourn("-w", shop, "stages", "--journey", "mine").code == 0


def test_models_check_counts_evidence_and_names_what_gives_none(sojourn, shop):
    said = json.loads(sojourn("-w", shop, "models", "check", "social", "--format", "json").out)
    found = {row["stage"]: row["touchpoints"] for row in said["rows"]}
    assert found["act"] == 1
    remarks = " ".join(said["notes"]["remarks"])
    assert "no evidence from: Trial Started" in remarks or found["decide"] >= 1
    assert "nothing in the log gives evidence for" in remarks
    assert said["notes"]["cycles_with_an_order"] == 1


def test_models_check_refuses_a_restart_that_is_always_true(sojourn, shop, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        "id: bad\nrestart: 'true'\nstages:\n  - {id: a, evidence: 'true', neck: true}\n"
    )
    answer = sojourn("-w", shop, "models", "check", path)
    assert answer.code == 1
    assert "bad.yaml: restart: is always true" in answer.err


def test_models_check_without_a_workspace_checks_the_file_alone(sojourn, tmp_path):
    answer = sojourn("-w", tmp_path / "none", "models", "check", "sales")
    assert "a valid model" in answer.out


@pytest.mark.parametrize("kind", ["hourglass", "circle", "line", "flow"])
def test_a_picture_is_written_where_one_says_and_its_path_is_printed(sojourn, shop, tmp_path, kind):
    path = tmp_path / "pictures" / f"{kind}.svg"
    answer = sojourn("-w", shop, "picture", kind, "-o", path)
    assert answer.code == 0, answer.err
    assert answer.out.strip() == str(path)
    assert "<title" in path.read_text()


@pytest.mark.parametrize(("form", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_picture_can_be_a_png_or_a_pdf(sojourn, shop, tmp_path, form, magic):
    path = tmp_path / f"h.{form}"
    assert sojourn("-w", shop, "picture", "hourglass", "-o", path, "--theme", "dark").code == 0
    assert path.read_bytes().startswith(magic)


def test_a_picture_of_another_kind_is_refused(sojourn, shop, tmp_path):
    answer = sojourn("-w", shop, "picture", "hourglass", "-o", tmp_path / "h.bmp")
    assert answer.code == 1
    assert "png" in answer.err
    answer = sojourn("-w", shop, "picture", "retentoin", "-o", tmp_path / "h.svg")
    assert answer.code == 1
    assert "Did you mean 'retention'?" in answer.err
    assert "referrals-compared" in answer.err


def test_info_says_what_is_in_the_log(sojourn, shop):
    said = json.loads(sojourn("-w", shop, "info", "--format", "json").out)
    names = {row["name"]: (row["touchpoints"], row["actor"]) for row in said["rows"]}
    assert names["Page Viewed"] == (3, "person")
    assert names["Ad Viewed"] == (1, "business")
    assert (said["notes"]["people"], said["notes"]["touchpoints"]) == (3, 7)


def test_doctor_says_that_everything_adds_up(sojourn, shop):
    answer = sojourn("-w", shop, "doctor", "--format", "json")
    assert answer.code == 0
    assert all(row["holds"] for row in json.loads(answer.out)["rows"])
    assert sojourn("-w", shop, "doctor", "--rebuild", "--journey", "sales").code == 0


def test_rows_that_cannot_be_read_are_listed_exported_fixed_and_replayed(sojourn, tmp_path):
    path, folder = tmp_path / "some.csv", tmp_path / "shop"
    path.write_text(
        "user_id,ts,name\na,2026-01-05T10:00:00Z,Page Viewed\nb,yesterday,Page Viewed\n"
    )
    answer = sojourn("-w", folder, "import", path)
    assert answer.code == 0, answer.err
    said = json.loads(sojourn("-w", folder, "rejected", "list", "--format", "json").out)
    assert len(said["rows"]) == 1
    assert "yesterday" in str(said["rows"][0])
    out = tmp_path / "fix.csv"
    assert sojourn("-w", folder, "rejected", "export", out).code == 0
    out.write_text(out.read_text().replace("yesterday", "2026-01-06T10:00:00Z"))
    assert sojourn("-w", folder, "rejected", "replay", out).code == 0
    left = json.loads(sojourn("-w", folder, "rejected", "list", "--format", "json").out)
    assert left["rows"] == []
    stages = json.loads(sojourn("-w", folder, "stages", "--format", "json").out)
    assert stages["notes"]["people"] == 2


def test_importing_a_file_again_adds_nothing(sojourn, shop, clicks):
    again = sojourn(
        "-w", shop, "import", clicks, "--person", "cookie", "--ts", "time",
        "--name", "interaction", "--value", "conversion_value", "--order-id", "order",
    )  # fmt: skip
    assert again.code == 0
    said = json.loads(sojourn("-w", shop, "info", "--format", "json").out)
    assert said["notes"]["touchpoints"] == 7


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03" * 200, "binary"),
        (b"user_id,ts,name\n", "row"),
        (b"a,b\n1,2\n", "--ts"),
    ],
)
def test_a_file_that_cannot_be_imported_is_a_paragraph(sojourn, tmp_path, content, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    answer = sojourn("-w", tmp_path / "shop", "import", path)
    assert answer.code == 1
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_file_that_is_not_there_is_a_users_error(sojourn, tmp_path):
    answer = sojourn("-w", tmp_path / "shop", "import", tmp_path / "none.csv")
    assert answer.code == 1
    assert "none.csv" in answer.err


def test_a_dry_run_shows_the_mapping_and_writes_nothing(sojourn, clicks, tmp_path):
    answer = sojourn("-w", tmp_path / "shop", "import", clicks, "--dry-run")
    assert answer.code == 0, answer.err
    assert "interaction" in answer.out
    assert not (tmp_path / "shop" / "log").exists()


def test_the_simulated_shop_fills_a_workspace_and_draws_it(sojourn, tmp_path):
    answer = sojourn("demo", tmp_path, "--data", "shop", "--people", "300", "--seed", "3")
    assert answer.code == 0, answer.err
    folder = tmp_path / "shop"
    for line in answer.out.splitlines():
        if "/pictures/" in line:
            assert (folder / "pictures" / line.rsplit("/", 1)[1]).stat().st_size > 1000
    assert (folder / "pictures" / "hourglass.svg").is_file()
    assert json.loads((folder / "truth" / "truth.json").read_text())
    assert "simulated: True" in answer.out
    assert "Simulated data" in (folder / "pictures" / "hourglass.svg").read_text()
    assert sojourn("-w", folder, "doctor").code == 0
    assert sojourn("-w", folder, "stages", "--by", "persona").code == 0


def test_the_version_and_the_help_are_there(sojourn):
    assert __version__ in sojourn("--version").out
    assert "journey" in sojourn("--help").out


def test_nothing_but_the_answer_goes_to_standard_output(shop):
    done = subprocess.run(
        [sys.executable, "-m", "sojourn.cli.main", "-w", str(shop), "stages", "--format", "json"],
        capture_output=True, check=True,
    )  # fmt: skip
    json.loads(done.stdout)
    assert done.stderr == b""


def test_a_reader_that_closes_early_is_no_error(shop):
    command = f"{sys.executable} -m sojourn.cli.main -w {shop} sojourns --format csv | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert done.returncode in (0, 141)
    assert "Traceback" not in done.stderr


def test_a_comma_may_stand_for_the_point_and_an_encoding_may_be_said(sojourn, tmp_path):
    path = tmp_path / "tr.csv"
    path.write_bytes(
        "user_id,ts,name,value\nŞ,2026-01-05T10:00Z,Order Completed,1.234\n".encode("cp1254")
    )
    answer = sojourn(
        "-w", tmp_path / "shop", "import", path, "--decimal", "comma", "--encoding", "cp1254"
    )
    assert answer.code == 0, answer.err
    chosen = sojourn(
        "-w", tmp_path / "shop", "stages", "--people", "total_value = 1234", "--format", "json"
    )
    assert json.loads(chosen.out)["notes"]["people"] == 1
    stays = sojourn("-w", tmp_path / "shop", "sojourns", "--format", "json")
    assert json.loads(stays.out)["rows"][0]["person"] == "Ş"


def test_a_workspace_is_kept_and_made_again(clicks, sojourn, tmp_path):
    shop, kept, again = (tmp_path / name for name in ("shop", "kept.zip", "again"))
    sojourn("-w", shop, "import", clicks, "--person", "cookie", "--ts", "time")
    assert sojourn("-w", shop, "backup", kept).code == 0
    assert sojourn("verify", kept).code == 0
    assert sojourn("restore", kept, again).code == 0
    assert sojourn("-w", again, "verify").code == 0
    assert sojourn("-w", again, "stages").out == sojourn("-w", shop, "stages").out
    kept.write_bytes(kept.read_bytes()[:500])
    answer = sojourn("verify", kept)
    assert answer.code == 1
    assert "is no backup, or is damaged" in answer.err
