"""`sojourn`: the command line's entry, its one global option and its manners on errors."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sojourn import __version__
from sojourn.cli.accounts import accounts
from sojourn.cli.alerts import alerts
from sojourn.cli.apikeys import apikeys
from sojourn.cli.attribution import attribution
from sojourn.cli.channels import channels
from sojourn.cli.costs import costs
from sojourn.cli.demo import demo
from sojourn.cli.digest import digest
from sojourn.cli.doctor import doctor
from sojourn.cli.emotions import emotions
from sojourn.cli.export import export
from sojourn.cli.feed import feed
from sojourn.cli.forecast import forecast
from sojourn.cli.friction import friction
from sojourn.cli.funnel import funnel
from sojourn.cli.goals import goals
from sojourn.cli.importing import import_files, list_imports
from sojourn.cli.info import info
from sojourn.cli.lifetime import lifetime
from sojourn.cli.links import links
from sojourn.cli.map import maps
from sojourn.cli.measures import flow, moves, stages
from sojourn.cli.models import models
from sojourn.cli.moments import moments
from sojourn.cli.note import note
from sojourn.cli.people import people
from sojourn.cli.personas import lists, personas
from sojourn.cli.picture import picture
from sojourn.cli.recipes import presets, recipes
from sojourn.cli.referrals import referrals
from sojourn.cli.rejected import rejected
from sojourn.cli.retention import retention
from sojourn.cli.roles import roles
from sojourn.cli.safekeeping import backup, restore, retain, verify
from sojourn.cli.series import annotated, series
from sojourn.cli.serve import keys, serve, show_config
from sojourn.cli.sojourns import sojourns
from sojourn.cli.today import today
from sojourn.engine.choice import LOCAL, engine_of
from sojourn.errors import SojournError
from sojourn.workspace import Workspace


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sojourn")
@click.option(
    "-w",
    "--workspace",
    envvar="SOJOURN_WORKSPACE",
    default="sojourn",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder that holds the log, models and settings.",
)
@click.option(
    "--engine",
    envvar="SOJOURN_ENGINE",
    default=LOCAL,
    show_default=True,
    metavar="ENGINE",
    help="Who answers: local, or a Spark cluster (spark://HOST:PORT).",
)
@click.pass_context
def cli(context: click.Context, workspace: Path, engine: str) -> None:
    """Map, measure and move people along their journey."""
    engine_of(engine)
    context.obj = Workspace(workspace, engine=engine)


for command in (
    import_files,
    list_imports,
    today,
    digest,
    alerts,
    goals,
    series,
    annotated,
    links,
    stages,
    sojourns,
    moves,
    moments,
    flow,
    attribution,
    channels,
    costs,
    lifetime,
    funnel,
    friction,
    retention,
    emotions,
    forecast,
    referrals,
    roles,
    personas,
    lists,
    picture,
    maps,
    export,
    models,
    presets,
    recipes,
    rejected,
    people,
    note,
    info,
    doctor,
    verify,
    backup,
    restore,
    retain,
    serve,
    feed,
    keys,
    accounts,
    apikeys,
    show_config,
    demo,
):
    cli.add_command(command)


def main() -> None:
    """Run the command: 0 when it worked, 1 for a user's error, 2 for wrong usage."""
    try:
        cli(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except SojournError as error:
        complain(error)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        stop()
    except RuntimeError as error:
        if "interrupt" not in str(error).lower():
            raise
        stop()


def stop() -> None:
    """Say what Ctrl-C has done: DuckDB tells of it by an error of its own."""
    click.echo("Stopped. Nothing is half done: a file is in the log whole or not at all.", err=True)
    sys.exit(130)


def complain(error: SojournError) -> None:
    """Print a user's error as a paragraph: what was wrong, then what to do next."""
    click.echo(f"sojourn: {error.message}", err=True)
    if error.hint:
        click.echo(error.hint, err=True)


if __name__ == "__main__":
    main()
