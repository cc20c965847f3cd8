"""What a row does not say itself: whose act it was, on what device, through which channel.

Everything is looked up once for each distinct value or combination of values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.blocked import is_blocked
from sojourn.core.bucket import Bools, Ints
from sojourn.core.channels import TAGS, campaign_tags, derive, tells
from sojourn.core.data import load
from sojourn.core.devices import device_of, normalise
from sojourn.store.importers.coded import coded, first, looked_up, mapped, none, only, recoded

TAGGED = ("source", "medium", "campaign", "term", "content")
"""The columns that the tags in a page's address fill, in the order of TAGS."""

TELLING = (*TAGGED[:3], "referrer", "page", "name", "device")
"""The columns that a channel is told from, beside click ids."""

_HOST_ONLY = r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*)[/?#].*$"


def devices(device: Any | None, user_agent: Any | None, rows: int) -> Any:
    """The device by its word, else by the user agent; unknown words stay as they are."""
    found = none(rows) if user_agent is None else looked_up(user_agent, device_of)
    if device is None:
        return found
    return first(looked_up(device, lambda word: normalise(word) or word), found)


def tags(given: Mapping[str, Any], page: Any | None, rows: int) -> dict[str, Any]:
    """The five campaign columns, filled from the page's address where they are empty."""
    columns = {name: given[name] if name in given else none(rows) for name in TAGGED}
    if page is None:
        return columns
    addresses = coded(page)
    tagged = pc.match_substring(addresses.dictionary, "utm_")
    if not pc.any(tagged).as_py():
        return columns
    texts: list[Any] = pc.if_else(tagged, addresses.dictionary, None).to_pylist()
    found = [campaign_tags(address) for address in texts]
    for name, tag in zip(TAGGED, TAGS, strict=True):
        values = pa.array([each.get(tag) for each in found], pa.string())
        columns[name] = first(columns[name], recoded(addresses.indices, values))
    return columns


def channels(parts: Mapping[str, Any], clicks: Mapping[str, Any], rows: int) -> Any:
    """The channel of each row by its tags, referrer, page, name and device.

    `clicks` are the file's columns of click ids by their name.
    """
    columns = [_short(name, parts.get(name), parts) for name in (*TAGGED[:3], "referrer", "page")]
    columns += [_if_telling(name, parts.get(name)) for name in ("name", "device")]
    columns += [pc.if_else(pc.is_valid(c), name, None) for name, c in clicks.items()]
    key, tuples = _combinations(columns, rows)
    found = pa.array([_channel(*values) for values in tuples], pa.string())
    return coded(pa.DictionaryArray.from_arrays(pa.array(key.astype(np.int32)), found))


@lru_cache(maxsize=1 << 16)
def _channel(
    source: str | None,
    medium: str | None,
    campaign: str | None,
    referrer: str | None,
    page: str | None,
    name: str | None,
    device: str | None,
    *clicks: str | None,
) -> str | None:
    ids = tuple(each for each in clicks if each)
    return derive(source, medium, campaign, referrer, page, name, device, click_ids=ids)


def _if_telling(field: str, column: Any | None) -> Any | None:
    """Only the names or devices that a channel can be told from: there are few of them."""
    if column is None:
        return None
    return looked_up(column, lambda text: text if tells(field, text) else None)


def _short(name: str, column: Any | None, parts: Mapping[str, Any]) -> Any | None:
    """An address without what cannot tell the channel, so that there are few distinct ones."""
    if column is None or name not in ("referrer", "page"):
        return column
    column = coded(column)
    host = mapped(column, lambda texts: pc.replace_substring_regex(texts, _HOST_ONLY, r"\1"))
    if name == "referrer":
        return host
    telling = mapped(column, _if_telling_address)
    referrer = parts.get("referrer")
    if referrer is None:
        return telling
    return first(telling, only(host, np.asarray(referrer.is_valid())))


def _if_telling_address(addresses: Any) -> Any:
    return pc.if_else(pc.match_substring_regex(addresses, _telling()), addresses, None)


@cache
def _telling() -> str:
    """What an address must hold to say more than its host: a tag or a click id."""
    ids = "|".join(re.escape(each) for each in load("channels.yaml")["click_ids"])
    return rf"(?i)[?&](?:utm_[a-z]+|{ids})="


@cache
def click_ids() -> frozenset[str]:
    """The names of click ids, in lower case."""
    return frozenset(str(each).lower() for each in load("channels.yaml")["click_ids"])


def _combinations(columns: Sequence[Any | None], rows: int) -> tuple[Ints, list[tuple[Any, ...]]]:
    """For each row the number of its combination of values, and the distinct combinations."""
    key = np.zeros(rows, np.int64)
    distinct: list[tuple[Any, ...]] = [()]
    for column in columns:
        if column is None or column.null_count == rows:
            distinct = [(*values, None) for values in distinct]
            continue
        column = coded(column)
        texts = [*column.dictionary.to_pylist(), None]
        codes = np.asarray(column.indices.fill_null(len(texts) - 1)).astype(np.int64)
        found, key = np.unique(key * len(texts) + codes, return_inverse=True)
        pairs = [divmod(each, len(texts)) for each in found.tolist()]
        distinct = [(*distinct[before], texts[code]) for before, code in pairs]
    return key, distinct


def names_nobody(column: Any, blocked: frozenset[str]) -> Bools:
    """Which rows of a column of ids are null or blocked."""
    column = coded(column)
    maybe: Any = pc.match_substring_regex(column.dictionary, maybe_blocked(blocked))
    known = np.append(np.asarray(maybe), True)
    for place in np.flatnonzero(known[:-1]).tolist():
        known[place] = is_blocked(str(column.dictionary[place]), blocked)
    found: Bools = known[np.asarray(column.indices.fill_null(len(known) - 1))]
    return found


def somebody(column: Any, blocked: frozenset[str]) -> Any:
    """A column of ids without those that name nobody."""
    usable = pa.array(~names_nobody(column, blocked))
    return pc.if_else(usable, column.cast(pa.string()), None)


@cache
def maybe_blocked(blocked: frozenset[str]) -> str:
    """A pattern that every blocked id fits, and some others: only those need a closer look.

    Everything in the data file is taken for a word and, where it is one, for a pattern too.
    """
    listed = [str(each).strip() for group in load("blocked.yaml").values() for each in group]
    words = [re.escape(word) for word in (*listed, *sorted(blocked))]
    patterns = [each for each in listed if re.search(r"\[[0-9-]+\]", each)]
    return rf"(?i)^[\x00-\x20]*(?:{'|'.join([*words, *patterns])})?[\x00-\x20]*$|[^\x00-\x7f]"
