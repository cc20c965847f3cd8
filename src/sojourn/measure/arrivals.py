"""Where did visits come from, and what did nobody tag? Every visit by the tags it came with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, gather
from sojourn.core.channels import DIRECT, VIEWS, source_list
from sojourn.core.links import TAGS, Vocabulary
from sojourn.core.table import Column, Table
from sojourn.core.touches import visit_starts
from sojourn.measure.notes import notes
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

Fault = tuple[str, str]
"""What is wrong with a visit: the kind, and what was found."""


@dataclass(frozen=True)
class Found:
    """One bucket's visits and people by fault, and its visits in all."""

    visits: Counter[Fault]
    people: Counter[Fault]
    whole: int
    basis: Basis


@dataclass(frozen=True)
class ArrivalsKernel:
    """Finds what is wrong with how one bucket's visits began."""

    view: View
    vocabulary: Vocabulary

    @property
    def columns(self) -> frozenset[str]:
        """What the filters read, and how visits came."""
        return columns_needed(self.view, READ)

    def __call__(self, bucket: Bucket) -> Found:
        selected, rows = _visits(self.view, bucket)
        come = {name: _told(selected, name) for name in READ}
        person = selected.bucket.person[rows]
        visits, people = Counter[Fault](), Counter[Fault]()
        for kind, name, bad in self._faults(come, rows):
            codes = come[name].codes[rows[bad]].astype(np.int64)
            distinct, place, many = np.unique(codes, return_inverse=True, return_counts=True)
            pairs = np.unique(place << 32 | person[bad]) >> 32
            each = np.bincount(pairs, minlength=len(distinct))
            for code, number, who in zip(
                distinct.tolist(), many.tolist(), each.tolist(), strict=True
            ):
                what = come[name].values[code]
                fault = kind, f"{name} {what}" if kind == SPELLED else what
                visits[fault] += number
                people[fault] += who
        return Found(visits, people, len(rows), selected.basis())

    def _faults(self, come: Mapping[str, Coded], rows: Ints) -> Iterator[tuple[str, str, Bools]]:
        """Each kind of fault: the column that tells what was found, and the visits that have it."""
        codes = {name: column.codes[rows] for name, column in come.items()}

        def among(name: str, fits: Callable[[str], bool]) -> Bools:
            wanted = [i for i, value in enumerate(come[name].values) if fits(value)]
            return np.isin(codes[name], wanted)

        plain = (codes["source"] < 0) & (codes["medium"] < 0) & (codes["campaign"] < 0)
        deep = among("page", lambda page: page not in ("", "/"))
        yield DEEP, "page", plain & deep & among("channel", lambda each: each == DIRECT)
        yield (
            OWN,
            "referrer",
            plain & among("referrer", lambda each: source_list(each) in OWN_LINKS),
        )
        paid = among("channel", lambda each: each.startswith(PAID))
        yield CLICK, "channel", paid & (codes["campaign"] < 0)
        written = ~among("medium", lambda each: each in GUESSED)
        for tag in TAGS:
            yield (
                SPELLED,
                tag,
                written & ~among(tag, partial(self.vocabulary.fits, tag)) & (codes[tag] >= 0),
            )


def _told(selected: Selected, name: str) -> Coded:
    """A column as it is told: of an address only the path, of a referrer only the host."""
    column = _coded(selected, name)
    short = SHORT.get(name)
    if short is None:
        return column
    codes: dict[str, int] = {}
    of_value = [codes.setdefault(short(value), len(codes)) for value in column.values]
    return Coded(gather(np.array([*of_value, -1], np.int32), column.codes), list(codes))


def _visits(view: View, bucket: Bucket) -> tuple[Selected, Ints]:
    """The chosen part of a bucket, and its rows that open a visit of a page or an app."""
    selected = select(replace(view, start=None, end=None), bucket, "touchpoints")
    name = _coded(selected, "name")
    views = [i for i, value in enumerate(name.values) if value in VIEWS]
    own = np.flatnonzero(selected.bucket.own)
    starts = own[visit_starts(selected.bucket, own)]
    wanted = np.isin(name.codes[starts], views) & selected.row_kept[starts]
    return selected, starts[wanted & rows_in_period(view, selected.bucket)[starts]]


def _coded(selected: Selected, column: str) -> Coded:
    found = selected.bucket.columns[column]
    assert isinstance(found, Coded)  # noqa: S101 - the engine loads texts coded, always
    return found


def untagged(view: View, vocabulary: Vocabulary) -> Table:
    """One row a kind of visit that nobody tagged, or that is not spelled as agreed.

    Kinds: `deep page` (from nowhere to a page that nobody types), `own link` (from a social
    network, a mail program or a video site, without tags), `no campaign` (paid, without one),
    `spelling` (a tag's value that is not in the vocabulary). `share` is of all visits. The period
    chooses visits. Ordered by visits, the first 100.
    """
    parts: list[Found] = view.run(ArrivalsKernel(view, vocabulary))
    visits, people = Counter[Fault](), Counter[Fault]()
    for part in parts:
        visits.update(part.visits)
        people.update(part.people)
    whole = sum(part.whole for part in parts)
    rows = sorted(visits, key=lambda each: (-visits[each], each))[:MOST]
    better = [_better(kind, what, vocabulary) for kind, what in rows]
    data: dict[str, Sequence[Any]] = {
        "kind": [kind for kind, _ in rows],
        "found": [what for _, what in rows],
        "better": better,
        "visits": [visits[each] for each in rows],
        "people": [people[each] for each in rows],
        "share": [visits[each] / whole for each in rows],
        "text": [_text(*fault, instead) for fault, instead in zip(rows, better, strict=True)],
    }
    said = notes(view, [part.basis for part in parts])
    return Table.of("untagged", COLUMNS, data, {**said, "visits": whole})


def _better(kind: str, what: str, vocabulary: Vocabulary) -> str | None:
    tag, _, value = what.partition(" ")
    return vocabulary.nearest(tag, value) if kind == SPELLED else None


def _text(kind: str, what: str, better: str | None) -> str:
    told = f"should be {better}" if better else "is not agreed on: agree on it, or use another"
    if kind == SPELLED:
        tag, _, value = what.partition(" ")
        what = f"{tag.capitalize()} {value!r}"
    return ADVICE[kind].format(found=what, better=told)


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


@dataclass(frozen=True)
class TagsKernel:
    """Counts one bucket's visits by their five tags, where the campaign is one of some."""

    view: View
    campaigns: frozenset[str]

    @property
    def columns(self) -> frozenset[str]:
        """What the filters read, and the tags."""
        return columns_needed(self.view, (*TAGS, "channel", "name"))

    def __call__(self, bucket: Bucket) -> Counter[tuple[str, ...]]:
        selected, rows = _visits(self.view, bucket)
        tags = [_coded(selected, tag) for tag in TAGS]
        campaign = tags[TAGS.index("campaign")]
        wanted = [i for i, value in enumerate(campaign.values) if value in self.campaigns]
        rows = rows[np.isin(campaign.codes[rows], wanted)]
        texts = [[*tag.values, ""] for tag in tags]
        codes = zip(*(tag.codes[rows].tolist() for tag in tags), strict=True)
        return Counter(
            tuple(text[code] for text, code in zip(texts, each, strict=True)) for each in codes
        )


def by_tags(view: View, campaigns: Collection[str]) -> Counter[tuple[str, ...]]:
    """How many visits came with each combination of the five tags; "" where there is none."""
    found = Counter[tuple[str, ...]]()
    for part in view.run(TagsKernel(view, frozenset(campaigns))):
        found.update(part)
    return found
