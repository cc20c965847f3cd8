"""`sojourn demo`: a workspace full of journeys to look at, real ones or simulated ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn import settings as configuration
from sojourn.demo import complete_journey as real
from sojourn.demo.shop import SETTINGS, Simulation, simulate
from sojourn.workspace import Workspace

SETS = ("complete-journey", "shop")
PICTURES = ("hourglass", "circle", "line", "flow")
MODEL_OF = {"hourglass": "hourglass", "circle": "social", "line": "sales", "flow": None}


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--data", "which", type=click.Choice(SETS), help="Only one of the two (default: both)."
)
@click.option("--people", default=5000, show_default=True, type=click.IntRange(10, 1_000_000),
              help="How many people visit the simulated shop.")  # fmt: skip
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**31), help="Of the simulation."
)
@click.option(
    "--stories",
    default="all",
    show_default=True,
    metavar="all|none|NAME,...",
    help="What is planted in the simulated shop.",
)
def demo(folder: Path, which: str | None, people: int, seed: int, stories: str) -> None:
    """Make demo workspaces in FOLDER: real grocery customers, and a simulated shop."""
    for name in [which] if which else SETS:
        workspace = Workspace(folder / name)
        click.secho(f"\n{folder / name}", bold=True)
        if name == "shop":
            fill_shop(workspace, people, seed, told(stories))
        else:
            fill_complete_journey(workspace)
        show(workspace)


def fill_complete_journey(workspace: Workspace) -> None:
    """A year of 2,469 real households."""
    configure(workspace, real.SETTINGS, {"grocer": real.MODEL.read_text(encoding="utf-8")})
    fill(workspace, real.touchpoints(), real.traits(), "complete-journey")


def told(stories: str) -> list[str] | None:
    """The stories that a text names; None for all of them.

    >>> told("all"), told("none"), told("helper, viral-post")
    (None, [], ['helper', 'viral-post'])
    """
    word = stories.strip().lower()
    if word in ("all", "none"):
        return None if word == "all" else []
    return [name.strip() for name in stories.split(",") if name.strip()]


def fill_shop(
    workspace: Workspace, /, people: int, seed: int, stories: Sequence[str] | None = None
) -> None:
    """A simulated shop, with what was planted in it written down beside it."""
    made = simulate(people=people, seed=seed, stories=stories)
    configure(workspace, {**SETTINGS, "personas": dict(made.personas)}, {})
    fill(workspace, made.touchpoints, made.traits, "simulated-shop")
    click.echo(str(workspace.add_costs(made.costs, "simulated-shop")))
    write_truth(workspace.folder / "truth", made)


def write_truth(folder: Path, made: Simulation) -> None:
    """What the simulation knows and a shop never would: stories, people, stays, costs."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(made.truth, indent=2, ensure_ascii=False, default=str)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    for name in ("people", "stays", "costs"):
        pq.write_table(getattr(made, name), folder / f"{name}.parquet")


def configure(workspace: Workspace, /, said: Mapping[str, Any], models: Mapping[str, str]) -> None:
    """Write the settings that the data bring, and their models."""
    known = {key: value for key, value in said.items() if key in configuration.KEYS}
    workspace.configure(**known)
    for name, text in models.items():
        path = workspace.folder / "models" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def fill(workspace: Workspace, /, touchpoints: pa.Table, traits: pa.Table, source: str) -> None:
    """Import touchpoints and traits; a second time adds nothing."""
    report = str(workspace.add(touchpoints, source_name=source))
    click.echo(report.partition("\n  columns:")[0])
    added = workspace.add_traits(traits, source)
    click.echo(f"{added:,} traits of people added")


def show(workspace: Workspace) -> None:
    """Print the journey and draw it, every shape of picture light and dark."""
    journey = workspace.journey()
    click.echo(f"\n{journey.model.name}\n")
    click.echo(str(journey.stages()))
    click.echo(f"\n{journey.moves()}\n")
    folder = workspace.folder / "pictures"
    for kind in PICTURES:
        drawn = workspace.journey(None if kind == journey.model.shape else MODEL_OF[kind])
        click.echo(drawn.save_picture(folder / f"{kind}.svg", kind))
        click.echo(drawn.save_picture(folder / f"{kind}.png", kind))
        click.echo(drawn.save_picture(folder / f"{kind}-dark.png", kind, theme="dark"))
