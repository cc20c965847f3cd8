"""The people of a workspace: to be listed, looked at, explained, joined and parted."""

from __future__ import annotations

import builtins
import getpass
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.acts import MERGE, Act, standing, taken_back
from sojourn.core.claims import Alias
from sojourn.core.identity import People, changed_spans, person_of_touchpoint
from sojourn.core.table import Table, iso, plain
from sojourn.core.traces import Traces
from sojourn.errors import QuestionError, UnknownName, WorkspaceBusy
from sojourn.journey import Journey
from sojourn.measure.members import members
from sojourn.measure.notes import EPOCH, moment
from sojourn.measure.roster import roster
from sojourn.people.acting import (
    merge_acts,
    only_changes,
    reject_act,
    rows_of,
    split_act,
    undo_act,
)
from sojourn.people.consenting import consents_of, consents_table, word_of_consent
from sojourn.people.erasing import alone, job_of
from sojourn.people.finding import aliases_of, find_alias, find_person, name
from sojourn.people.history import history_of
from sojourn.people.person import Person
from sojourn.people.tables import claims_table, moment_of, told, why_table
from sojourn.people.telling import fixed_lists, rejected_rows, waiting_calls
from sojourn.settings import Settings
from sojourn.shelf import known
from sojourn.store import claims, dictionaries, lists, traits
from sojourn.store.build import Rules
from sojourn.store.claimbook import ClaimBook
from sojourn.store.erasure import Erasure, Job, begin, finish
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log
from sojourn.store.people import people_of
from sojourn.store.progress import Progress
from sojourn.store.secret import known_secret
from sojourn.store.trail import Trail

PATIENCE = 10.0
"""For how many seconds another writer is waited for, to note a consent."""

BY_A_HUMAN = "by a human"


@dataclass(frozen=True)
class Done:
    """What was said of people, and the id by which it is taken back."""

    act: str
    told: str

    def __str__(self) -> str:
        return f"{self.told}\n  to take it back: sojourn people undo {self.act}"


