"""The guides on privacy and backups name what there is."""

import re
import tomllib
from pathlib import Path

import pytest

from sojourn import settings
from sojourn.cli.main import cli

GUIDES = [Path(__file__).parents[2] / "docs/guide" / name for name in ("privacy.md", "backup.md")]
COMMAND = re.compile(r"(?:^\$ |`)sojourn ((?:[a-z]+ ?)+)", re.MULTILINE)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_command_of_a_guide_is_there(guide):
    found = [line.split() for line in COMMAND.findall(guide.read_text(encoding="utf-8"))]
    assert found
    for name, *rest in found:
        command = cli.commands[name]
        if hasattr(command, "commands"):
            assert rest[0] in command.commands, f"sojourn {name} {rest[0]}"


def test_every_setting_of_the_guide_is_one():
    text = GUIDES[0].read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        assert settings.from_mapping(tomllib.loads(block)) != settings.Settings()
