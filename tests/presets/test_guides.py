"""Each preset has a page that says where the file comes from, and every name it makes of it."""

from pathlib import Path

import pytest

from sojourn.core.vocabulary import NAMES
from sojourn.store.recipes import shelf
from support.samples import SAMPLES, expected

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PRESETS = shelf.built_in(shelf.PRESETS)


def page_of(preset):
    return (GUIDE / shelf.recipe_named(SAMPLES, preset).guide).read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_has_a_page_that_names_it_and_is_linked_from_the_guide(preset):
    recipe = shelf.recipe_named(SAMPLES, preset)
    assert f"`{preset}`" in page_of(preset)
    assert f"({recipe.guide})" in (GUIDE / "import.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_says_in_its_file_where_its_format_is_written_down(preset):
    text, _ = shelf.text_of(SAMPLES, preset)
    assert text.startswith("# ")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_page_names_every_touchpoint_that_comes_of_the_samples(preset):
    page = page_of(preset)
    made = {name for want in expected().values() if want["preset"] == preset
            for name in want.get("names", {})}  # fmt: skip
    # Users of these name what happens as they like.
    free = {"xes", "ocel", "mixpanel", "amplitude", "posthog", "segment", "segment-tracks"}
    wanted = made & set(NAMES) if preset not in free else set()
    assert {name for name in wanted if f"`{name}`" not in page} == set()
