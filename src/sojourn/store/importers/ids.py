"""The ids of a file in their one form: addresses, numbers, and lists of aliases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.contacts import EMAIL, PHONE, Contacts, e164, names_no_phone
from sojourn.core.touchpoint import ALIASES
from sojourn.store.importers.coded import coded, recoded

PREFIX = "alias:"


def kind_of(field: str) -> str:
    """The kind of the aliases that a column gives; several columns may give one kind.

    >>> kind_of("alias:email"), kind_of("alias:email#2"), kind_of("user_id")
    ('email', 'email', 'user')
    """
    if field in ("user_id", "device_id"):
        return field.removesuffix("_id")
    return field.removeprefix(PREFIX).partition("#")[0]


def looked_up(column: Any, look: Callable[[str], str | None]) -> Any:
    """A text for each text, looked up once for each distinct one; null stays null."""
    before = coded(column)
    texts = pa.array(map(look, before.dictionary.to_pylist()), pa.string())
    return recoded(before.indices, texts).cast(pa.string())


class Ids(NamedTuple):
    """A column of ids in their one form; `left` has the texts that are none, `unread` counts
    the telephone numbers that stay as they were given."""

    texts: Any
    left: Any | None = None
    unread: int = 0


def in_one_form(kind: str, texts: Any, rules: Contacts) -> Ids:
    """Ids of a kind, without the space around them, as every entrance writes them.

    >>> found = in_one_form("phone", pa.array(["0660 1234567", "ask Ann"]), Contacts("AT"))
    >>> found.texts.to_pylist(), found.left.to_pylist()
    (['+436601234567', None], [None, 'ask Ann'])
    """
    if kind == EMAIL:
        plain = not (rules.email_tags or rules.email_dots) and pc.all(pc.string_is_ascii(texts))
        if plain and plain.as_py() is not False:
            return Ids(pc.utf8_lower(texts))
        return Ids(looked_up(texts, lambda text: rules.normal(EMAIL, text)))
    if kind != PHONE:
        return Ids(texts)
    none: Any = looked_up(texts, lambda text: "1" if names_no_phone(text) else None)
    wrong = np.asarray(none.is_valid())
    left = pc.if_else(pa.array(wrong), texts, None) if wrong.any() else None
    found = looked_up(texts, lambda text: rules.normal(PHONE, text))
    known = pc.if_else(pa.array(wrong), None, found) if wrong.any() else found
    unread: Any = looked_up(known, lambda text: None if e164(text, rules.region) else "1")
    return Ids(known, left, len(unread) - unread.null_count)


def list_in_one_form(column: Any, rules: Contacts) -> Any:
    """A column of lists of aliases with each id as every entrance writes it."""
    lists = column.cast(ALIASES)
    flat = lists.flatten()
    kinds, ids = flat.field("kind"), flat.field("id")
    for kind in (EMAIL, PHONE):
        here = pc.equal(kinds, kind).fill_null(False)
        if pc.any(here).as_py():
            chosen = pc.utf8_trim_whitespace(pc.if_else(here, ids, None))
            told = looked_up(chosen, partial(rules.normal, kind))
            ids = pc.if_else(here, told, ids)
    inner = pa.StructArray.from_arrays([kinds, ids], names=["kind", "id"])
    sizes = pc.list_value_length(lists).fill_null(0)
    ends = np.concatenate([[0], np.cumsum(np.asarray(sizes))]).astype(np.int32)
    mask = pa.array(np.asarray(lists.is_null()))
    return pa.ListArray.from_arrays(pa.array(ends), inner, mask=mask).cast(ALIASES)
