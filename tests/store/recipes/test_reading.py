"""Every wrong recipe is refused with its file, its place, what was found and what is right."""

import pytest

from sojourn.errors import RecipeError
from sojourn.store.recipes.reading import recipe_from_yaml

GOOD = """
id: shop
recognise: {columns: [a, b], format: csv}
leave_out: [{when: "a = 'x'", because: tests}]
touchpoints:
  - name: =Order Completed
    person: a
    ts: b
    value: {expr: number(c)}
    when: c is not null
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)


def test_a_good_recipe_is_read():
    recipe = recipe_from_yaml(GOOD, "shop.yaml")
    (entry,) = recipe.entries
    assert (recipe.source, entry.source, [*entry.fields]) == (
        "shop",
        "rows",
        ["name", "user_id", "ts", "value"],
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: shop\n", "", "id: found nothing"),
        ("id: shop", "id: [1]", "id: found list"),
        ("id: shop", "id: a b", "letters, digits"),
        ("name: =Order Completed", "nmae: =X", "touchpoints[0].nmae: unknown key"),
        ("    ts: b\n", "", "touchpoints[0].ts: found nothing"),
        ("    person: a\n", "", "touchpoints[0].person: found nothing"),
        ("ts: b", "ts: 7", "a constant is written '=7'"),
        ("ts: b", "ts: []", "found an empty list"),
        ("ts: b", "ts: ''", "found an empty text"),
        ("ts: b", "ts: {exp: b}", "ts.exp: unknown key"),
        ("name: =Order Completed", "name: Order {}", "has an empty place"),
        ("when: c is not null", "when: [c]", "touchpoints[0].when: found list"),
        ("when: c is not null", "when: c is not", "touchpoints[0].when"),
        ("when: c is not null", "when: c = 'x", "touchpoints[0].when"),
        ("when: c is not null", "when: a; drop table b", "expressions, expected one"),
        ("when: c is not null", "when: upcase(c) = 'A'", "column 1: 'upcase'"),
        ("when: c is not null", "when: number(c, a) > 1", "number takes 1 arguments"),
        ("when: c is not null", "when: sum(c) > 1", "it belongs under `gather`"),
        ("when: c is not null", "when: a in (select b)", "in needs a list"),
        ("when: c is not null", "when: cast(a as int) > 1", "no part of an expression"),
        ("when: c is not null", "when: getenv('HOME') = 'x'", "no part of an expression"),
        ("when: c is not null", "from: other", "touchpoints[0].from: found str 'other'"),
        ("because: tests", "becuase: tests", "leave_out[0].becuase: unknown key"),
        ("format: csv", "format: xls", "recognise.format: found 'xls'"),
        ("columns: [a, b]", "columns: []", "recognise.columns: found nothing"),
        ("touchpoints:", "group: [a]\nsources: {rows: {file: x}}\ntouchpoints:", "belongs to one"),
        ("touchpoints:", "sources: {x: {file: a, of: b}}\ntouchpoints:", "no source 'b'"),
        ("touchpoints:", "sources: {x: {}}\ntouchpoints:", "needs either `file`"),
        ("touchpoints:", "touchpoint:", "touchpoint: unknown key"),
    ],
)
def test_a_wrong_one_is_refused_with_its_place(old, new, told):
    assert old in GOOD
    text = GOOD.replace("leave_out: [{when: \"a = 'x'\", because: tests}]\n", "") if (
        "sources" in new
    ) else GOOD  # fmt: skip
    with pytest.raises(RecipeError) as caught:
        recipe_from_yaml(text.replace(old, new), "shop.yaml")
    assert caught.value.message.startswith("shop.yaml: ")
    assert told in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "just words",
        "id: shop",
        "id: shop\ntouchpoints: no",
        "id: shop\ntouchpoints: [no]",
        "id: shop\nid: shop\ntouchpoints: []",
        "{",
        "\t",
        "a: !!python/object/apply:os.system [ls]",
        "? [a, b]\n: c",
        "id: shop\ntouchpoints: &x [*x]",
        "&a [*a]",
        BOMB,
        "id: " + "x" * 2_000_000,
        "id: " + "[" * 5_000,
        f"id: x\ntouchpoints: [{{name: =a, ts: b, person: c, when: '{'(' * 500}1{')' * 500}'}}]",
    ],
)
def test_hostile_yaml_is_an_error_and_nothing_else(text):
    with pytest.raises(RecipeError) as caught:
        recipe_from_yaml(text, "bad.yaml")
    assert "bad.yaml" in caught.value.message
    assert len(caught.value.message) < 1_000
