"""Personal data that is hashed or dropped is nowhere in the workspace; people are still found."""

import json
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sojourn as sj
from sojourn.core.contacts import Contacts, hashed
from sojourn.errors import ImportFailed, WorkspaceDamaged
from sojourn.store import claims, traits
from sojourn.store.importers.guarding import Cleaner
from sojourn.store.importers.options import ImportOptions
from sojourn.store.secret import known_secret, secret_of

SECRETS = ("ann@example.org", "bob@example.org", "eve@example.org", "6601234567", "Rosegarden")
ORDERS = """ts,name,email,phone,page,note,street,amount
2026-01-01T10:00:00Z,Order Completed,Ann@Example.org,+43 660 1234567,https://x.org/?e=ann%40example.org,from ann@example.org,Rosegarden 1,5
2026-01-02T10:00:00Z,Page Viewed,bob@example.org,,https://x.org/,,,
soon,Page Viewed,bob@example.org,0660 1234567,,call 0660 1234567,Rosegarden 2,
2026-01-03T10:00:00Z,Page Viewed,eve@example.org,,,,Rosegarden,1,too many
2026-01-03T10:00:00Z,"Page Viewed,eve@example.org,,,,,
"""  # noqa: E501 - a file as it comes
CRM = """customer_id,email,plan,comment,street
42, ANN@example.org,gold,Ann (ann@example.org) calls back,Rosegarden 1
43,bob@example.org,basic,,
"""
CALLS = [
    {"type": "identify", "timestamp": "2026-01-01", "userId": "44", "street": {"a": "Rosegarden"},
     "traits": {"email": "eve@example.org", "phone": "+43 660 1234567",
                "friends": ["bob@example.org"]}},
    {"type": "page", "timestamp": "2026-01-02", "anonymousId": "a1",
     "context": {"traits": {"email": "Eve@example.org"},
                 "page": {"url": "https://x.org/eve@example.org"}}},
    {"type": "identify", "timestamp": "2026-01-02", "traits": {"email": "eve@example.org", "x": 1}},
    {"type": "page", "timestamp": "never", "userId": "44", "email": "bob@example.org"},
]  # fmt: skip
HOW = {"hash": ("email", "phone"), "drop": ("street",)}


def everything_in(folder):
    """Every byte of a folder as text, and every value of every Parquet file."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            yield path, path.read_bytes().decode("latin-1")
            if path.suffix == ".parquet":
                yield path, json.dumps(pq.read_table(path).to_pylist(), default=str)


def found_in(folder, words=SECRETS):
    return [
        (path.name, word)
        for path, text in everything_in(folder)
        for word in words
        if word.lower() in text.lower().replace(" ", "")
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop that was given three files, none of whose addresses it keeps."""
    root = tmp_path_factory.mktemp("guarded")
    shop = sj.open(root / "shop")
    shop.configure(region="AT")
    (root / "orders.csv").write_text(ORDERS)
    (root / "crm.csv").write_text(CRM)
    broken = "{broken: ann@example.org\n"
    (root / "calls.jsonl").write_text("".join(json.dumps(c) + "\n" for c in CALLS) + broken)
    reports = [
        shop.add(root / "orders.csv", **HOW),
        shop.add(root / "crm.csv", people=True, hash=["email"], drop=["Street"]),
        shop.add(root / "calls.jsonl", **HOW),
    ]
    return shop, reports


def test_nothing_of_it_is_anywhere_in_the_workspace(shop):
    workspace, reports = shop
    assert [(r.touchpoints, r.people_rows, r.rejected) for r in reports] == [
        (2, 0, 3), (0, 2, 0), (1, 2, 2),
    ]  # fmt: skip
    assert found_in(workspace.folder) == []
    assert len(list(everything_in(workspace.folder))) > 20


def test_the_same_search_finds_what_was_not_kept_out(tmp_path):
    workspace = sj.open(tmp_path / "open")
    (tmp_path / "orders.csv").write_text(ORDERS)
    workspace.add(tmp_path / "orders.csv")
    assert {word for _, word in found_in(workspace.folder)} >= {*SECRETS}


def test_the_same_address_in_three_files_is_still_one_person(shop):
    workspace, _ = shop
    people = workspace.people
    assert people.show("ann@example.org").id == "42"
    ann = people.show("42")
    assert [t["name"] for t in ann.touchpoints] == ["Order Completed"]
    assert ann.traits["plan"][0]["value"] == "gold"
    assert people.show("a1").id == "44"


