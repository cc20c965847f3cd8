"""`sojourn import`: files into the log, with what was done said plainly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from sojourn.cli.guiding import guided
from sojourn.cli.output import format_option, show
from sojourn.cli.people_flags import people_flags, said
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store.importers import ImportOptions, ImportReport, Preview
from sojourn.store.recipes.choosing import How
from sojourn.workspace import Workspace

WRITER_GIVES = {"seq", "received_at", "aliases", "source_id", "month"}
MAPPABLE = (
    "person",
    *(n for n in LOG_SCHEMA.names if n not in WRITER_GIVES),
    "email",
    "phone",
    "user_agent",
)
FLAGS = {"source": "--source-column"}
"""`--source` names where the rows come from, so the log's column `source` has another flag."""


def column_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """One flag a log column: which column of the file holds it."""
    for name in reversed(MAPPABLE):
        flag = FLAGS.get(name, f"--{name.replace('_', '-')}")
        shown = "Column that says who." if name == "person" else f"Column for {name}."
        command = click.option(flag, f"column_{name}", metavar="C", help=shown)(command)
    return command


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE...",
                type=click.Path(path_type=Path))  # fmt: skip
@column_flags
@people_flags
@click.option("--person-kind", default="user", show_default=True, metavar="KIND",
              help="What the person column holds: user, device, email, card, ...")  # fmt: skip
@click.option("--tz", metavar="ZONE", help="Zone of times that name none (default: the report's).")
@click.option("--time-format", metavar="FORMAT",
              help="day-first, month-first, iso, s, ms, us, ns, excel, or %d.%m.%Y.")  # fmt: skip
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="How money is written.")
@click.option("--header", metavar="NAMES",
              help="Names of the columns, with commas, of a file that has none.")  # fmt: skip
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook (default: its first).")
@click.option("--encoding", metavar="NAME", help="Of the text, such as cp1254, if found out wrong.")
@click.option("--source", default="file", show_default=True, metavar="NAME",
              help="Where the rows come from; part of the id of rows that have none.")  # fmt: skip
@click.option("--preset", metavar="ID", help="Read it as this preset; none: as any file.")
@click.option("--map", "mapping", metavar="FILE", type=click.Path(path_type=Path),
              help="A mapping of your own: YAML, or the name of a saved one.")  # fmt: skip
@click.option("--save-mapping", "saved", metavar="NAME",
              help="Keep how it was read: such files are recognised from now on.")  # fmt: skip
@click.option("--recipe", metavar="ID", help="The files of a folder, by a recipe or its YAML file.")
@click.option("--undo", "undone", metavar="ID",
              help="Take this import back: see `sojourn imports`.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
@click.pass_obj
def import_files(
    workspace: Workspace, /, files: tuple[Path, ...], person_kind: str, tz: str | None,
    time_format: str | None, decimal: str | None, encoding: str | None, header: str | None,
    sheet: str | None, source: str, dry_run: bool, undone: str | None, preset: str | None,
    mapping: Path | None, recipe: str | None, saved: str | None, **flags: Any,
) -> None:  # fmt: skip
    """Import FILE... into the log; "=value" instead of a column gives every row that value.

    Each file comes in whole or not at all, in order of name. Importing a file again adds nothing.
    """
    if (undone is None) == (not files):
        raise click.UsageError("Name the files to import, or --undo ID.")
    if undone is not None:
        click.echo(str(workspace.undo(undone, dry_run=dry_run)))
        return
    settings = workspace.settings
    options = ImportOptions(
        **said(flags),
        tz=tz or settings.zone,
        time_format=time_format,
        person_kind=person_kind,
        decimal=decimal,
        encoding=encoding,
        sheet=sheet,
        header=[name.strip() for name in header.split(",")] if header else (),
        source=source,
        actors=settings.names,
        blocked=settings.blocked,
    )
    bring(workspace, sorted(files), options, How(preset, mapping, recipe), dry_run, saved)


def bring(
    workspace: Workspace,
    files: Sequence[Path],
    options: ImportOptions,
    how: How,
    dry_run: bool,
    saved: str | None,
) -> None:
    """Import one file after another and say what came of each; several share one trail."""
    several = len(files) > 1
    for place, file in enumerate(files, 1):
        name = f"{file.name} ({place} of {len(files)})" if several else file.name

        def run(
            options: ImportOptions, file: Path = file, name: str = name
        ) -> ImportReport | Preview:
            with watched(name) as watch:
                return workspace.add_with(
                    file, options, dry_run=dry_run, progress=watch, how=how, refresh=not several
                )

        report = guided(file, options, run)
        click.echo(str(report))
        saved = keep(workspace, saved, report, file, options)
    if several and not dry_run:
        with watched(f"{len(files)} files") as watch:
            workspace.refresh(watch)


def keep(
    workspace: Workspace,
    name: str | None,
    report: ImportReport | Preview,
    file: Path,
    options: ImportOptions,
) -> str | None:
    """Keep how a file was read as a mapping of the workspace, and say where; what is to be kept."""
    opening = {"encoding": options.encoding, "header": options.header, "sheet": options.sheet}
    if name is not None and isinstance(report, ImportReport) and not report.dry_run:
        place = workspace.save_mapping(name, report, file, **opening)
        click.echo(f"Files like this are read by {place} from now on.")
        return None
    return name


@click.command("imports")
@format_option
@click.pass_obj
def list_imports(workspace: Workspace, /, style: str) -> None:
    """What was imported, when, and how many rows of it; the id is what `import --undo` takes."""
    show(workspace.imports(), style)


class watched:  # noqa: N801 - it reads as a word: with watched(name) as watch
    """A progress bar on standard error while a file comes in; nothing where nobody looks."""

    def __init__(self, name: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), "{task.percentage:>3.0f}%")
        self._bar = Progress(
            *columns,
            TimeRemainingColumn(),
            console=Console(file=sys.stderr),
            disable=not sys.stderr.isatty(),
            transient=True,
            speed_estimate_period=60,
        )
        self._name = name
        self._task = self._bar.add_task(name, total=None)

    def __enter__(self) -> watched:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def say(self, what: str) -> None:
        """Show what is being done now."""
        self._bar.update(self._task, description=f"{self._name}: {what}")
