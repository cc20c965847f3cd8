"""Expressions over a file's columns: SQL of a short list of shapes and functions, checked.

Every column is a text, empty ones are null. An expression reads nothing but its row, so
whatever a recipe says, it can neither see other files nor change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sojourn.errors import RecipeError
from sojourn.store.importers.rowsql import literal

LONGEST = 10_000
DEEPEST = 60
SHAPES = (
    *(exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    *(exp.Between, exp.In, exp.Like, exp.ILike, exp.Is, exp.Null, exp.Boolean, exp.Literal),
    *(exp.Column, exp.Dot, exp.Identifier, exp.Case, exp.If, exp.Add, exp.Sub, exp.Mul, exp.Div),
    *(exp.Mod, exp.Neg, exp.DPipe),
)
"""What an expression may be made of, beside functions."""

FUNCTIONS: Mapping[type[exp.Expr], str] = {
    exp.Coalesce: "coalesce",
    exp.Nullif: "nullif",
    exp.Lower: "lower",
    exp.Upper: "upper",
    exp.Trim: "trim",
    exp.Length: "length",
    exp.Contains: "contains",
    exp.StartsWith: "starts_with",
    exp.EndsWith: "ends_with",
    exp.Replace: "replace",
    exp.Substring: "substr",
    exp.Left: "left",
    exp.Right: "right",
    exp.SplitPart: "split_part",
    exp.Concat: "concat",
    exp.ConcatWs: "concat_ws",
    exp.Abs: "abs",
    exp.Round: "round",
    exp.Floor: "floor",
    exp.Ceil: "ceil",
    exp.Least: "least",
    exp.Greatest: "greatest",
    exp.RegexpExtract: "regexp_extract",
    exp.RegexpReplace: "regexp_replace",
    exp.RegexpLike: "regexp_matches",
}
OWN = {"number": 1, "pick": 2, "size": 1, "as_json": 1, "pairs": 1, "add_seconds": 2}
"""Our own functions, and how many things each takes."""
OF_LISTS = ("pick", "size", "as_json", "pairs")
"""Functions whose first argument is a column that holds a list or an object."""

AGGREGATES: Mapping[type[exp.Expr], str] = {
    exp.Sum: "sum",
    exp.Count: "count",
    exp.Min: "min",
    exp.Max: "max",
    exp.Avg: "avg",
    exp.First: "first",
    exp.Last: "last",
}
GATHERING = {"gather": 1}
"""Aggregates that are ours: `gather(x)` is the JSON list of a group's values."""


class Name(NamedTuple):
    """A column that an expression reads, its parts between dots; `whole` as JSON, not as text."""

    parts: tuple[str, ...]
    whole: bool = False

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, where it stands in the recipe, and SQLGlot's tree."""

    text: str
    where: str
    tree: exp.Expr

    @property
    def names(self) -> list[Name]:
        """The columns that it reads, each once, in order."""
        return list(dict.fromkeys(name for _, name in _names(self.tree)))

    def sql(self, look: Callable[[Name], str]) -> str:
        """The expression as DuckDB has it; `look` gives the SQL of each column."""
        tree = self.tree.copy()
        for node, name in [*_names(tree)]:
            new = exp.column(look(name), quoted=True)
            if node is tree:
                tree = new
            else:
                node.replace(new)
        return tree.sql(dialect="duckdb")


def expression(text: str, where: str, *, aggregates: bool = False) -> Expression:
    """Read an expression; raises RecipeError that begins with `where` for what is none.

    >>> str(expression("number(price) > 1", "when").names[0])
    'price'
    """
    if len(text) > LONGEST:
        raise RecipeError(f"{where}: longer than {LONGEST:,} characters")
    if not text.strip():
        raise RecipeError(f"{where}: found nothing, expected an expression such as status = 'paid'")
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        first = (getattr(error, "errors", None) or [{}])[0]
        at = f"line {first['line']}, column {first['col']}: " if first.get("line") else ""
        found = first.get("highlight") or str(error).splitlines()[0]
        raise RecipeError(
            f"{where}: {at}this is no expression near {str(found)[:60]!r}",
            hint="Text goes in single quotes, a column with spaces in double quotes: "
            "\"Financial Status\" = 'paid'.",
        ) from None
    except RecursionError:
        raise RecipeError(f"{where}: nested too deeply") from None
    if len(trees) != 1 or trees[0] is None:
        raise RecipeError(f"{where}: found {len(trees)} expressions, expected one")
    found = Expression(text, where, trees[0])
    _check(found, trees[0], 0, aggregates)
    return found


def constant(text: str, where: str) -> Expression:
    """The expression of a text that never changes."""
    return Expression(literal(text), where, exp.Literal.string(text))


