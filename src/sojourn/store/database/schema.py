"""The tables that the server keeps of its own, beside those of its pages."""

from __future__ import annotations

from dataclasses import dataclass

FOLDER = "server"
"""Where they lie in a workspace while they are in SQLite."""


@dataclass(frozen=True)
class Book:
    """Tables that belong together: in SQLite they are a file of their own."""

    file: str
    tables: tuple[str, ...]
    serial: tuple[str, str]
    """The table and the column of the numbers that it gives."""

    making: str


SERVER = Book(
    "server.sqlite3",
    ("inbox", "write_keys", "read_keys", "worker", "withheld"),
    ("inbox", "position"),
    """
create table if not exists inbox (
    position {serial},
    received_at bigint not null,
    source text not null,
    route text not null,
    body {blob} not null
);
create table if not exists write_keys (
    key text primary key,
    name text not null unique,
    made_at bigint not null
);
create table if not exists read_keys (
    hash text primary key,
    name text not null unique,
    made_at bigint not null
);
create table if not exists worker (
    one integer primary key check (one = 1),
    at bigint not null,
    problem text not null
);
create table if not exists withheld (
    day text not null,
    source text not null,
    purpose text not null,
    calls bigint not null,
    primary key (day, source, purpose)
);
""",
)

FEED = Book(
    "feed.sqlite3",
    ("runs", "feed", "looked", "folded"),
    ("runs", "run"),
    """
create table if not exists runs (
    run {serial},
    model text not null,
    version text not null,
    stages text not null,
    followed integer not null,
    whole integer not null
);
create table if not exists feed (
    position {key},
    noticed_at bigint not null,
    run bigint not null,
    person bigint not null,
    shown text,
    cycle bigint not null,
    stage bigint not null,
    kind integer not null,
    at bigint not null,
    other bigint not null,
    told integer not null,
    backfill integer not null,
    replaces bigint,
    standing integer not null
);
drop index if exists feed_standing;
create index if not exists feed_since on feed (person, at) where standing = 1;
create table if not exists looked (
    person {key},
    digest bigint not null,
    due bigint
);
create index if not exists looked_due on looked (due) where due is not null;
create table if not exists folded (
    one integer primary key check (one = 1),
    seq bigint not null,
    as_of bigint,
    at bigint not null
);
""",
)

BOOKS = (SERVER, FEED)
PAGES, KEPT_PAGES = "studio.sqlite3", "pages.sqlite3"
"""The tables of the pages in SQLite, and those of a PostgreSQL database in a backup."""
