"""The flags of `sojourn import` that say who is who, and what of it is nobody's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from sojourn.store.importers.ids import PREFIX

COLUMN = "column_"


def people_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags of people rows and of personal data."""
    options = (
        click.option("--people", is_flag=True,
                     help="A table of customers: each row's ids are one person, the rest traits."),
        click.option("--card", f"{COLUMN}card", metavar="C", help="Column for card numbers."),
        click.option("--alias", "aliases", multiple=True, metavar="KIND=C",
                     help="Column of another kind of id; also a second one: email=Other e-mail."),
        click.option("--hash", "hashed", multiple=True, metavar="KIND",
                     help="Keep only a keyed hash of these ids: email, phone, card, ..."),
        click.option("--drop", "dropped", multiple=True, metavar="C",
                     help="Leave this column out, wherever it would go."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def said(flags: Mapping[str, Any]) -> dict[str, Any]:
    """What the flags of columns and people say, as ImportOptions takes it.

    >>> said({"column_email": "Mail", "aliases": ("email=Other", "crm=Id")})["columns"]
    {'email': 'Mail', 'alias:email': 'Other', 'alias:crm': 'Id'}
    """
    columns = {k.removeprefix(COLUMN): v for k, v in flags.items() if k.startswith(COLUMN) and v}
    if "card" in columns:
        columns[f"{PREFIX}card"] = columns.pop("card")
    for text in flags.get("aliases", ()):
        kind, equals, column = text.partition("=")
        if not (kind and equals and column):
            raise click.BadParameter(f"found {text!r}, expected KIND=COLUMN", param_hint="--alias")
        key, n = PREFIX + kind, 2
        while key in columns:
            key, n = f"{PREFIX}{kind}#{n}", n + 1
        columns[key] = column
    hashed, dropped = tuple(flags.get("hashed", ())), tuple(flags.get("dropped", ()))
    return {
        "columns": columns,
        "people": bool(flags.get("people")),
        "hash": hashed,
        "drop": dropped,
    }
