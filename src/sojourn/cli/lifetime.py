"""`sojourn lifetime`: what a customer is worth, from orders or from a ready summary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.attribution import read_table
from sojourn.cli.measures import asked, by_option, filters
from sojourn.cli.output import drawing_option, format_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.measure.lifetime import UNITS
from sojourn.measure.lifetime_summary import lifetime_from_summary
from sojourn.pictures import lifetime as draw
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@filters
@by_option
@format_option
@click.option(
    "--unit",
    type=click.Choice(list(UNITS)),
    default="week",
    show_default=True,
    help="The unit of time of the parameters.",
)
@click.option(
    "--horizon",
    metavar="TIME",
    help="How far ahead orders are expected.  [default: 90 days]",
)
@click.option(
    "--holdout",
    metavar="TIME",
    help="Hide the last part of the log from the models and compare.",
)
@click.option(
    "--summary",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A ready summary (frequency, recency, T, monetary_value) instead of the log; the horizon "
    "is then a number in its unit of time (default: 12).",
)
@drawing_option()
@click.pass_obj
def lifetime(
    workspace: Workspace,
    /,
    style: str,
    unit: str,
    horizon: str | None,
    holdout: str | None,
    summary: Path | None,
    output: Path | None,
    by: str | None,
    **asking: Any,
) -> None:
    """What is a customer worth?

    A period chooses people by their first order: --from and --to, half-open.
    """
    if summary is not None:
        given = [name for name, value in {**asking, "by": by}.items() if value is not None]
        if given:
            raise click.UsageError(f"--summary has no {given[0].replace('_', '-')} to choose by.")
        table = lifetime_from_summary(read_table(summary), horizon=_number(horizon))
    else:
        journey = asked(workspace, **asking)
        table = journey.lifetime(unit=unit, horizon=horizon or "90 days", holdout=holdout, by=by)
    if output is not None:
        save(table.plot() if table.plotter else draw(table), output)
    show(table, style, limit=SHOWN_ROWS)


def _number(horizon: str | None) -> float:
    if horizon is None:
        return 12.0
    try:
        return float(horizon)
    except ValueError:
        raise click.UsageError(
            f"With --summary the horizon is a number; found {horizon!r}."
        ) from None
