"""Somebody who is erased is gone from every file, for good, and nobody else is touched."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

import sojourn as sj
from people.conftest import open_shop
from sojourn.core.traces import Traces
from sojourn.people.telling import write
from sojourn.server.config import Config
from sojourn.server.inbox import Received
from sojourn.server.worker import Worker
from sojourn.store import erasure, lists, suppressed
from sojourn.store.erasure import beside
from sojourn.store.erasure import run as erasing
from sojourn.store.lists import Saved
from sojourn.store.safekeeping import backup, restore
from support.databases import SHARED

ANN = [("user", "ann"), ("email", "ann@example.org"), ("device", "d1"), ("card", "42")]


@pytest.fixture(scope=SHARED)
def made(tmp_path_factory):
    """The shop, with things about Ann in every corner of it."""
    tmp_path = tmp_path_factory.mktemp("made")
    shop = open_shop(tmp_path)
    more = """user_id,email,ts,name,value,referred_by,text,props
eve,,2026-01-11T09:00:00Z,Page Viewed,,ann,,told by ann@example.org
ann,,2026-01-12T09:00:00Z,Review Posted,,,The coffee that I waited for all my life,
ann,,sometime,Page Viewed,,,,
eve,,never,Page Viewed,,,,
"""
    (tmp_path / "more.csv").write_text(more)
    shop.add(tmp_path / "more.csv")
    both = [("user", "ann"), ("user", "eve")]
    lists.save(shop.folder, Saved("friends", "fixed", None, None, "", ""), both)
    (shop.folder / "maps").mkdir()
    said = "said: |\n  The coffee that I waited\n  for all my life\n"
    (shop.folder / "maps" / "shop.yaml").write_text(said)
    return tmp_path


@pytest.fixture
def shop(made, tmp_path):
    """A copy of it, with the files that it was made of beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return sj.open(tmp_path / "shop")


def touches(shop):
    wanted = ["user_id", "device_id", "name", "ts", "referred_by", "properties"]
    return sorted(map(str, shop.log.reader(wanted).read_all().to_pylist()))


def test_all_of_a_person_goes_and_only_that(shop):
    before = {row["person"]: row["touchpoints"] for row in shop.people.list()}
    done = shop.people.erase("ann", by="Kim")
    after = {row["person"]: row["touchpoints"] for row in shop.people.list()}
    assert after == {who: count for who, count in before.items() if who != "ann"}
    assert done.counts["rows of the log"] == 5
    assert done.counts["rejected rows"] == 1
    assert done.proof.clean
    assert all(row["holds"] for row in shop.doctor())


def test_on_a_shared_device_only_what_was_theirs_goes(shop):
    shop.people.erase("ann")
    days = shop.log.reader(["device_id", "ts"]).read_all().to_pylist()
    assert [f"{r['ts']:%d %H}" for r in days if r["device_id"] == "tablet"] == ["09 09", "09 10"]


def test_what_others_said_of_them_is_said_without_them(shop):
    shop.people.erase("ann")
    [row] = [r for r in shop.log.reader(["user_id", "referred_by", "properties"]).read_all()
             .to_pylist() if r["user_id"] == "eve"]  # fmt: skip
    assert row["referred_by"] is None
    assert json.loads(row["properties"]) == {"props": "told by (erased)"}


def test_the_proof_finds_them_everywhere_before_and_nowhere_after(shop):
    traces = Traces.of(ANN)
    before = erasure.look(shop.folder, traces)
    places = {each.file.partition("/")[0] for each in before.found}
    assert {"log", "trail", "dictionaries", "claims", "traits", "rejected"} <= places
    shop.people.erase("ann")
    assert erasure.look(shop.folder, traces).found == ()
    assert "waited" not in (shop.folder / "maps" / "shop.yaml").read_text()
    assert lists.aliases(shop.folder, "friends") == [("user", "eve")]


QUOTES = [
    "It's the best \"flat white\" that I ever had, and I've had a great many, I tell you",
    "Grüße: der Kaffee # war wirklich gut, fast wie bei meiner Großmutter in Wien",
    "{all: of it}, was [nice] & warm - and - so on: yes, in every way *for sure*",
]


@pytest.mark.parametrize("said", QUOTES)
@pytest.mark.parametrize("quote", [None, "'", '"', "|", ">"])
def test_what_they_said_leaves_maps_however_it_is_written(tmp_path, said, quote):
    yaml = YAML()
    yaml.width = 40
    kinds = {"'": SingleQuotedScalarString, '"': DoubleQuotedScalarString, None: str}
    kinds |= {"|": LiteralScalarString, ">": FoldedScalarString}
    path = tmp_path / "maps" / ".versions" / "shop" / "one.yaml"
    path.parent.mkdir(parents=True)
    yaml.dump({"cell": {"pin": [kinds[quote](said)], "note": "stays"}}, path)
    job = erasure.Job("e", "", "", (), (), texts=(said,))
    assert beside.leave_documents(tmp_path, job) == 1
    left = YAML(typ="safe").load(path.read_text())
    assert left["cell"]["note"] == "stays"
    assert left["cell"]["pin"][0].strip() == "(erased)"


