"""Pages with their twins for programs, under one name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path


def page(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """A page at `route/` with its twins `route.json` and `route.csv`."""
    return [
        path(f"{route}/", view, name=name),
        re_path(rf"^{route}\.(?P<style>json|csv)$", view, name=f"{name}_twin"),
    ]
