"""The maps of a workspace: made, edited, kept in versions, compared and exported."""

import re
from xml.etree import ElementTree

import pytest
from pptx import Presentation
from pypdf import PdfReader

from sojourn.errors import MapError, UnknownName
from sojourn.maps.drawing import draw
from sojourn.shelf import BUILT_IN


@pytest.mark.parametrize("journey", BUILT_IN)
def test_the_template_of_every_built_in_journey_is_filled_and_drawn(mapped, journey):
    filled = mapped.journey(journey).map()
    assert len(filled.stages) == len(mapped.model(journey).stages)
    ElementTree.fromstring(draw(filled, theme="web"))  # noqa: S314 - our own


def test_a_new_map_is_a_readable_file_with_the_words_of_its_template(own):
    own.maps.new("first-buyers", "social", title="First-time buyers")
    text = (own.folder / "maps" / "first-buyers.yaml").read_text()
    assert "title: First-time buyers" in text
    assert own.maps.load("first-buyers").cell("goal", "decide").text == "Choose one"
    with pytest.raises(MapError, match="already"):
        own.maps.new("first-buyers")


def test_every_change_keeps_who_and_when_and_can_be_taken_back(own):
    own.maps.new("m")
    before = own.maps.text("m")
    own.maps.set("m", "goal", "try", "Taste it", by="ann@example.com")
    assert own.maps.load("m").cell("goal", "try").text == "Taste it"
    version = own.maps.versions("m")[0]
    assert version.by == "ann@example.com"
    own.maps.restore("m", version.id)
    assert own.maps.text("m") == before
    assert len(own.maps.versions("m")) == 2


def test_a_wrong_change_is_refused_and_the_map_stays(own):
    own.maps.new("m")
    before = own.maps.text("m")
    for lane, column in (("gaol", "try"), ("goal", "tryy"), ("goal", "try/unknown")):
        with pytest.raises(MapError):
            own.maps.set("m", lane, column, "x")
    assert own.maps.text("m") == before
    assert own.maps.versions("m") == []


@pytest.mark.parametrize("name", ["../settings", "", "a/b", "A", "x" * 61, ".versions"])
def test_a_name_that_could_leave_the_folder_is_refused(own, name):
    with pytest.raises(MapError):
        own.maps.load(name)


def test_a_name_that_is_not_there_gets_the_nearest(own):
    own.maps.new("first-buyers")
    with pytest.raises(UnknownName) as caught:
        own.maps.load("first-buyer")
    assert "first-buyers" in caught.value.hint


def test_a_map_beside_another_time_says_what_differs_with_its_numbers(mapped):
    mapped.maps.new("m")
    rows = {
        part: mapped.journey(persona=part).stages().rows[0] for part in mapped.settings.personas
    }
    part = max(rows, key=lambda name: rows[name]["conversion"] or 0)
    drift = mapped.maps.fill("m", persona=part).drift
    everybody = mapped.journey().stages().rows[0]["conversion"]
    line = next(text for text in drift if text.startswith("Know:") and "go on" in text)
    shares = [int(share) for share in re.findall(r"(\d+)%", line)]
    assert shares == [round(100 * everybody), round(100 * rows[part]["conversion"])]


def test_the_same_beside_itself_differs_in_nothing(mapped):
    name = "same"
    mapped.maps.new(name)
    assert mapped.maps.fill(name, name).drift[0].startswith("Nothing differs")


@pytest.mark.parametrize("form", ["svg", "png", "pdf", "html", "pptx", "yaml"])
def test_a_map_is_written_in_every_form(mapped, tmp_path, form):
    mapped.maps.new(f"as-{form}", title="Über “alles” & <mehr>")
    path = mapped.maps.export(f"as-{form}", tmp_path / f"map.{form}")
    content = path.read_bytes()
    if form == "pdf":
        assert "Know" in PdfReader(path).pages[0].extract_text()
    elif form == "pptx":
        texts = [s.text_frame.text for page in Presentation(path).slides for s in page.shapes]
        assert any(text.startswith("Know") for text in texts)
        assert any("★" in text for text in texts)
    elif form == "png":
        assert content[:4] == b"\x89PNG"
    else:
        assert "Über".encode() in content
    if form == "html":
        assert b"<mehr>" not in content
        assert not re.search(rb"(src|href)=[\"']?https?:", content)


def test_an_unknown_form_names_those_there_are(mapped, tmp_path):
    mapped.maps.new("unknown-form")
    with pytest.raises(MapError, match="pptx"):
        mapped.maps.export("unknown-form", tmp_path / "map.docx")


def test_steps_stand_inside_their_stage(own):
    own.maps.new("m")
    own.maps.save("m", own.maps.text("m") + "steps:\n  try: [Tasting, Trial box]\n")
    own.maps.set("m", "goal", "try/Tasting", "A good cup")
    filled = own.maps.fill("m")
    stage = next(stage for stage in filled.stages if stage.id == "try")
    assert stage.columns == ("try/Tasting", "try/Trial box")
    svg = draw(filled)
    assert "A good cup" in svg
    assert "Trial box" in svg


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_words_and_long_ones_are_drawn_safely(own, theme):
    own.maps.new("m")
    own.maps.set("m", "goal", "try", "<script>alert(1)</script> " + "Donaudampfschiff" * 60)
    svg = draw(own.maps.fill("m"), theme=theme)
    ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert "<script>" not in svg
