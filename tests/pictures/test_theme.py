from itertools import pairwise

import pytest

from sojourn.errors import PictureError
from sojourn.pictures import theme as look


@pytest.mark.parametrize("palette", [look.LIGHT, look.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "muted"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_every_text_colour_has_enough_contrast_on_every_ground(palette, ink, ground):
    assert look.contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5


def test_contrast_is_the_published_ratio():
    assert look.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert look.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert look.contrast("#777777", "#777777") == 1
    # the example that the WCAG itself is discussed with: the lightest grey that passes on white
    assert look.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_seven_stages_have_the_seven_accents():
    assert look.stage_colors(7) == list(look.ACCENTS)


@pytest.mark.parametrize("count", range(2, 30))
def test_other_counts_run_from_the_coolest_to_the_warmest_without_repeating(count):
    colors = look.stage_colors(count)
    assert len(set(colors)) == count
    assert (colors[0], colors[-1]) == (look.ACCENTS[0], look.ACCENTS[-1])


def test_colours_between_are_between():
    def channels(color):
        return [int(color[i : i + 2], 16) for i in (1, 3, 5)]

    colors = look.stage_colors(13)
    for i, (low, high) in enumerate(pairwise(look.ACCENTS)):
        between = channels(colors[2 * i + 1])
        for a, value, b in zip(channels(low), between, channels(high), strict=True):
            assert value == pytest.approx((a + b) / 2, abs=0.5)


def test_no_stages_have_no_colours():
    assert look.stage_colors(0) == []


def test_the_web_palette_falls_back_on_the_light_one():
    for role in look.ROLES:
        assert getattr(look.palette_for("web"), role) == (
            f"var(--sj-{role}, {getattr(look.LIGHT, role)})"
        )


def test_the_web_style_has_both_palettes_and_asks_the_reader():
    style = look.web_style()
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    for role in look.ROLES:
        assert f"--sj-{role}:{getattr(look.LIGHT, role)};" in light
        assert f"--sj-{role}:{getattr(look.DARK, role)};" in dark


def test_an_unknown_theme_is_refused_with_the_nearest_one():
    with pytest.raises(PictureError, match="no theme 'drak'") as caught:
        look.palette_for("drak")
    assert caught.value.hint == "Did you mean 'dark'?"
    with pytest.raises(PictureError) as caught:
        look.palette_for("zzz")
    assert caught.value.hint is None


def test_fonts_end_in_a_generic_family():
    assert look.FONT.endswith("sans-serif")