def test_the_key_is_the_owners_alone(shop):
    workspace, _ = shop
    key = workspace.folder / "hash.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    token = hashed(secret_of(workspace.folder), "email", "ann@example.org")
    aliases = [a for row in claims.read(workspace.folder).to_pylist() for a in row["aliases"]]
    assert {"kind": "email", "id": token} in aliases


def test_rejected_rows_are_mended_and_replayed_with_the_same_care(shop, tmp_path):
    workspace, _ = shop
    [first] = [r for r in workspace.imports() if r["file"] == "orders.csv"]
    path = tmp_path / "wrong.csv"
    workspace.rejected.export(path, import_id=first["import_id"])
    path.write_text(path.read_text().replace("soon", "2026-01-05T10:00:00Z"))
    report = workspace.replay(path)
    assert report.touchpoints == 1
    assert found_in(workspace.folder) == []
    assert len(workspace.people.show("43").touchpoints) == 2


def test_a_frame_is_cleaned_too_with_its_nested_columns(tmp_path):
    frame = pa.table(
        {
            "user_id": ["1"], "ts": ["2026-01-01"], "name": ["Page Viewed"],
            "phone": pa.array([436601234567]),
            "aliases": pa.array([[{"kind": "email", "id": "ann@example.org"}]]),
            "props": pa.array([{"who": "bob@example.org", "n": 1}]),
        }
    )  # fmt: skip
    workspace = sj.open(tmp_path / "w")
    workspace.add(frame, hash=["email", "phone"])
    assert found_in(workspace.folder) == []


def test_a_try_makes_no_key(tmp_path):
    (tmp_path / "crm.csv").write_text(CRM)
    look = sj.open(tmp_path / "w").add(
        tmp_path / "crm.csv", people=True, dry_run=True, hash=["email"]
    )
    assert look.dry_run
    assert not (tmp_path / "w").exists()


def test_what_names_nobody_is_not_made_somebody():
    options = ImportOptions(hash=("email", "phone"), secret=b"k", contacts=Contacts("AT"))
    cleaner = Cleaner(options, ["email", "phone"], pa.table({"email": ["x"], "phone": ["y"]}))
    assert cleaner.value("email", " NULL ") == "null"
    assert cleaner.value("phone", "ask Ann") is None
    assert cleaner.value("phone", "0660 1234567") == cleaner.value("phone", "+43 660 1234567")
    once = cleaner.value("email", "ann@example.org")
    assert cleaner.value("email", once) == once
    assert cleaner.text("a'b <ann@example.org>, x@y") == f"a'b <{once}>, x@y"


def test_flags_for_what_is_not_there_are_errors(tmp_path):
    (tmp_path / "crm.csv").write_text("customer_id,plan\n1,gold\n")
    workspace = sj.open(tmp_path / "w")
    with pytest.raises(ImportFailed, match="--hash phone: no column holds it"):
        workspace.add(tmp_path / "crm.csv", people=True, hash=["phone"])
    with pytest.raises(ImportFailed, match="--drop strret: there is no such column"):
        workspace.add(tmp_path / "crm.csv", people=True, drop=["strret"])
    with pytest.raises(ImportFailed, match="constant 'a@b.org' cannot be hashed"):
        workspace.add(tmp_path / "crm.csv", people=True, hash=["email"], email="=a@b.org")


def test_any_kind_of_id_can_be_hashed(tmp_path):
    (tmp_path / "crm.csv").write_text("customer_id,loyalty\n1,L-77\n")
    workspace = sj.open(tmp_path / "w")
    workspace.add(tmp_path / "crm.csv", people=True, alias={"card": "loyalty"}, hash=["card"])
    assert found_in(workspace.folder, ["L-77"]) == []


def test_numbers_in_columns_that_tell_nobody_apart_are_hashed_too(tmp_path):
    (tmp_path / "crm.csv").write_text(
        "customer_id,phone,Default Address Phone,phone_model\n"
        "1,+43 660 1234567,+43 1 5551234,X 12\n"
    )
    workspace = sj.open(tmp_path / "w")
    workspace.add(tmp_path / "crm.csv", people=True, hash=["phone"])
    assert found_in(workspace.folder, ["6601234567", "5551234"]) == []
    [model] = [
        r["value"] for r in traits.read(workspace.folder).to_pylist() if "model" in r["name"]
    ]
    assert model == "X 12"


def test_a_spoiled_key_is_told_of_not_replaced(tmp_path):
    (tmp_path / "hash.key").write_text("oops")
    with pytest.raises(WorkspaceDamaged, match="holds no key"):
        known_secret(tmp_path)
    assert known_secret(tmp_path / "none") == b""