@dataclass(frozen=True)
class PeopleRoom:
    """People one by one; `ask` gives a journey, `refresh` brings the trail up to date."""

    folder: Path
    settings: Settings
    ask: Callable[..., Journey]
    refresh: Callable[[], None]

    # Looking

    def list(self, people: Any = None, *, search: str | None = None, **asked: Any) -> Table:
        """One row a person for whom the condition holds; `search` is a part of an alias."""
        table = roster(self.ask(people=people, **asked).view)
        if search is None:
            return table
        everybody = self._everybody()
        with closing(self._book()) as book:
            found = book.matching(search)
        whose = {span.person for alias in found for span in everybody.spans(alias)}
        forms = pa.array(sorted({form for alias in whose for form in (alias.id, name(alias))}))
        rows = table.data.filter(pc.is_in(table.data["person"], forms.cast(pa.string())))
        return Table(table.kind, table.columns, rows, {**table.notes, "search": search})

    def show(self, person: str, **asked: Any) -> Person:
        """Everything that is known of one person, up to `as_of`, through a journey."""
        everybody, journey = self._everybody(), self.ask(**asked)
        with closing(self._book()) as book:
            who = find_person(book, everybody, person, self.settings.contacts)
            mine = aliases_of(everybody, who)
            rows = book.touchpoints(mine)
        as_of = journey.view.as_of
        known = as_of if as_of < Trail(self.folder).recorded else None
        touches = [row for row in rows if row["ts"] <= as_of and _whose(everybody, row) == who]
        shown = _shown(who, journey)
        stays = self.ask(**{**asked, "people": only(shown)}).sojourns().rows if touches else []
        spans = [s for alias in mine for s in everybody.spans(alias) if s.person == who]
        return Person(
            id=shown,
            alias=f"{who.kind}:{who.id}",
            journey=journey.model.id,
            as_of=iso(moment(as_of)),
            aliases=[
                {**s.alias._asdict(), "from": moment_of(s.start), "to": moment_of(s.end)}
                for s in spans
            ],
            traits=history_of(traits.read(self.folder), everybody, who, mine, known),
            touchpoints=[{**row, "ts": moment(row["ts"])} for row in touches],
            stages=[{k: v for k, v in row.items() if k != "person"} for row in stays],
        )

    def why(self, one: str, other: str) -> Table:
        """The chain of claims by which two aliases are one person, link by link; empty if not."""
        with closing(self._book()) as book:
            a, b = (find_alias(book, text, self.settings.contacts) for text in (one, other))
            return why_table(book, a, b)

    def claims(self, person: str | None = None) -> Table:
        """The claims that were made (of one person), and whether each of them stands."""
        mine: Collection[Alias] | None = None
        with closing(self._book()) as book:
            if person is not None:
                alias = find_alias(book, person, self.settings.contacts)
                everybody = self._everybody()
                whose = {span.person for span in everybody.spans(alias)}
                mine = {a for who in whose for a in aliases_of(everybody, who)} | {alias}
            return claims_table(book, mine)

    def export(self, person: str) -> dict[str, Any]:
        """Everything that is known of one person, as JSON can hold it; `write` makes a file of it.

        Aliases and the claims behind them with why, traits and consents with their history, every
        touchpoint, the stages of each journey model, lists, and what waits or was rejected.
        """
        shown, everybody = self.show(person), self._everybody()
        with closing(self._book()) as book:
            who = find_person(book, everybody, person, self.settings.contacts)
            mine = aliases_of(everybody, who)
            why = {name(a): why_table(book, who, a).rows for a in mine if a != who}
        traces, told = Traces.of(alone(everybody, mine, who)), shown.to_json()
        models = known(self.folder) if shown.touchpoints else []
        consents = consents_of(shown.traits)
        return {
            **{key: told[key] for key in ("person", "alias", "as_of", "aliases")},
            "claims": plain(list(self.claims(name(who)).rows)),
            "why": plain(why),
            "consents": plain(consents),
            "traits": told["traits"],
            "touchpoints": told["touchpoints"],
            "stages": {model: self._stays(model, shown.id) for model in models},
            "lists": [*fixed_lists(self.folder, mine), *self._live_lists(who)],
            "rejected": rejected_rows(self.folder, traces),
            "inbox": waiting_calls(self.folder, traces),
        }

    def _stays(self, model: str | None, shown: str) -> builtins.list[dict[str, Any]]:
        stays = self.ask(model, people=only(shown)).sojourns().rows
        return [plain({k: v for k, v in row.items() if k != "person"}) for row in stays]

    def _live_lists(self, who: Alias) -> builtins.list[dict[str, str]]:
        """The live lists that they are in now."""
        found = []
        key = dictionaries.load(self.folder, dictionaries.PERSON).find([f"{who.kind}:{who.id}"])[0]
        for each in lists.names(self.folder):
            saved = lists.load(self.folder, each)
            if saved.kind == "live" and key >= 0:
                asked = {"people": saved.people, "persona": saved.persona}
                if key in members(self.ask(saved.journey or None, **asked).view):
                    found.append({"list": each, "kind": "live", "as": name(who)})
        return found

    # Consent

    def consents(self, person: str) -> Table:
        """What they agreed to: one row a word of theirs, by purpose and time."""
        shown = self.show(person)
        return consents_table(consents_of(shown.traits), shown.id)

    def consent(self, person: str, purpose: str, given: bool, *, source: str = BY_A_HUMAN) -> Table:
        """Note that they agreed to a purpose, or do so no longer; `source` is how they said it."""
        everybody = self._everybody()
        with closing(self._book()) as book:
            who = find_person(book, everybody, person, self.settings.contacts)
        with WriterLock(self.folder, timeout=PATIENCE):
            traits.append(self.folder, word_of_consent(who, purpose, given), source)
        return self.consents(person)

    # Erasing

    def erase(
        self, person: str, *, by: str | None = None, progress: Progress | None = None
    ) -> Erasure:
        """Erase a person for good: from the log and everything beside it, now and when the same
        file or a late call comes in again. On a device that several people used, only what was
        theirs goes. Gives how much went where, and a proof that every file was looked into.
        """
        finish(self.folder, self._rules)
        with WriterLock(self.folder):
            begin(self.folder, self._job(person, by or _somebody()))
        return self._finished(progress)

    def finish_erasing(self, progress: Progress | None = None) -> Erasure | None:
        """Finish an erasure that was cut off; None where there is none."""
        return finish(self.folder, self._rules, progress)

    def erasable(self, person: str) -> Job:
        """What an erasure of a person would take: nothing is changed."""
        return self._job(person, _somebody())

    def _finished(self, progress: Progress | None) -> Erasure:
        done = finish(self.folder, self._rules, progress)
        if done is None:
            raise WorkspaceBusy("Somebody else has finished this erasure.")
        return done

    def _job(self, person: str, by: str) -> Job:
        everybody = self._everybody()
        with closing(self._book()) as book:
            who = find_person(book, everybody, person, self.settings.contacts)
            mine = aliases_of(everybody, who)
            rows = [row for row in book.touchpoints(mine) if _whose(everybody, row) == who]
            return job_of(book, everybody, who, mine, rows, iso(datetime.now(UTC)), by)

    @property
    def _rules(self) -> Rules:
        now = self.settings
        return Rules(now.order, now.unit, now.blocked, now.zone, now.contacts)

    # Saying

    def merge(self, one: str, other: str, *, by: str | None = None) -> Done:
        """Say that two people are one."""

        def say(book: ClaimBook) -> tuple[Act, str]:
            everybody, rules = self._everybody(), self.settings.contacts
            a, b = (find_person(book, everybody, text, rules) for text in (one, other))
            if a == b:
                raise QuestionError(f"{one!r} and {other!r} are one person already.")
            for act in merge_acts(book, everybody, a, b, _now(book), by or _somebody()):
                if only_changes(everybody, self._everybody([act]), (a, b)):
                    return act, f"{name(a)} and {name(b)} are one person now"
            raise QuestionError(
                f"{name(a)} and {name(b)} cannot be joined: their aliases would hold two people's, "
                "too many of a kind, or what a split keeps apart.",
                hint=f"See `sojourn people claims {name(a)}` for what stands in the way.",
            )

        return self._said(say)

    def split(self, person: str, *aliases: str, by: str | None = None) -> Done:
        """Say that some aliases are not this person's: they become a person of their own."""

        def say(book: ClaimBook) -> tuple[Act, str]:
            everybody, rules = self._everybody(), self.settings.contacts
            who = find_person(book, everybody, person, rules)
            mine = aliases_of(everybody, who)
            off = [find_alias(book, text, rules) for text in aliases]
            strange = [alias for alias in off if alias not in mine]
            if strange or not off:
                what = f"{name(strange[0])} is not {name(who)}'s" if strange else "No alias named"
                raise QuestionError(f"{what}.", hint=f"Theirs are {', '.join(map(name, mine))}.")
            act = split_act(mine, off, _now(book), by or _somebody())
            if not changed_spans(everybody, self._everybody([act]), mine):
                raise QuestionError(f"Nothing would change for {name(who)}.")
            return act, f"{', '.join(map(name, off))} split from {name(who)}"

        return self._said(say)

    def reject(self, claim: str, *, by: str | None = None) -> Done:
        """Take a claim back, however often it was made."""

        def say(book: ClaimBook) -> tuple[Act, str]:
            known = [said.id for said in book.claims()]
            if claim not in known:
                raise _unknown(f"There is no claim {claim!r}.", claim, known)
            return reject_act(claim, _now(book), by or _somebody()), f"claim {claim} rejected"

        return self._said(say)

    def undo(self, act: str, *, by: str | None = None) -> Done:
        """Take back a merge, a split, a rejection, or another undo."""

        def say(book: ClaimBook) -> tuple[Act, str]:
            known = [each.id for each in book.acts]
            if act not in known:
                raise _unknown(f"Nobody said {act!r}.", act, known)
            if act in taken_back(book.acts):
                raise QuestionError(f"{act} was taken back already.")
            return undo_act(act, _now(book), by or _somebody()), f"{act} taken back"

        return self._said(say)

    def unmerge(self, one: str, other: str, *, by: str | None = None) -> Done:
        """Take back the merge by which two people became one."""
        with closing(self._book()) as book:
            a, b = (find_alias(book, text, self.settings.contacts) for text in (one, other))
            merges = [act for act in standing(book.acts) if act.kind == MERGE]
        direct = [act for act in merges if {a, b} <= {*act.aliases}]
        if not direct:
            near = ", ".join(f"{m.id} ({told(m)})" for m in merges if {a, b} & {*m.aliases})
            raise UnknownName(
                f"No merge that stands joined {name(a)} and {name(b)}.",
                hint=f"There are {near}." if near else "See `sojourn people claims`.",
            )
        return self.undo(direct[-1].id, by=by)

    # Doing it

    def _book(self) -> ClaimBook:
        told, secret = claims.read(self.folder), known_secret(self.folder)
        now = self.settings
        return ClaimBook(self._files(), told, now.blocked, secret, now.contacts)

    def _files(self) -> Sequence[str]:
        return [str(file.path) for file in Log(self.folder).files()]

    def _everybody(self, more: Sequence[Act] = ()) -> People:
        said = claims.read(self.folder)
        if more:
            said = pa.concat_tables([said.select(rows_of(more).schema.names), rows_of(more)])
        now = self.settings
        return people_of(self._files(), now.blocked, told=said, contacts=now.contacts)

    def _said(self, say: Callable[[ClaimBook], tuple[Act, str]]) -> Done:
        with WriterLock(self.folder):
            with closing(self._book()) as book:
                act, what = say(book)
            claims.write(self.folder, rows_of([act]), BY_A_HUMAN, claims.BY_HAND)
        self.refresh()
        return Done(act.id, what)


def _shown(who: Alias, journey: Journey) -> str:
    """The person's id in answers: without its kind, unless two people would look the same."""
    forms = [name(who), who.id]
    there = pc.is_in(pa.array(forms), journey.view.ids()).to_pylist()
    return next((form for form, is_there in zip(forms, there, strict=True) if is_there), who.id)


def only(shown: str) -> str:
    """The condition that holds for one person alone."""
    return f"person = '{shown.replace(chr(39), 2 * chr(39))}'"


def _whose(everybody: People, row: dict[str, Any]) -> Alias | None:
    listed = [(alias["kind"], alias["id"]) for alias in row["aliases"] or ()]
    return person_of_touchpoint(everybody, row["user_id"], row["device_id"], listed, row["ts"])


def _now(book: ClaimBook) -> int:
    """This moment, and after everything that was said before."""
    now = (datetime.now(UTC) - EPOCH) // timedelta(microseconds=1)
    return max([now, *(act.at + 1 for act in book.acts)])


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _unknown(message: str, text: str, known: Sequence[str]) -> UnknownName:
    near = get_close_matches(text, known, 1)
    hint = f"Did you mean {near[0]!r}?" if near else "See `sojourn people claims`."
    return UnknownName(message, hint=hint)