def test_the_record_of_it_names_nobody(shop):
    done = shop.people.erase("ann", by="Kim")
    text = (shop.folder / "privacy" / "erasures.jsonl").read_text()
    [line] = map(json.loads, text.splitlines())
    assert line["id"] == done.id
    assert line["by"] == "Kim"
    assert line["counts"]["rows of the log"] == 5
    assert not any(text_of in text for _, text_of in ANN[:2])


def test_the_same_file_again_brings_nobody_back(shop, tmp_path):
    shop.people.erase("ann")
    left = touches(shop)
    again = shop.add(tmp_path / "touches.csv")
    assert again.touchpoints == 0
    text = (tmp_path / "touches.csv").read_text()
    (tmp_path / "later.csv").write_text(text + "ann,d1,,2026-05-01T08:00:00Z,Page Viewed,,\n")
    report = shop.add(tmp_path / "later.csv")
    assert (report.touchpoints, report.withheld) == (0, 5)
    people = shop.add(tmp_path / "crm.csv", people=True, alias={"card": "card"}, source_name="x")
    assert people.people_rows == 0
    assert touches(shop) == left
    assert erasure.look(shop.folder, Traces.of(ANN)).clean


def test_a_hashed_file_brings_nobody_back_either(shop, tmp_path):
    shop.people.erase("ann")
    (tmp_path / "mail.csv").write_text(
        "email,ts,name\nAnn@Example.org,2026-06-01,Email Opened\n"
        "x@example.org,2026-06-01,Email Opened\n"
    )
    report = shop.add(tmp_path / "mail.csv", hash=["email"])
    assert (report.touchpoints, report.withheld) == (1, 1)


def test_a_rejected_row_of_somebody_erased_is_not_kept(shop, tmp_path):
    shop.people.erase("ann")
    (tmp_path / "bad.csv").write_text("user_id,ts,name\nann,soon,A\neve,soon,A\ned,2026-01-01,A\n")
    assert shop.add(tmp_path / "bad.csv", ts="ts").rejected == 2
    assert [row["row"] for row in shop.rejected.list(50) if "bad" in row["file"]] == [2]


def test_calls_that_wait_or_come_later_are_not_stored(shop):
    worker = Worker(shop.folder, Config())
    call = {"type": "track", "event": "A", "timestamp": "2026-05-01T10:00:00Z"}
    batch = [
        {**call, "userId": "ann", "messageId": "m1"},
        {**call, "userId": "eve", "messageId": "m2", "properties": {"to": "ann@example.org"}},
        {**call, "userId": "bob"},
    ]
    try:
        worker.inbox.put([Received(1, "web", "batch", json.dumps({"batch": batch}).encode())])
        single = json.dumps({**call, "anonymousId": "d1"}).encode()
        worker.inbox.put([Received(1, "web", "track", single)])
        told = shop.people.export("ann")
        assert [each["call"]["messageId"] for each in told["inbox"][:2]] == ["m1", "m2"]
        done = shop.people.erase("ann")
        assert done.counts["calls in the inbox"] == 2
        assert done.proof.clean
        late = json.dumps({**call, "userId": "ann", "messageId": "m9"}).encode()
        worker.inbox.put([Received(1, "web", "track", late)])
        worker.round()
        worker.round()
        found = shop.log.reader(["event_id", "user_id"]).read_all().to_pylist()
        brought = {row["user_id"] for row in found if row["event_id"][:1] in "mi"}
        assert brought == {"eve", "bob"}
        assert any(row["event_id"] == "inbox-1-2" for row in found)
        assert sum(record.withheld for record in shop.log.imports()) == 1
        assert erasure.look(shop.folder, Traces.of(ANN)).clean
    finally:
        worker.close()


class Killed(BaseException):
    """It ends here, with nothing tidied up."""


PLACES = [*((step, True) for step in range(len(erasing.STEPS))), (2, False), ("build", False),
          ("build", True), ("proof", False)]  # fmt: skip