def column(name: Name, where: str) -> Expression:
    """The expression of a column alone."""
    first, *rest = (exp.to_identifier(part, quoted=True) for part in name.parts)
    tree: exp.Expr = exp.Column(this=first)
    for part in rest:
        tree = exp.Dot(this=tree, expression=part)
    if name.whole:
        tree = exp.Anonymous(this="as_json", expressions=[tree])
    return Expression(str(name), where, tree)


def joined(parts: list[Expression], where: str) -> Expression:
    """One text after another; unknown as soon as one of them is."""
    tree = parts[0].tree
    for part in parts[1:]:
        tree = exp.DPipe(this=tree, expression=part.tree)
    return Expression("".join(part.text for part in parts), where, tree)


def first_of(parts: list[Expression], where: str) -> Expression:
    """The first that is known."""
    this, *others = (part.tree for part in parts)
    return Expression(where, where, exp.Coalesce(this=this, expressions=others))


def looked_up(value: Expression, words: Mapping[str, str], rest: Expression | None) -> Expression:
    """The word that stands for a value, whatever its case; `rest` for all others."""
    folded = exp.Lower(this=value.tree)
    ifs = [
        exp.If(this=exp.EQ(this=folded.copy(), expression=_text(key.lower())), true=_text(word))
        for key, word in words.items()
    ]
    default = rest.tree if rest is not None else exp.Null()
    return Expression(value.text, value.where, exp.Case(ifs=ifs, default=default))


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def _names(tree: exp.Expr, *, whole: bool = False) -> Iterator[tuple[exp.Expr, Name]]:
    """The columns in a tree, each with the node that stands for it, outermost first."""
    if isinstance(tree, (exp.Column, exp.Dot)):
        yield tree, Name(tuple(part.name for part in _parts(tree)), whole)
        return
    listed = isinstance(tree, exp.Anonymous) and tree.name.lower() in OF_LISTS
    for place, child in enumerate(tree.iter_expressions()):
        yield from _names(child, whole=listed and place == 0)


def _parts(tree: exp.Expr) -> list[exp.Identifier]:
    last: list[exp.Expr] = []
    node = tree
    while isinstance(node, exp.Dot):
        last.insert(0, node.expression)
        node = node.this
    first = [node.args.get(key) for key in ("catalog", "db", "table", "this")]
    found = [*(part for part in first if part is not None), *last]
    return [part for part in found if isinstance(part, exp.Identifier)]


def _check(found: Expression, tree: exp.Expr, depth: int, aggregates: bool) -> None:
    if depth > DEEPEST:
        raise RecipeError(f"{found.where}: nested too deeply")
    if isinstance(tree, (exp.Column, exp.Dot)):
        if len(_parts(tree)) < 1:
            _refuse(found, tree, "this is no column")
        return
    kind = type(tree)
    if isinstance(tree, exp.Anonymous):
        _check_own(found, tree, aggregates)
    elif kind in AGGREGATES or kind in (exp.Distinct, exp.Star):
        if not aggregates:
            _refuse(found, tree, f"{tree.key} adds rows up; it belongs under `gather`")
    elif kind not in FUNCTIONS and kind not in SHAPES:
        word = tree.sql_name().lower() if isinstance(tree, exp.Func) else tree.key
        _unknown(found, tree, word)
    if isinstance(tree, exp.In) and not tree.expressions:
        _refuse(found, tree, "in needs a list, as in status in ('paid', 'sent')")
    for child in tree.iter_expressions():
        _check(found, child, depth + 1, aggregates)


def _check_own(found: Expression, tree: exp.Anonymous, aggregates: bool) -> None:
    word = tree.name.lower()
    takes = OWN.get(word) or (GATHERING.get(word) if aggregates else None)
    if takes is None:
        _unknown(found, tree, word)
    if len(tree.expressions) != takes:
        _refuse(found, tree, f"{word} takes {takes} arguments, found {len(tree.expressions)}")
    column = isinstance(tree.expressions[0], (exp.Column, exp.Dot))
    if word in OF_LISTS and not column:
        _refuse(found, tree, f"{word} takes a column that holds a list or an object")


def _unknown(found: Expression, tree: exp.Expr, word: str) -> NoReturn:
    known = [*FUNCTIONS.values(), *OWN, *AGGREGATES.values(), *GATHERING]
    near = get_close_matches(word, known, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    _refuse(found, tree, f"{word!r} is no part of an expression{meant}")


def _refuse(found: Expression, tree: exp.Expr, message: str) -> NoReturn:
    places = [node.meta["start"] for node in tree.walk() if "start" in node.meta]
    at = min(places, default=0)
    line = found.text.count("\n", 0, at) + 1
    column = at - found.text.rfind("\n", 0, at)
    known = ", ".join([*FUNCTIONS.values(), *OWN])
    raise RecipeError(
        f"{found.where}: line {line}, column {column}: {message}", hint=f"Functions: {known}."
    )
