"""Pictures of a map: only their pixels are kept, whatever is brought, and every form shows them."""

import io
import re
import zipfile

import pytest
from PIL import Image

from sojourn.errors import MapError
from sojourn.maps.images import IMAGES, MOST_BYTES, SIDE, load, taken

WORDS = "A cup of tea"


def picture(kind="PNG", size=(60, 40), mode="RGB", **more):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (picture("PNG"), "jpeg"),
        (picture("JPEG"), "jpeg"),
        (picture("WEBP"), "jpeg"),
        (picture("PNG", mode="RGBA"), "png"),
        (picture("PNG", mode="P"), "jpeg"),
    ],
)
def test_a_picture_is_written_anew_as_png_or_jpeg(raw, kind):
    found = taken(raw, "My Tea!.png")
    assert (found.kind, found.width, found.height) == (kind, 60, 40)
    assert re.fullmatch(rf"my-tea-[0-9a-f]{{8}}\.{kind}", found.name)
    assert Image.open(io.BytesIO(found.data)).size == (60, 40)


def test_a_large_one_is_made_small_and_an_upright_one_stays_so():
    exif = Image.Exif()
    exif[0x0112] = 6
    found = taken(picture("JPEG", (3_000, 1_500), exif=exif), "x.jpg")
    assert (found.width, found.height) == (SIDE // 2, SIDE)


def test_nothing_but_pixels_is_kept():
    raw = picture("JPEG", comment=b"<script>alert(1)</script>", exif=b"Exif\0\0secret place")
    found = taken(raw + b"PK\x03\x04 more", "x.jpg")
    assert b"script" not in found.data
    assert b"secret" not in found.data
    assert b"more" not in found.data


@pytest.mark.parametrize(
    "raw",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
     picture("GIF"), picture("BMP"), picture("PNG")[:40], b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
     b"x" * (MOST_BYTES + 1)],
    ids=["empty", "gif", "svg", "real gif", "bmp", "torn", "nonsense", "large"],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_is_refused(raw):
    with pytest.raises(MapError):
        taken(raw, "x.png")


def test_a_bomb_is_refused_before_it_goes_off():
    bomb = picture("PNG", (8_000, 6_000), mode="1")
    assert len(bomb) < 100_000
    with pytest.raises(MapError, match="pixels"):
        taken(bomb, "bomb.png")


def test_a_picture_stands_in_the_map_and_in_every_file_of_it(own, tmp_path):
    own.maps.new("first", "hourglass")
    text = own.maps.text("first").replace("lanes:\n", "lanes:\n- images\n", 1)
    own.maps.save("first", text)
    name = own.maps.add_image("first", "images", "try", picture(), "tea.png", f" {WORDS} ")
    assert own.maps.load("first").cell("images", "try").add == (f"{name}: {WORDS}",)
    filled = own.maps.fill("first")
    [entry] = next(lane for lane in filled.lanes if lane.lane == "images").cell("try").entries
    assert (entry.kind, entry.text, entry.key) == ("image", WORDS, name)
    svg = own.maps.export("first", tmp_path / "m.svg").read_text(encoding="utf-8")
    assert "data:image/jpeg;base64," in svg
    assert f'aria-label="{WORDS}"' in svg
    assert "data:image/jpeg" in own.maps.export("first", tmp_path / "m.html").read_text("utf-8")
    with zipfile.ZipFile(own.maps.export("first", tmp_path / "m.pptx")) as slides:
        assert any(part.startswith("ppt/media/") for part in slides.namelist())
    plain = len(own.maps.export("first", tmp_path / "m.png").read_bytes())
    assert plain > 10_000


def test_a_picture_needs_words_and_a_lane_of_pictures(own):
    own.maps.new("first", "hourglass")
    with pytest.raises(MapError, match="no lane of pictures"):
        own.maps.add_image("first", "goal", "try", picture(), "x.png", WORDS)
    own.maps.save("first", own.maps.text("first").replace("lanes:\n", "lanes:\n- images\n", 1))
    with pytest.raises(MapError, match="needs words"):
        own.maps.add_image("first", "images", "try", picture(), "x.png", "  ")
    with pytest.raises(MapError, match="cells.images.tyr"):
        own.maps.add_image("first", "images", "tyr", picture(), "x.png", WORDS)


@pytest.mark.parametrize(
    "name", ["../maps/first.yaml", "x", "tea-12345678.svg", "tea-12345678.png/"]
)
def test_only_names_of_ours_are_read(own, name):
    (own.folder / "maps" / IMAGES).mkdir(parents=True, exist_ok=True)
    assert load(own.folder, name) is None


def test_a_picture_that_is_gone_leaves_its_words(own):
    own.maps.new("first", "hourglass")
    own.maps.save("first", own.maps.text("first").replace("lanes:\n", "lanes:\n- images\n", 1))
    name = own.maps.add_image("first", "images", "try", picture(), "x.png", WORDS)
    (own.folder / "maps" / IMAGES / name).unlink()
    filled = own.maps.fill("first")
    assert filled.images == {}
    lane = next(lane for lane in filled.lanes if lane.lane == "images")
    assert lane.cell("try").entries[0].text == WORDS
