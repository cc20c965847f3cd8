"""A file is read in one sitting and a function at one glance; tests keep pace with the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = "migrations/0"
"""Of a path: a file that Django writes."""

SOURCE = [path for path in sorted((ROOT / "src").rglob("*.py")) if MADE not in path.as_posix()]
MOST_LINES = 400
MOST_FUNCTION_LINES = 40
EXCEPTIONS: dict[str, str] = {}
"""`path` or `path:function` of what may be longer, and why."""


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


@pytest.mark.parametrize("path", SOURCE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_and_its_functions_keep_to_their_budget(path):
    name = str(path.relative_to(ROOT))
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES or name in EXCEPTIONS
    for node in functions(path):
        length = node.end_lineno - node.lineno + 1
        assert length <= MOST_FUNCTION_LINES or f"{name}:{node.name}" in EXCEPTIONS, node.name


@pytest.mark.parametrize("path", SOURCE, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_public_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    public = [
        node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", SOURCE, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_imported_inside_a_function(path):
    hidden = [
        f"{node.name}:{inner.lineno}"
        for node in functions(path)
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
    ]
    assert hidden == []


def test_nothing_in_the_source_waits_for_later():
    words = ("TODO", "FIXME", "XXX", "NotImplementedError")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCE
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in words)
    ]
    assert found == []


def test_every_exception_is_still_needed():
    assert all((ROOT / name.partition(":")[0]).is_file() for name in EXCEPTIONS)
