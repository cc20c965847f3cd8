"""From the files of a recipe to the log: all of it or nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sojourn.errors import RecipeError
from sojourn.store.importers.dedupe import settle
from sojourn.store.importers.headers import SecondHeader
from sojourn.store.importers.leavings import recover
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.pipeline import Engine, engine, in_order
from sojourn.store.importers.reporting import record_of, report_of, withheld_of
from sojourn.store.importers.run import Import, name_of, plainly
from sojourn.store.importers.source import Block, Source
from sojourn.store.importers.stage import Stage
from sojourn.store.importers.staging import clear
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.importers.times import Undecided
from sojourn.store.importers.told import settle_told
from sojourn.store.importers.withheld import withhold
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log
from sojourn.store.progress import Progress
from sojourn.store.recipes.format import Recipe
from sojourn.store.recipes.ledger import Ledger, write_sides
from sojourn.store.recipes.opening import Files, Opened, Opener
from sojourn.store.recipes.planned import Result
from sojourn.store.recipes.prepared import Prepared
from sojourn.store.recipes.reporting import RecipeReport
from sojourn.store.recipes.shaping import prepare
from sojourn.store.recipes.spoken import spoken
from sojourn.store.recipes.streams import Bundle, Stream


def import_recipe(
    log: Log,
    recipe: Recipe,
    files: Files,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
) -> RecipeReport:
    """Bring what a recipe makes of its files into the log and beside it: all of it or nothing.

    `files` are the paths (or a frame) of each source. Raises RecipeError where the recipe does
    not fit the files, otherwise as `import_file` does.
    """
    started = time.monotonic()
    options = replace(options or ImportOptions(), source=_source_of(recipe, options))
    recipe = spoken(recipe, options)
    now = now or datetime.now(UTC)
    moment = now if now.tzinfo else now.replace(tzinfo=UTC)
    every = [path for paths in files.values() for path in paths]
    with plainly(name_of(every[0]) if len(every) == 1 else recipe.name):
        work = RecipeImport(log, recipe, files, options, moment, progress)
        with nullcontext() if options.dry_run else WriterLock(log.root):
            report = work.run_recipe()
    return replace(report, seconds=time.monotonic() - started)


def _source_of(recipe: Recipe, options: ImportOptions | None) -> str:
    given = options.source if options else "file"
    return recipe.source or recipe.id if given == "file" else given


class RecipeImport(Import):
    """One import by a recipe, from the first look at its files to the commit."""

    def __init__(
        self,
        log: Log,
        recipe: Recipe,
        files: Files,
        options: ImportOptions,
        now: datetime,
        progress: Progress | None,
    ) -> None:
        super().__init__(log, _as_source(Bundle(recipe.name, [])), options, now, progress)
        self.recipe = recipe
        self.files = files

    def run_recipe(self) -> RecipeReport:
        """Do it; the report."""
        if not self.options.dry_run:
            recover(self.log)
        folder = self._folder()
        try:
            with engine(folder / "spill") as tools:
                prepare(tools.cursor())
                with of_recipe(self.recipe):
                    opened = self._opened(tools, folder)
                stage, ledger, staged = self._made(opened, tools, folder)
                keep, staged, elders = settle(stage, staged, self.log, tools.cursor())
                keep, staged, held, _ = withhold(self.log.root, stage, keep, staged)
                new = settle_told(self.log.root, folder, self.now, tools.cursor())
                stage.records = stage.rows + stage.leavings.count + stage.told.rows
                plan = ledger.plan(self.options.source)
                told = report_of(stage, plan, keep, staged, self.source, tools.cursor(), new)
                told = withheld_of(told, held)
            report = ledger.report(told, opened.parts, self.id, stage.told.rows - new)
            report = replace(report, dry_run=self.options.dry_run)
            if not self.options.dry_run:
                record = record_of(report, stage, plan, self.options, self.source, self.now)
                options = self._options_again()
                sides = write_sides(self.log.root, ledger, self.options.source, self.id)
                report = replace(report, sides=(*ledger.people, *sides))
                record = replace(
                    record, duplicate_of=elders, options=options, fingerprint="",
                    rows_read=told.rows_read, duplicates=told.duplicates,
                )  # fmt: skip
                self._commit(record, staged, folder)
        finally:
            if self.finished:
                clear(self.log, folder)
        return report

    def _opened(self, tools: Engine, folder: Path) -> Opened:
        """The files opened, and their first rows looked at."""
        found = Opener(
            self.recipe, self.files, self.options, self.now, tools, folder, self.progress
        ).opened()
        streams = found.streams
        for stream in streams:
            stream.open(tools.cursor())
        self.streams = streams
        first = streams[0].source.name
        name = first if len(streams) == 1 else f"{self.recipe.id} ({len(streams)} files)"
        self.source = _as_source(Bundle(name, [stream.source for stream in streams]))
        return found

    def _made(
        self, opened: Opened, tools: Engine, folder: Path
    ) -> tuple[Stage, Ledger, list[Path]]:
        """Read the files into the staging folder, again where a beginning told too little."""
        streams = opened.streams
        first_seq = self.log.last_seq() + 1
        for _ in range(6 * len(streams)):
            stage = Stage(folder, self.id, self.options.source, first_seq)
            stage.leavings.add(opened.broken, 0)
            ledger = Ledger(self.recipe, several=opened.files > 1)
            at = streams[0]
            try:
                for at in streams:
                    self._read_stream(at, stage, ledger, tools)
                return stage, ledger, stage.finish()
            except Undecided:
                at.look_at_all(tools, self.progress)
            except SecondHeader:
                at.source.look_for_headers()
                at.open(tools.cursor())
            except NotUtf8:
                at.source.settle_encoding()
            finally:
                stage.close()
        raise AssertionError("files that were looked at as a whole are still undecided")

    def _read_stream(self, stream: Stream, stage: Stage, ledger: Ledger, tools: Engine) -> None:
        planned = stream.planned()
        ledger.begin(stream, planned)
        rows = 0

        def work(block: Block) -> Result:
            return planned.convert(block, tools.cursor())

        for result in in_order(stream.source, work, self._progress(stream)):
            stage.records = 0 if isinstance(stream.source, Prepared) else rows
            rows += result.converted.records
            stage.add(ledger.add(result))

    def _progress(self, stream: Stream) -> Progress | None:
        told, total = self.progress, self.source.total
        if told is None:
            return None
        before = sum(each.source.total for each in self.streams[: self.streams.index(stream)])
        return lambda done, _: told(before + done, total)

    def _options_again(self) -> dict[str, Any]:
        """How to read such rows again, for a replay."""
        files = {n: [str(Path(p).resolve()) for p in paths if isinstance(p, (str, Path))]
                 for n, paths in self.files.items()}  # fmt: skip
        told = {"recipe": self.recipe.text, "origin": self.recipe.origin, "files": files}
        return self.options.to_json() | told


def _as_source(bundle: Bundle) -> Source:
    """What is only told of, never read: the files themselves are read one by one."""
    return cast(Source, bundle)


@contextmanager
def of_recipe(recipe: Recipe) -> Iterator[None]:
    """Errors in how the recipe fits its files, with the recipe's file in front."""
    try:
        yield
    except RecipeError as error:
        raise RecipeError(f"{recipe.origin}: {error.message}", hint=error.hint) from None


def check_files(recipe: Recipe, files: Files) -> None:
    """Raise RecipeError unless every source that is read from a file has one."""
    for name, spec in recipe.sources.items():
        if spec.of is None and not files.get(name):
            raise RecipeError(f"{recipe.origin}: {spec.where}: there is no file for {name!r}")