@pytest.mark.parametrize(("place", "after"), PLACES)
def test_cut_off_anywhere_it_is_finished_by_the_next_writer(
    shop, tmp_path, monkeypatch, place, after
):
    def killed(work):
        def step(*args, **more):
            if after:
                work(*args, **more)
            raise Killed

        return step

    with monkeypatch.context() as patch:
        if isinstance(place, int):
            steps = [*erasing.STEPS]
            steps[place] = (steps[place][0], killed(steps[place][1]))
            patch.setattr(erasing, "STEPS", tuple(steps))
        else:
            name = {"build": "build", "proof": "look"}[place]
            patch.setattr(erasing, name, killed(getattr(erasing, name)))
        with pytest.raises(Killed):
            shop.people.erase("ann")
    assert erasure.pending(shop.folder)
    (tmp_path / "next.csv").write_text("user_id,ts,name\nzoe,2026-07-01,A\nann,2026-07-01,A\n")
    report = shop.add(tmp_path / "next.csv")
    assert (report.touchpoints, report.withheld) == (1, 1)
    assert not erasure.pending(shop.folder)
    assert erasure.look(shop.folder, Traces.of(ANN)).clean
    assert "ann" not in shop.people.list().column("person")


KILLS = """
import os, signal, sys
import sojourn as sj
from sojourn.store import delta
whole = delta.commit
def commit(root, *args, **more):
    found = whole(root, *args, **more)
    if root.name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
delta.commit = commit
sj.open(sys.argv[1]).people.erase("ann")
"""


@pytest.mark.parametrize("table", ["claims", "dictionaries"])
def test_killed_right_after_a_commit_it_goes_on(shop, table):
    done = subprocess.run([sys.executable, "-c", KILLS, str(shop.folder), table], check=False)
    assert done.returncode == -signal.SIGKILL
    finished = shop.people.finish_erasing()
    assert finished is not None
    assert finished.proof.clean
    assert shop.people.finish_erasing() is None


def test_the_journal_is_for_its_owner_and_goes(shop, monkeypatch):
    modes = []

    def peek(root, _):
        modes.append(os.stat(root / "privacy" / "erasing.json").st_mode & 0o777)
        return 0

    monkeypatch.setattr(erasing, "STEPS", (*erasing.STEPS, ("a look", peek)))
    shop.people.erase("ann")
    assert modes == [0o600]
    assert not (shop.folder / "privacy" / "erasing.json").exists()


def test_the_list_of_the_erased_is_of_hashes_alone(shop):
    shop.people.erase("ann")
    text = suppressed.path_of(shop.folder).read_text()
    assert text.startswith("hash,kind,from,to\n")
    assert not Traces.of(ANN).within(text)
    assert "ann" not in text


def test_who_is_alone_in_the_log_can_be_erased(tmp_path):
    (tmp_path / "one.csv").write_text("user_id,ts,name\nann,2026-01-01,Page Viewed\n")
    shop = sj.open(tmp_path / "shop")
    shop.add(tmp_path / "one.csv")
    assert shop.people.erase("ann").proof.clean
    with pytest.raises(sj.errors.WorkspaceMissing):
        shop.journey()


def test_everything_known_of_them_is_in_the_export(shop, tmp_path):
    told = shop.people.export("ann@example.org")
    assert told["person"] == "ann"
    assert [touch["name"] for touch in told["touchpoints"]].count("Review Posted") == 1
    assert {each["kind"] for each in told["aliases"]} == {"user", "device", "email", "card"}
    assert told["why"]["card:42"][0]["told_by"]
    assert told["lists"] == [{"list": "friends", "kind": "fixed", "as": "user:ann"}]
    assert len(told["rejected"]) == 1
    assert set(told["stages"]) == set(shop.models())
    assert [each["value"] for each in told["traits"]["plan"]] == ["basic", "gold"]
    write(told, tmp_path / "ann.zip")
    with zipfile.ZipFile(tmp_path / "ann.zip") as packed:
        assert json.loads(packed.read("person.json")) == json.loads(json.dumps(told))
        rows = list(csv.DictReader(io.StringIO(packed.read("touchpoints.csv").decode())))
    assert len(rows) == len(told["touchpoints"])
    with pytest.raises(sj.errors.QuestionError, match="no name for an export"):
        write(told, Path(tmp_path / "ann.pdf"))


def test_from_a_restored_backup_the_erased_are_erased_again(shop, tmp_path):
    backup(shop.folder, tmp_path / "kept.zip")
    shop.people.erase("ann")
    restore(tmp_path / "kept.zip", tmp_path / "again")
    again = sj.open(tmp_path / "again")
    assert "ann" in again.people.list().column("person")
    done = erasure.erase_again(again.folder, shop.folder, again.rules)
    assert done.proof.clean
    assert erasure.look(again.folder, Traces.of(ANN)).clean
    assert touches(again) == touches(shop)
    assert erasure.erase_again(again.folder, shop.folder, again.rules) is None
    assert all(row["holds"] for row in again.verify())
    assert all(row["holds"] for row in shop.verify())


def test_the_list_of_another_business_erases_nobody(shop, tmp_path):
    shop.people.erase("ann")
    other = tmp_path / "other"
    shutil.copytree(shop.folder, other)
    (other / "hash.key").write_text("00" * 32)
    with pytest.raises(sj.errors.BackupFailed, match="another key"):
        erasure.erase_again(other, shop.folder, shop.rules)
