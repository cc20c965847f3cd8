"""The documentation is true: links lead somewhere, generated pages are current."""

import importlib.util
import re
from pathlib import Path

import pytest

import sojourn

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|src(?:set)?=\"([^\"]+)\"")


def made():
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page):
    found = [a or b for a, b in LINK.findall(page.read_text(encoding="utf-8"))]
    broken = [to for to in found if "://" not in to and not (page.parent / to).exists()]
    assert broken == []


@pytest.mark.parametrize("name", ["names.md", "commands.md", "models.md"])
def test_a_generated_page_is_what_make_docs_would_write(name):
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == made()[name], "run `make docs`"


def test_the_changelog_knows_this_version():
    assert f"## {sojourn.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
