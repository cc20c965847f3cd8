import io
import struct
import subprocess
import sys
import threading
import time

import pypdf
import pytest

from sojourn.errors import PictureError
from sojourn.pictures import export, hourglass, render, save
from sojourn.pictures import export as exports_function

REACHED = [48_210, 22_176, 9_092, 3_455, 1_486, 550, 286]


@pytest.fixture(scope="module")
def picture(kit):
    return hourglass(kit.table(kit.hourglass, REACHED), model=kit.hourglass, width=390)


@pytest.fixture
def module():
    """The module itself; in the package its name is the function's."""
    return sys.modules[exports_function.__module__]


def size_of(png):
    return struct.unpack(">II", png[16:24])


def test_a_png_has_the_pictures_size_times_the_scale(kit, picture):
    root = kit.read(picture).root
    width, height = int(root.get("width")), int(root.get("height"))
    assert size_of(export(picture, "png")) == (2 * width, 2 * height)
    assert size_of(export(picture, "png", scale=0.5)) == (
        pytest.approx(width / 2, abs=1),
        pytest.approx(height / 2, abs=1),
    )


def test_a_png_is_not_blank_and_shows_the_stages(kit, picture):
    rows = kit.pixels(export(picture, "png", scale=0.5))
    colors = {pixel[:3] for row in rows for pixel in row}
    assert (0xFB, 0xF7, 0xF0) in colors
    assert (0x3E, 0x6F, 0xA3) in colors
    assert (0xDD, 0xA0, 0x2C) in colors


def test_text_is_drawn_in_the_font_we_bring(picture):
    reader = pypdf.PdfReader(io.BytesIO(export(picture, "pdf")))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert {font.get_object()["/BaseFont"].split("+")[-1] for font in fonts} == {
        "Lato-Regular",
        "Lato-Bold",
    }


def test_a_pdf_has_text_that_can_be_searched(picture):
    reader = pypdf.PdfReader(io.BytesIO(export(picture, "pdf")))
    assert len(reader.pages) == 1
    text = reader.pages[0].extract_text()
    for expected in ("Marketing hourglass", "48,210", "Refer", "46% went on to Like"):
        assert expected in text


@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_a_web_picture_is_exported_as_the_light_one(kit, form):
    table = kit.table(kit.hourglass, REACHED)
    web = hourglass(table, model=kit.hourglass, theme="web", width=390)
    content = export(web, form, scale=0.5)
    if form == "svg":
        assert b"var(" not in content
        assert b"<style" not in content
        light = hourglass(table, model=kit.hourglass, width=390)
        assert kit.read(content.decode()).texts == kit.read(light).texts
    if form == "png":
        rows = kit.pixels(content)
        assert rows[0][0][:3] == (0xFB, 0xF7, 0xF0)


def test_a_name_that_looks_like_a_variable_stays_a_name(kit):
    model = kit.model(['="var(--sj-ink, #22211F)"'])
    svg = hourglass(kit.table(model, [1]), model=model, theme="web")
    assert "var(--sj-ink, #22211F)" in kit.read(export(svg, "svg").decode()).description


def test_a_fixed_picture_is_exported_as_it_is(picture):
    assert export(picture, "svg") == picture.encode()


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_saving_writes_what_exporting_gives(tmp_path, picture, form):
    path = save(picture, tmp_path / f"deep.er.{form.upper()}", scale=1)
    assert path.read_bytes() == export(picture, form, scale=1) or form == "pdf"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_saving_replaces_an_older_file(tmp_path, picture):
    path = tmp_path / "a.svg"
    path.write_text("old")
    assert save(picture, str(path)).read_text() == picture


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("a.pgn", r"'a.pgn' ends in '.pgn'", "Did you mean 'png'?"),
        ("a", "the name has no ending", None),
        ("a.html", "ends in '.html'", None),
    ],
)
def test_unknown_endings_are_refused_before_anything_is_written(
    tmp_path, picture, name, message, hint
):
    with pytest.raises(PictureError, match=message) as caught:
        save(picture, tmp_path / name)
    assert caught.value.hint == hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_with_its_path(tmp_path, picture):
    with pytest.raises(PictureError, match=r"nowhere.a\.svg: No such file"):
        save(picture, tmp_path / "nowhere" / "a.svg")


def test_pictures_too_large_to_render_are_refused(picture):
    with pytest.raises(PictureError, match="the most is 100,000,000"):
        export(picture, "png", scale=100)
    with pytest.raises(PictureError, match="the least is 1"):
        export(picture, "png", scale=0)


def test_what_is_no_picture_of_ours_is_refused():
    with pytest.raises(PictureError, match="no width and height"):
        export("<svg/>", "png")


def test_where_no_process_can_be_started_it_is_rendered_here(picture, module, monkeypatch):
    apart = export(picture, "png", scale=0.5)
    for broken in (OSError("no process"), subprocess.CompletedProcess([], 1, b"", b"")):

        def run(*_, found=broken, **__):
            if isinstance(found, OSError):
                raise found
            return found

        monkeypatch.setattr(module.subprocess, "run", run)
        assert export(picture, "png", scale=0.5) == apart
    monkeypatch.setattr(module.sys, "executable", "")
    assert export(picture, "png", scale=0.5) == apart


def test_a_picture_that_takes_too_long_is_given_up(picture, module, monkeypatch):
    def run(*_, **__):
        raise subprocess.TimeoutExpired("render", 120)

    monkeypatch.setattr(module.subprocess, "run", run)
    with pytest.raises(PictureError, match="longer than 120 seconds"):
        export(picture, "png")


def test_what_cannot_be_drawn_at_all_is_an_error():
    broken = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><unclosed</svg>'
    with pytest.raises(PictureError, match="could not be drawn as png"):
        export(broken, "png")


def test_other_threads_go_on_while_a_picture_is_rendered(picture):
    stop, longest = threading.Event(), [0.0]

    def tick():
        before = time.perf_counter()
        while not stop.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            longest[0] = max(longest[0], now - before)
            before = now

    ticking = threading.Thread(target=tick)
    ticking.start()
    started = time.perf_counter()
    export(picture, "png", scale=3)
    took = time.perf_counter() - started
    stop.set()
    ticking.join()
    assert longest[0] < took / 2


def test_the_renderer_alone_is_a_program(picture):
    done = subprocess.run(
        [sys.executable, "-I", render.__file__, "png", "0.5"],
        input=picture.encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout == render.render(picture, "png", 0.5)
    assert done.stderr == b""
