"""Where did visits come from, and what did nobody tag? Every visit by the tags it came with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Codes, Ints, gather
from sojourn.core.channels import DIRECT, VIEWS, source_list
from sojourn.core.links import TAGS, Vocabulary
from sojourn.core.table import Column, Table
from sojourn.core.touches import visit_starts
from sojourn.measure.notes import notes, total
from sojourn.measure.select import Basis, Selected, columns_needed, rows_in_period, select
from sojourn.measure.view import View

READ = (*TAGS, "channel", "referrer", "page", "name")
PAID = ("Paid", "Display")
"""How the channels begin whose visits are always paid for, and so always planned."""

OWN_LINKS = {"social": "a social network", "webmail": "a mail program", "video": "a video site"}
"""Where a business's own posts and mails are: their links could have been tagged."""

GUESSED = ("organic", "referral")
"""Mediums that nobody wrote into a link: they are told from the page before."""

COLUMNS = (
    Column("kind", "text"),
    Column("text", "text"),
    Column("found", "text"),
    Column("better", "text"),
    Column("visits", "integer", "visits"),
    Column("people", "integer", "people"),
    Column("share", "number", "share"),
)
DEEP, OWN, CLICK, SPELLED = "deep page", "own link", "no campaign", "spelling"
ADVICE = {
    DEEP: "Came to {found} from nowhere: most likely a link in a mail, a document or an app.",
    OWN: "Came from {found} without tags: tag the links of posts and mails there.",
    CLICK: "Paid visits through {found} without a campaign: add utm_campaign to the ad.",
    SPELLED: "{found} {better}.",
}
MOST = 100

Key = tuple[str | None, ...]


@dataclass(frozen=True)
class Visits:
    """One bucket's visits and people, by the values of the columns that are read."""

    visits: Counter[Key]
    people: Counter[Key]
    basis: Basis


@dataclass(frozen=True)
class ArrivalsKernel:
    """Lists how one bucket's visits began."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the filters read, and how visits came."""
        return columns_needed(self.view, READ)

    def __call__(self, bucket: Bucket) -> Visits:
        selected = select(replace(self.view, start=None, end=None), bucket, "touchpoints")
        rows = _visits(self.view, selected)
        columns = [_told(selected, name) for name in READ]
        found, place = _combinations([column.codes[rows] for column in columns])
        told = [[*column.values, None] for column in columns]
        keys = [tuple(v[c] for c, v in zip(key, told, strict=True)) for key in found]
        visits = np.bincount(place, minlength=len(keys))
        pairs = np.unique(place << 32 | selected.bucket.person[rows]) >> 32
        people = np.bincount(pairs, minlength=len(keys))
        return Visits(
            Counter(dict(zip(keys, visits.tolist(), strict=True))),
            Counter(dict(zip(keys, people.tolist(), strict=True))),
            selected.basis(),
        )


def _combinations(columns: Sequence[Codes]) -> tuple[list[list[int]], Ints]:
    """The distinct combinations of some columns' codes, and which of them each row has."""
    key, found = np.zeros(len(columns[0]), np.int64), [list[int]()]
    for codes in columns:
        size = int(codes.max(initial=0)) + 2
        distinct, key = np.unique(key * size + codes + 1, return_inverse=True)
        pairs = [divmod(each, size) for each in distinct.tolist()]
        found = [[*found[before], code - 1] for before, code in pairs]
    return found, key


def _told(selected: Selected, name: str) -> Coded:
    """A column as it is told: of an address only the path, of a referrer only the host."""
    column = _coded(selected, name)
    short = SHORT.get(name)
    if short is None:
        return column
    codes: dict[str, int] = {}
    of_value = [codes.setdefault(short(value), len(codes)) for value in column.values]
    return Coded(gather(np.array([*of_value, -1], np.int32), column.codes), list(codes))


def _visits(view: View, selected: Selected) -> Ints:
    """The rows that open a visit of a page or an app."""
    bucket = selected.bucket
    name = _coded(selected, "name")
    views = [i for i, value in enumerate(name.values) if value in VIEWS]
    own = np.flatnonzero(bucket.own)
    starts = own[visit_starts(bucket, own)]
    wanted = np.isin(name.codes[starts], views) & selected.row_kept[starts]
    return starts[wanted & rows_in_period(view, bucket)[starts]]


