"""`sojourn models`: which journey models there are, what they say, and how they fit the log."""

from __future__ import annotations

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import Column, Table
from sojourn.workspace import Workspace


@click.group()
def models() -> None:
    """List, show and check journey models."""


@models.command("list")
@format_option
@click.pass_obj
def list_models(workspace: Workspace, /, style: str) -> None:
    """The models that can be asked."""
    columns = [Column(n, "text") for n in ("id", "name", "shape", "stages", "source")]
    found = [workspace.model(model_id) for model_id in workspace.models()]
    data = {
        "id": workspace.models(),
        "name": [m.name for m in found],
        "shape": [m.shape for m in found],
        "stages": [", ".join(f"*{s.name}*" if s.neck else s.name for s in m.stages) for m in found],
        "source": [m.source for m in found],
    }
    show(Table.of("models", columns, data, {}), style)


@models.command("show")
@click.argument("model")
@click.pass_obj
def show_model(workspace: Workspace, /, model: str) -> None:
    """Print a model's YAML, ready to be copied and changed."""
    workspace.model(model)
    click.echo(workspace.model_text(model)[0].rstrip())


@models.command("check")
@click.argument("model")
@format_option
@click.pass_obj
def check_model(workspace: Workspace, /, model: str, style: str) -> None:
    """Check a model, and count the log's touchpoints that give evidence for each stage."""
    found = workspace.model(model)
    if not workspace.exists:
        click.echo(f"{found.id}: a valid model. Import a log to see how it fits.")
        return
    show(workspace.journey(found).check(), style)
