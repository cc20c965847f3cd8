"""What one block of a recipe makes of some rows of a file: rows as the importer takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from sqlglot import exp

from sojourn.core.bucket import Ints
from sojourn.errors import RecipeError
from sojourn.store.importers.jsonlines import REST
from sojourn.store.importers.options import Mapped
from sojourn.store.importers.rowsql import quoted
from sojourn.store.importers.source import Block
from sojourn.store.recipes.columns import (
    ITEM,
    LINE,
    Columns,
    Spot,
    item_sql,
    root_sql,
    spot_sql,
    told,
)
from sojourn.store.recipes.expression import Expression, Name
from sojourn.store.recipes.format import SPREAD, Entry, Value

MACROS = (
    r"create or replace macro number(x) as case when regexp_full_match(trim(x), "
    r"'[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?') then "
    r"case when isfinite(try_cast(trim(x) as double)) then try_cast(trim(x) as double) end end",
    "create or replace macro picked(found) as coalesce("
    "found->>'$.value.string_value', found->>'$.value.int_value', found->>'$.value.double_value', "
    "found->>'$.value.float_value', case when json_type(found, '$.value') not in "
    "('OBJECT', 'ARRAY') then found->>'$.value' end, found->>'$.stringValue')",
    "create or replace macro listed(x) as case when json_type(x, '$.list') = 'ARRAY' "
    "then json_extract(x, '$.list[*].element') else json_extract(x, '$[*]') end",
    "create or replace macro pick(list, wanted) as nullif(picked(list_filter("
    "listed(list), lambda one: (one->>'$.key') = wanted)[1]), '')",
    "create or replace macro size(list) as len(listed(list))",
    "create or replace macro add_seconds(x, n) as "
    "strftime(try_cast(x as timestamp) + to_microseconds((n * 1e6)::bigint), "
    "'%Y-%m-%dT%H:%M:%S.%f')",
    "create or replace macro as_json(x) as x",
    "create or replace macro pairs(list) as list_reduce(list_transform(listed(list), "
    "lambda one: json_object(coalesce(one->>'$.key', ''), picked(one))), "
    "lambda a, b: json_merge_patch(a, b), '{}'::json)",
)
"""Our own functions, as DuckDB has them; a list may be wrapped as in BigQuery's Parquet files."""

AS_JSON = ("as_json", "pairs")
"""Those that make lists and objects."""

MOST_CHECKED = 256
_checked: set[tuple[str, ...]] = set()
"""What DuckDB has been seen to do: a query, and the columns that it is asked of."""

OWN = "(the properties that are lists or objects)"
WHY = "the recipe"


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Teach a connection, and all its cursors, our functions."""
    for macro in MACROS:
        con.execute(macro)


@dataclass(frozen=True)
class Made:
    """Rows that a block made: `at` says of which row of the file's block each was made."""

    table: pa.Table
    at: Ints


