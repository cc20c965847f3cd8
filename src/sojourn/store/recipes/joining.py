"""Sources that are grouped, or look something up in others: made once, row by row in order.

Everything is done by DuckDB on Parquet files, which spills to disk what does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from sojourn.errors import RecipeError
from sojourn.store.importers.rowsql import literal, quoted
from sojourn.store.recipes.columns import Columns, spot_sql
from sojourn.store.recipes.expression import Expression, Name
from sojourn.store.recipes.format import Gathered, Join, Recipe, SourceSpec
from sojourn.store.recipes.spooling import ROW, Spool

ROWS = "_rows"
"""Which rows of the files each made row is made of."""

DIGITS = 8
"""To so many digits after the point a computed number is kept."""


@dataclass(frozen=True)
class Relation:
    """Rows in DuckDB: a view, its columns there by the names that recipes use."""

    view: str
    spec: SourceSpec
    columns: Mapping[str, str]
    jsons: frozenset[str]
    file: str
    spool: Spool
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def known(self) -> Columns:
        """Its columns, for the names in a recipe."""
        return Columns(self.file, tuple(self.columns), frozenset(), self.jsons)


class Joiner:
    """Makes the relations of a recipe, each once."""

    def __init__(
        self, recipe: Recipe, spools: Mapping[str, Spool], con: duckdb.DuckDBPyConnection
    ) -> None:
        self.recipe = recipe
        self.spools = spools
        self.con = con
        self.made: dict[str, Relation] = {}
        self._views = 0

    def relation(self, name: str) -> Relation:
        """The rows of a source: left out, grouped, joined, in this order."""
        if name not in self.made:
            spec = self.recipe.sources[name]
            found = self._base(spec)
            found = self._sifted(found, spec) if spec.leave_out else found
            found = self._grouped(found, spec) if spec.group else found
            for join in spec.joins:
                found = self._joined(found, spec, join)
            self.made[name] = found
        return self.made[name]

    def written(self, name: str, path: Path) -> Relation:
        """The rows of a source in a Parquet file, in the order of their first rows."""
        found = self.relation(name)
        columns = ", ".join(f"{internal} as {quoted(c)}" for c, internal in found.columns.items())
        query = f"select {ROW}, {ROWS}{', ' if columns else ''}{columns} from {found.view}"  # noqa: S608
        self._run(found.spec.where, f"copy ({query} order by {ROW}) to {literal(str(path))} "
                  "(format parquet, compression zstd, row_group_size 20000)")  # fmt: skip
        return found

    def _base(self, spec: SourceSpec) -> Relation:
        if spec.of is not None:
            return self.relation(spec.of)
        found = self.spools[spec.id]
        query = f"select *, [{ROW}] as {ROWS} from read_parquet({literal(str(found.path))})"  # noqa: S608
        return Relation(
            self._view(spec, query), spec, found.columns, frozenset(found.jsons), found.name, found
        )

    def _view(self, spec: SourceSpec, query: str, kind: str = "view") -> str:
        name = f"v{self._views}_"
        self._views += 1
        self._run(spec.where, f"create temp {kind} {name} as {query}")
        return name

    def _run(self, where: str, query: str) -> Any:
        try:
            return self.con.execute(query)
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            lines = [line for line in str(error).splitlines() if line]
            raise RecipeError(
                f"{where}: {lines[0].split('Error: ', 1)[-1]}",
                hint="Every column is a text: number(x) makes a number of it.",
            ) from None

    def _read(self, found: Relation, made: Sequence[Expression]) -> tuple[str, dict[Name, str]]:
        """The relation with what some expressions read as columns of their own."""
        names = list(dict.fromkeys(name for one in made for name in one.names))
        places = {name: f"r{i}_" for i, name in enumerate(names)}
        parts = ["*"]
        for one in made:
            for name in one.names:
                spot = found.known.find(name, one.where)
                internal = found.columns.get(str(spot.column or spot.root), "null")
                sql = spot_sql(spot, whole=name.whole, column=internal, root=internal)
                parts.append(f"{sql} as {places[name]}")
        return f"(select {', '.join(dict.fromkeys(parts))} from {found.view})", places  # noqa: S608

    def _sifted(self, found: Relation, spec: SourceSpec) -> Relation:
        """Without the rows that are left out, which are counted by their reason."""
        source, places = self._read(found, [one.when for one in spec.leave_out])
        whens = " ".join(
            f"when ({one.when.sql(places.__getitem__)}) then {i}"
            for i, one in enumerate(spec.leave_out)
        )
        less = f" exclude ({', '.join(places.values())})" if places else ""
        query = f"select *{less}, case {whens} end as out_"
        whole = self._view(spec, f"{query} from {source}", "table")
        counts = self.con.execute(
            f"select out_, sum(len({ROWS})) from {whole} where out_ is not null group by 1"  # noqa: S608
        ).fetchall()
        left = {spec.leave_out[number].because: int(count) for number, count in counts}
        kept = f"select * exclude (out_) from {whole} where out_ is null"  # noqa: S608
        return self._changed(found, self._view(spec, kept), spec, left=left)

    def _changed(self, found: Relation, view: str, spec: SourceSpec, **new: Any) -> Relation:
        left = dict(found.left)
        for reason, count in new.get("left", {}).items():
            left[reason] = left.get(reason, 0) + count
        return Relation(
            view,
            spec,
            new.get("columns", found.columns),
            new.get("jsons", found.jsons),
            found.file,
            found.spool,
            left,
        )

    def _grouped(self, found: Relation, spec: SourceSpec) -> Relation:
        """One row a group: the first value of each column, and what is gathered."""
        keys = [found.columns[_key(found, name, f"{spec.where}.group")] for name in spec.group]
        gathered = {name: _parts(one) for name, one in spec.gather.items()}
        source, places = self._read(found, [e for parts in gathered.values() for e in parts[1]])
        out, columns = [], {}
        for name, internal in found.columns.items():
            columns[name] = internal
            out.append(f"arg_min({internal}, {ROW}) as {internal}")
        for i, (name, (how, parts)) in enumerate(gathered.items()):
            columns[name] = f"g{i}_{self._views}"
            out.append(f"{how(parts, places)} as {columns[name]}")
        alone = " or ".join(f"{key} is null" for key in keys)
        grouped = ", ".join([*keys, f"case when {alone} then {ROW} end"])
        query = (
            f"select min({ROW}) as {ROW}, flatten(list({ROWS} order by {ROW})) as {ROWS}, "  # noqa: S608
            f"{', '.join(out)} from {source} group by {grouped}"
        )
        view = self._view(spec, query, "table")
        jsons = {n for n, one in spec.gather.items() if isinstance(one, dict) or _is_list(one)}
        texts = self._as_texts(view, spec, {columns[name] for name in spec.gather})
        jsons |= found.jsons
        return self._changed(found, texts, spec, columns=columns, jsons=frozenset(jsons))

    def _as_texts(self, view: str, spec: SourceSpec, computed: set[str]) -> str:
        """What was computed as texts, as every column is; numbers without their last noise."""
        types = {row[0]: row[1] for row in self.con.execute(f"describe {view}").fetchall()}
        changed = [
            f"round({c}, {DIGITS})::varchar as {c}"
            if types[c] == "DOUBLE"
            else f"{c}::varchar as {c}"
            for c in sorted(computed)
        ]
        replaced = f" replace ({', '.join(changed)})" if changed else ""
        return self._view(spec, f"select *{replaced} from {view}")  # noqa: S608

    def _joined(self, mine: Relation, spec: SourceSpec, join: Join) -> Relation:
        """Each row with the columns of the one row that has its key in another source."""
        its = self.relation(join.source)
        where = f"{spec.where}.joins.{join.source}"
        left = [mine.columns[_key(mine, name, where)] for name in join.mine]
        right = [its.columns[_key(its, name, where)] for name in join.its]
        self._check_unique(its, join, right, where)
        columns, parts = dict(mine.columns), []
        for name, internal in its.columns.items():
            columns[f"{join.source}.{name}"] = f"j{self._views}_{internal}"
            parts.append(f"its.{internal} as j{self._views}_{internal}")
        on = " and ".join(f"mine.{a} = its.{b}" for a, b in zip(left, right, strict=True))
        query = f"select mine.*, {', '.join(parts)} from {mine.view} mine left join {its.view} its on {on}"  # noqa: S608, E501
        jsons = mine.jsons | {f"{join.source}.{name}" for name in its.jsons}
        return self._changed(mine, self._view(spec, query), spec, columns=columns, jsons=jsons)

    def _check_unique(self, its: Relation, join: Join, keys: Sequence[str], where: str) -> None:
        listed = ", ".join(keys)
        filled = " and ".join(f"{key} is not null" for key in keys)
        twice = self.con.execute(
            f"select {listed}, count(*) from {its.view} where {filled} "  # noqa: S608
            f"group by {listed} having count(*) > 1 order by all limit 1"
        ).fetchone()
        if twice is not None:
            *key, count = twice
            raise RecipeError(
                f"{where}: {its.file} has {count} rows with {', '.join(join.its)} "
                f"{', '.join(map(repr, key))}; a look-up needs one.",
                hint=f"Group it: `group: [{', '.join(join.its)}]` in sources.{join.source}.",
            )


def _key(found: Relation, name: str, where: str) -> str:
    spot = found.known.find(Name((name,)), where)
    if spot.column is None:
        raise RecipeError(f"{where}: {name!r} holds lists or objects; it is no key")
    return spot.column


def _is_list(one: Gathered) -> bool:
    if isinstance(one, Mapping):
        return True
    return isinstance(one.tree, exp.Anonymous) and one.tree.name.lower() == "gather"


def _parts(one: Gathered) -> tuple[Any, list[Expression]]:
    """How something gathered is computed, and the expressions that it is made of."""
    if isinstance(one, Mapping):
        names, parts = [*one], [*one.values()]

        def objects(made: Sequence[Expression], places: Mapping[Name, str]) -> str:
            members = ", ".join(
                f"{literal(name)}, {each.sql(places.__getitem__)}"
                for name, each in zip(names, made, strict=True)
            )
            item = f"json_merge_patch('{{}}', json_object({members}))"
            return f"to_json(list({item} order by {ROW}))"

        return objects, parts
    return _aggregated, [one]


def _aggregated(made: Sequence[Expression], places: Mapping[Name, str]) -> str:
    tree = sqlglot.parse_one(made[0].sql(places.__getitem__), dialect="duckdb")
    return tree.transform(_ours).sql(dialect="duckdb")


def _ours(node: exp.Expr) -> exp.Expr:
    """First, last and gather go by the order of the rows."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "gather":
        inner = node.expressions[0].sql(dialect="duckdb")
        query = f"to_json(list({inner} order by {ROW}) filter (where {inner} is not null))"
        return sqlglot.parse_one(query, dialect="duckdb")
    if isinstance(node, (exp.First, exp.Last)):
        word = "arg_min" if isinstance(node, exp.First) else "arg_max"
        inner = node.this.sql(dialect="duckdb")
        return sqlglot.parse_one(f"{word}({inner}, {ROW})", dialect="duckdb")
    return node
