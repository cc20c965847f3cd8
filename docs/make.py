"""Write the generated pages of the documentation: `make docs`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from sojourn.cli.demo import fill_complete_journey, fill_shop
from sojourn.cli.main import cli
from sojourn.core.model import model_from_yaml
from sojourn.core.vocabulary import as_markdown
from sojourn.pictures import save
from sojourn.shelf import BUILT_IN
from sojourn.workspace import Workspace

REFERENCE = Path(__file__).parent / "reference"


def commands(command: click.Command, path: str, context: click.Context | None = None) -> list[str]:
    """The help of a command and of everything below it."""
    here = click.Context(
        command,
        info_name=path.split()[-1],
        parent=context,
        max_content_width=100,
        help_option_names=["-h", "--help"],
    )
    text = ["", f"## `{path}`", "", "```text", command.get_help(here).rstrip(), "```"]
    if isinstance(command, click.Group):
        for name in command.list_commands(here):
            found = command.get_command(here, name)
            if found is not None:
                text += commands(found, f"{path} {name}", here)
    return text


def models() -> list[str]:
    """Each built-in model: its stages, what a customer asks there, and the evidence."""
    text = []
    for name in BUILT_IN:
        model = model_from_yaml((files("sojourn") / "models" / f"{name}.yaml").read_text("utf-8"))
        text += [
            "",
            f"## `{model.id}`: {model.name}",
            "",
            f"Shape: {model.shape}. Source: {model.source}.",
            "",
        ]
        text += ["| stage | a customer asks | evidence |", "|---|---|---|"]
        for stage in model.stages:
            title = f"**{stage.name}** (the purchase)" if stage.neck else stage.name
            evidence = " ".join(stage.evidence.text.split())
            text.append(f"| {title} | {stage.question} | `{evidence}` |")
    return text


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    head = "<!-- Made by `make docs`; change the source, not this page. -->"
    return {
        "names.md": as_markdown(),
        "commands.md": "\n".join([head, "# Commands", *commands(cli, "sojourn")]) + "\n",
        "models.md": "\n".join([head, "# Journey models", *models()]) + "\n",
    }


def pictures(folder: Path) -> None:
    """The pictures of the README and the guides: the simulated shop, and the real grocer."""
    with TemporaryDirectory() as temporary:
        shop = Workspace(Path(temporary) / "shop")
        fill_shop(shop, people=5000, seed=1)
        for name, model in (("hourglass", "hourglass"), ("circle", "social"), ("line", "sales")):
            journey = shop.journey(model)
            journey.save_picture(folder / f"{name}.svg", name)
            journey.save_picture(folder / f"{name}-dark.svg", name, theme="dark")
        shop.journey().save_picture(folder / "attribution.svg", "attribution")
        save(shop.journey().referrals().plot(), folder / "referrals.svg")
        title = "The journey to Harbour Lane"
        shop.journey().map({"id": "shop", "title": title}, folder / "map.svg")
        grocer = Workspace(Path(temporary) / "grocer")
        fill_complete_journey(grocer)
        asked = grocer.journey()
        steps = ["Message Sent", "Order Completed", "Coupon Applied"]
        answers = {
            "funnel": asked.funnel(steps, within="30 days"),
            "retention": asked.retention("order"),
            "roles": asked.roles("campaign"),
            "lifetime": asked.lifetime(),
        }
        for name, answer in answers.items():
            save(answer.plot(), folder / f"{name}.svg")


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    pictures(REFERENCE.parent / "images")
