"""`sojourn attribution`: conversions divided among the touches before them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from sojourn.cli.measures import asked, question
from sojourn.cli.output import drawing_option, show
from sojourn.errors import QuestionError
from sojourn.measure.attribution_paths import attribution_from_paths
from sojourn.measure.attribution_tally import DEFAULT_MODELS, MODELS
from sojourn.pictures import attribution as draw
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@question
@click.option("--only", metavar="COND", help="Only touches for which this holds.")
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(MODELS),
    help=f"How to divide; may be given several times.  [default: {', '.join(DEFAULT_MODELS)}]",
)
@click.option(
    "--credit",
    default="channel",
    show_default=True,
    metavar="COLUMN",
    help="What is credited: channel, campaign, content, device, name, ...",
)
@click.option(
    "--lookback",
    default="30 days",
    show_default=True,
    metavar="TIME",
    help="How old a touch may be at the conversion.",
)
@click.option(
    "--order",
    default=1,
    show_default=True,
    type=click.IntRange(1, 3),
    help="How many touches the Markov chain remembers.",
)
@click.option(
    "--half-life",
    default="7 days",
    show_default=True,
    metavar="TIME",
    help="How fast time-decay forgets.",
)
@click.option("--convert", metavar="COND", help="What a conversion is (default: an order).")
@click.option(
    "--value", metavar="WHAT", help="What it is worth: value, properties.NAME or a number."
)
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month"]),
    help="Divide by the calendar period of the conversion, and what was spent in it.",
)
@click.option(
    "--paths",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ready paths (CSV, TSV or Parquet: path, conversions, value, nulls) instead of the log.",
)
@drawing_option("Draw the range over the models too, into this file.")
@click.pass_obj
def attribution(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    models: tuple[str, ...],
    paths: Path | None,
    output: Path | None,
    **options: Any,
) -> None:
    """What is each channel, campaign or content worth, and what did it cost?

    A period chooses conversions: --from and --to, half-open.
    """
    how = ("credit", "lookback", "order", "half_life", "convert", "value", "every")
    chosen = {name: options.pop(name) for name in how}
    if paths is not None:
        given = [
            name
            for name, value in {**options, "by": by, "every": chosen["every"]}.items()
            if value is not None
        ]
        if given:
            raise click.UsageError(f"--paths has no {given[0].replace('_', '-')} to choose by.")
        answer = attribution_from_paths(read_table(paths), models, order=chosen["order"])
    else:
        answer = asked(workspace, **options).attribution(models, by=by, **chosen)
    if output is not None:
        save(draw(answer), output)
    show(answer, style)


def read_table(path: Path) -> pa.Table:
    """A CSV, TSV or Parquet file as a table; a column `path` is text whatever it looks like."""
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pq.read_table(path)
        tab = path.suffix.lower() in (".tsv", ".tab")
        return arrow_csv.read_csv(
            path,
            parse_options=arrow_csv.ParseOptions(delimiter="\t" if tab else ","),
            convert_options=arrow_csv.ConvertOptions(column_types={"path": pa.string()}),
        )
    except (OSError, pa.ArrowException) as error:
        raise QuestionError(f"The file {path} cannot be read: {error}") from None