def _coded(selected: Selected, column: str) -> Coded:
    found = selected.bucket.columns[column]
    assert isinstance(found, Coded)  # noqa: S101 - the engine loads texts coded, always
    return found


def counted(view: View) -> Visits:
    """The visits of all buckets."""
    parts: list[Visits] = view.run(ArrivalsKernel(view))
    visits, people = Counter[Key](), Counter[Key]()
    for part in parts:
        visits.update(part.visits)
        people.update(part.people)
    return Visits(visits, people, total([part.basis for part in parts]))


def untagged(view: View, vocabulary: Vocabulary) -> Table:
    """One row a kind of visit that nobody tagged, or that is not spelled as agreed.

    Kinds: `deep page` (from nowhere to a page that nobody types), `own link` (from a social
    network, a mail program or a video site, without tags), `no campaign` (paid, without one),
    `spelling` (a tag's value that is not in the vocabulary). `share` is of all visits. The period
    chooses visits. Ordered by visits; people are counted
    once for each combination of tags, channel, page and site before.
    """
    found = counted(view)
    visits, people, better = Counter[tuple[str, str]](), Counter[tuple[str, str]](), {}
    for key, number in found.visits.items():
        told = dict(zip(READ, key, strict=True))
        for kind, what, instead in _faults(told, vocabulary):
            visits[kind, what] += number
            people[kind, what] += found.people[key]
            better[kind, what] = instead
    whole = sum(found.visits.values())
    rows = sorted(visits, key=lambda each: (-visits[each], each))[:MOST]
    data: dict[str, Sequence[Any]] = {
        "kind": [kind for kind, _ in rows],
        "found": [what for _, what in rows],
        "better": [better[each] for each in rows],
        "visits": [visits[each] for each in rows],
        "people": [people[each] for each in rows],
        "share": [visits[each] / whole for each in rows],
        "text": [_text(kind, what, better[kind, what]) for kind, what in rows],
    }
    return Table.of("untagged", COLUMNS, data, {**notes(view, [found.basis]), "visits": whole})


def _text(kind: str, what: str, better: str | None) -> str:
    told = f"should be {better}" if better else "is not agreed on: agree on it, or use another"
    if kind == SPELLED:
        tag, _, value = what.partition(" ")
        what = f"{tag.capitalize()} {value!r}"
    return ADVICE[kind].format(found=what, better=told)


def _faults(
    told: Mapping[str, str | None], vocabulary: Vocabulary
) -> Iterator[tuple[str, str, str | None]]:
    """What is wrong with how a visit came: kind, what was found, what would be better."""
    tagged = any(told[tag] for tag in ("source", "medium", "campaign"))
    channel, path, site = (told[name] or "" for name in ("channel", "page", "referrer"))
    if not tagged and channel == DIRECT and path not in ("", "/"):
        yield DEEP, path, None
    if not tagged and source_list(site) in OWN_LINKS:
        yield OWN, site, None
    if channel.startswith(PAID) and not told["campaign"]:
        yield CLICK, channel, None
    for tag in TAGS if told["medium"] not in GUESSED else ():
        value = told[tag]
        if value and not vocabulary.fits(tag, value):
            yield SPELLED, f"{tag} {value}", vocabulary.nearest(tag, value)


@lru_cache(maxsize=1 << 17)
def _path(page: str) -> str:
    """The path of a page's address, without query and fragment."""
    try:
        return urlsplit(page.strip()).path or "/"
    except ValueError:
        return ""


@lru_cache(maxsize=1 << 14)
def _host(referrer: str) -> str:
    text = referrer.strip().casefold()
    try:
        return (urlsplit(text if "//" in text else f"//{text}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


SHORT: Mapping[str, Callable[[str], str]] = {"page": _path, "referrer": _host}
"""What of an address tells where a visit came from, or to."""


def by_tags(view: View) -> Counter[tuple[str, ...]]:
    """How many visits came with each combination of the five tags; "" where there is none."""
    found = Counter[tuple[str, ...]]()
    for key, number in counted(view).visits.items():
        found[tuple(value or "" for value in key[: len(TAGS)])] += number
    return found