@dataclass
class Shaper:
    """One block of a recipe made ready for one file."""

    entry: Entry
    columns: Columns
    mapping: dict[str, Mapped] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    """The file's columns that come through as they are, by their name in the result."""
    made: dict[str, Expression] = field(default_factory=dict)
    jsons: dict[str, Expression] = field(default_factory=dict)
    """Properties that are JSON, gathered in one object."""

    def __post_init__(self) -> None:
        for name, value in self.entry.fields.items():
            self.mapping[name] = Mapped(name, *self._filled(name, value), WHY)
        for name, value in self.entry.properties.items():
            self._property(name, value)
        if self.entry.when is not None:
            for read in self.entry.when.names:
                self._find(read, self.entry.when.where)
        if self.entry.rest:
            self._rest()
        if self.jsons and "properties" not in self.mapping:
            self.mapping["properties"] = Mapped("properties", OWN, None, WHY)

    @property
    def names(self) -> list[Name]:
        """The columns that its expressions read."""
        whens = [self.entry.when] if self.entry.when else []
        every = [*whens, *self.made.values(), *self.jsons.values()]
        return list(dict.fromkeys(name for one in every for name in one.names))

    @property
    def wanted(self) -> list[str]:
        """The columns of the file that it needs as columns."""
        spots = [self._find(name, self.entry.where) for name in self.names]
        read = [spot.column for spot in spots if spot.column is not None]
        return [*(name for name in self.taken.values() if name != REST), *read]

    def check(self, con: duckdb.DuckDBPyConnection) -> None:
        """Raise RecipeError for an expression that DuckDB cannot do with such columns."""
        key = self._sql(self.entry.when), *self.columns.names
        if key in _checked:
            return
        others = [REST] if self.columns.json else []
        kinds = dict.fromkeys([*self.columns.names, *others], pa.string())
        table = pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
        self.apply(Block(table, np.zeros(0, np.int64), 0, [], pa.array([], pa.string())), con)
        if len(_checked) >= MOST_CHECKED:
            _checked.clear()
        _checked.add(key)

    def _find(self, name: Name, where: str) -> Spot:
        return self.columns.find(name, where, each=bool(self.entry.each))

    def _filled(self, name: str, value: Value) -> tuple[str | None, str | None]:
        """The column of the result that fills a field, or its constant."""
        if value.constant is not None:
            return None, value.constant
        if value.column is not None:
            return self._plain(value, name), None
        return self._make(name, value.made), None

    def _plain(self, value: Value, name: str) -> str:
        column = str(value.column) + ("?" if value.optional else "")
        wanted = Name((column,))
        spot = self._find(wanted, value.where)
        if not spot.flat:
            return self._make(name, Expression(column, value.where, _tree(wanted)))
        self.taken[str(spot.column)] = str(spot.column)
        return str(spot.column)

    def _make(self, name: str, made: Expression | None) -> str:
        assert made is not None  # noqa: S101 - a value is a column, a constant or made
        for each in made.names:
            self._find(each, made.where)
        free = name
        while free in self.made or free in self.taken or free in self.columns.names:
            free = f"{free} "
        self.made[free] = made
        return free

    def _property(self, name: str, value: Value) -> None:
        if value.constant is not None:
            made = Expression(value.constant, value.where, exp.Literal.string(value.constant))
            self.made[name] = made
            return
        if value.made is not None:
            calls = value.made.tree.find_all(exp.Anonymous)
            held = any(call.name.lower() in AS_JSON for call in calls)
            for each in value.made.names:
                self._find(each, value.where)
            (self.jsons if held else self.made)[name] = value.made
            return
        wanted = Name((str(value.column) + ("?" if value.optional else ""),))
        spot = self._find(wanted, value.where)
        if spot.flat and name != SPREAD and name in (*self.made, *self.taken):
            told = exp.Anonymous(this="to_json", expressions=[_tree(wanted)])
            self.jsons[name] = Expression(name, value.where, told)
        elif spot.flat and name != SPREAD:
            self.taken[name] = str(spot.column)
        elif spot.root is not None or name == SPREAD:
            self.jsons[name] = Expression(name, value.where, _tree(Name(wanted.parts, whole=True)))
        else:
            self.made[name] = Expression(name, value.where, _tree(wanted))

    def _rest(self) -> None:
        if self.columns.json:
            self.taken[REST] = REST
            self.mapping["properties"] = Mapped("properties", REST, None, WHY)
            return
        read = {self._find(name, self.entry.where).column for name in self.names}
        read |= {self._find(name, self.entry.where).root for name in self.names}
        used = {*self.taken.values(), *read, *self.entry.each}
        self.taken |= {name: name for name in self.columns.names if name not in used}

    def apply(self, block: Block, con: duckdb.DuckDBPyConnection, *, every: bool = False) -> Made:
        """The rows that the block makes; with `every`, whatever its condition says."""
        when = None if every else self.entry.when
        if not self.made and not self.jsons and when is None and not self.entry.each:
            at = np.arange(block.table.num_rows)
            return Made(self._table(block.table, at, {}), at)
        found = self._query(block, con, when)
        at = np.asarray(found.column("_at"))
        return Made(self._table(block.table, at, found), at)

    def _table(self, table: pa.Table, at: Ints, found: Any) -> pa.Table:
        whole = len(at) == table.num_rows and not self.entry.each and self.entry.when is None
        taken = table if whole else table.take(pa.array(at))
        columns = {name: taken.column(column) for name, column in self.taken.items()}
        columns |= {name: found.column(f"v{i}") for i, name in enumerate(self.made)}
        if self.jsons:
            columns[OWN] = found.column("own").cast(pa.string())
        return pa.table(columns) if columns else pa.table({"_at": pa.array(at)})

    def _query(
        self, block: Block, con: duckdb.DuckDBPyConnection, when: Expression | None
    ) -> pa.Table:
        con.register("rows_", self._fed(block))
        try:
            return con.sql(self._sql(when)).to_arrow_table()
        except duckdb.Error as error:
            raise self._blamed(con, error) from None
        finally:
            con.unregister("rows_")

    def _fed(self, block: Block) -> pa.Table:
        """The columns that the query reads, each under the name that `spot_sql` has for it."""
        rows = block.table.num_rows
        columns: dict[str, Any] = {"_at": pa.array(np.arange(rows))}
        spots = [self._find(name, self.entry.where) for name in self.names]
        if self.entry.each:
            spots.append(self._each())
        for spot in spots:
            if spot.root == LINE and block.lines is not None:
                columns[LINE] = block.lines
            elif spot.column is not None:
                column = block.table.column(spot.column).combine_chunks()
                columns[f"f {spot.column}"] = told(column)
            elif spot.root not in (None, ITEM, LINE):
                columns[str(spot.root)] = block.table.column(spot.root).combine_chunks()
        return pa.table(columns)

    def _each(self) -> Spot:
        return self.columns.find(Name((".".join(self.entry.each),)), f"{self.entry.where}.each")

    def _sql(self, when: Expression | None, only: Expression | None = None) -> str:
        """The query: what is read, what is made of it, where the condition holds."""
        places = {name: f"r{i}" for i, name in enumerate(self.names)}
        read = ["_at", *(f"{self._read(name)} as {quoted(p)}" for name, p in places.items())]
        item = f", {item_sql(self._each())} as {ITEM}" if self.entry.each else ""
        base = f"select *{item} from ({self._base()})"  # noqa: S608 - made of quoted names
        made = [only] if only else [*self.made.values()]
        out = ["_at", *(f"({one.sql(places.__getitem__)}) as v{i}" for i, one in enumerate(made))]
        if self.jsons and not only:
            out.append(f"{self._own(places)} as own")
        where = f" where ({when.sql(places.__getitem__)})" if when else ""
        return f"select {', '.join(out)} from (select {', '.join(read)} from ({base})){where}"  # noqa: S608

    def _base(self) -> str:
        """The rows with their nested columns as JSON."""
        spots = [self._find(name, self.entry.where) for name in self.names]
        spots += [self._each()] if self.entry.each else []
        roots = {str(s.root) for s in spots if s.root not in (None, ITEM, LINE)}
        nested = [root_sql(root) for root in sorted(roots & self.columns.nested)]
        changed = ", ".join(f"to_json({root}) as {root}" for root in nested)
        return f"select * {f'replace ({changed})' if changed else ''} from rows_"  # noqa: S608

    def _read(self, name: Name) -> str:
        spot = self._find(name, self.entry.where)
        return spot_sql(spot, whole=name.whole, column=quoted(f"f {spot.column}"))

    def _own(self, places: Mapping[Name, str]) -> str:
        made = {name: f"({one.sql(places.__getitem__)})" for name, one in self.jsons.items()}
        spread = made.pop(SPREAD, "null::json")
        members = ", ".join(f"{_text(name)}, {sql}" for name, sql in made.items())
        given = f"case when json_type({spread}) = 'OBJECT' then {spread} else '{{}}' end"
        own = f"json_merge_patch('{{}}', json_merge_patch({given}, json_object({members})))"
        return f"nullif({own}::varchar, '{{}}')"

    def _blamed(self, con: duckdb.DuckDBPyConnection, error: duckdb.Error) -> RecipeError:
        """The part of the block that DuckDB cannot do, and why."""
        parts = [*([self.entry.when] if self.entry.when else []), *self.made.values()]
        for part in [*parts, *self.jsons.values()]:
            try:
                con.sql(self._sql(None, part)).to_arrow_table()
            except duckdb.Error as found:
                return _told(part.where, found)
        return _told(self.entry.where, error)


def _told(where: str, error: duckdb.Error) -> RecipeError:
    lines = [line for line in str(error).splitlines() if line and not line.startswith("LINE")]
    message = lines[0].split("Error: ", 1)[-1] if lines else "cannot be done"
    return RecipeError(
        f"{where}: {message}",
        hint="Every column is a text: number(x) makes a number of it.",
    )


def _tree(name: Name) -> exp.Expr:
    tree: exp.Expr = exp.Column(this=exp.to_identifier(name.parts[0], quoted=True))
    for part in name.parts[1:]:
        tree = exp.Dot(this=tree, expression=exp.to_identifier(part, quoted=True))
    return exp.Anonymous(this="as_json", expressions=[tree]) if name.whole else tree


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
