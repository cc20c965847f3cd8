"""A journey: the log through one model, with every question as a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from sojourn.core.condition import Condition
from sojourn.core.model import Model
from sojourn.core.persons import Trait
from sojourn.core.table import Table
from sojourn.dividing import divided, values_of
from sojourn.drawing import asked, drawn
from sojourn.errors import QuestionError
from sojourn.maps import FilledMap, MapDocument, document_of
from sojourn.maps.exporting import save as save_map
from sojourn.maps.filling import fill
from sojourn.measure.attribution import attribution
from sojourn.measure.attribution_question import question_from
from sojourn.measure.attribution_tally import MODELS
from sojourn.measure.attribution_worth import REFUND
from sojourn.measure.channels import channels
from sojourn.measure.curve import curves
from sojourn.measure.emotions import emotions
from sojourn.measure.fit import fit
from sojourn.measure.flow import TOP, flow, flow_paths
from sojourn.measure.forecast import backtest as back_test
from sojourn.measure.forecast import forecast
from sojourn.measure.friction import HEARD_WITHIN, friction
from sojourn.measure.funnel import funnel
from sojourn.measure.funnel_question import Order, ask
from sojourn.measure.habits import habits
from sojourn.measure.lifetime import lifetime_question
from sojourn.measure.members import overlaps, sizes
from sojourn.measure.moments import moments
from sojourn.measure.moments_question import ask as ask_moments
from sojourn.measure.moments_question import names_of
from sojourn.measure.moves import each_move, moves
from sojourn.measure.personas import named
from sojourn.measure.referrals import Find, advocates, by_shown_id, compared
from sojourn.measure.retention import retention
from sojourn.measure.retention_calendar import Every
from sojourn.measure.retention_question import ask as ask_retention
from sojourn.measure.roles import roles
from sojourn.measure.roles_question import stages_meant
from sojourn.measure.series import BUSINESS, Beside, series
from sojourn.measure.sojourns import sojourns
from sojourn.measure.stages import stages
from sojourn.measure.survey import survey
from sojourn.measure.view import View
from sojourn.measure.word_of_mouth import word_of_mouth
from sojourn.pictures import Theme, leaving, save
from sojourn.standing import Standing


@dataclass(frozen=True)
class Journey(Standing):
    """A View with its questions; every method gives a Table or a picture."""

    find_traits: Callable[[View], Mapping[str, Trait]]
    find_people: Find | None = None

    @property
    def model(self) -> Model:
        """The model that the log is read through."""
        return self.view.model

    @asked
    def stages(self, by: str | None = None) -> Table:
        """How many got to each stage, are there now, moved on, stalled, lapsed?"""
        return stages(self._by(by))

    @asked
    def sojourns(self, by: str | None = None) -> Table:
        """One row a stay of one person in one stage."""
        return sojourns(self._by(by))

    @asked
    def curve(self, by: str | None = None, *, points: bool = False) -> Table:
        """How soon do people move on from each stage? Shares within some days, or every point."""
        found = curves(self._by(by))
        if points:
            return found.points()

        def plot(summary: Table, **look: Any) -> str:
            return leaving(summary, points=found.points(), **look)

        return replace(found.summary(), plotter=plot)

    @asked
    def moves(self, by: str | None = None) -> Table:
        """From which stage to which, how many, how fast."""
        return moves(self._by(by))

    def each_move(self) -> Table:
        """One row a move of one person, as `moves` counts them."""
        return each_move(sojourns(self.view))

    @asked
    def moments(
        self,
        of: str = "name",
        *,
        silence: str | None = None,
        alike: Sequence[str] | None = None,
        by: str | None = None,
    ) -> Table:
        """After which touchpoints do people move on sooner? (moments of truth)"""
        values, view = values_of(self.view, of), replace(self._by(by), alike=names_of(alike))
        view = replace(view, traits=self.find_traits(view))
        traits = {n: t for n, t in view.traits.items() if view.alike is None or n in view.alike}
        return moments(view, ask_moments(of, values, silence, alike, traits))

    @asked
    def flow(
        self,
        of: str = "name",
        *,
        top: int = TOP,
        paths: bool = False,
        by: str | None = None,
        within: Literal["cycle", "person"] = "cycle",
    ) -> Table:
        """What follows what within a cycle (or a person's life): pairs, or whole paths."""
        view = replace(self._by(by), within=within)
        values = values_of(self.view, of)
        if top < 1:
            raise QuestionError(f"found top {top}, expected at least 1 value to show")
        if paths:
            return flow_paths(view, values, of=of, top=top)
        return flow(view, values, of=of, top=top)

    @asked
    def funnel(
        self,
        steps: Sequence[str | Condition],
        *,
        within: str | timedelta = "7 days",
        order: Order = "ordered",
        exclude: str | Condition | None = None,
        hold: str | None = None,
        by: str | None = None,
    ) -> Table:
        """Do people do A, then B, then C, within some time of A? Steps are names or conditions."""
        view, names, zone = self._by(by), values_of(self.view, "name"), str(self.view.zone)
        return funnel(view, ask(steps, within, order, exclude, hold, names=names, zone=zone))

    @asked
    def retention(
        self,
        first: str | Condition = "touchpoint",
        back: str | Condition | None = None,
        *,
        every: Every = "month",
        periods: int | None = None,
        by: str | None = None,
    ) -> Table:
        """Who comes back, who orders again? People by the period of their first."""
        names, zone = values_of(self.view, "name"), str(self.view.zone)
        how = ask_retention(first, back, every, periods, names=names, zone=zone)
        return retention(self._by(by), how)

    @asked
    def attribution(
        self,
        model: str | Sequence[str] | None = None,
        *,
        credit: str = "channel",
        lookback: str = "30 days",
        order: int = 1,
        half_life: str = "7 days",
        convert: str | Condition | None = None,
        value: str | float | None = None,
        every: str | None = None,
        by: str | None = None,
    ) -> Table:
        """What is each channel, campaign or content worth, and what did it cost?

        Conversions divided among touches, by the period in which they fell when `every` is given.
        """
        if every is not None and by is not None:
            raise QuestionError("Attribution is divided by period or by a column, not by both.")
        question = question_from(
            model=model,
            credit=credit,
            lookback=lookback,
            order=order,
            half_life=half_life,
            convert=convert,
            value=value,
            names=values_of(self.view, "name"),
            zone=str(self.view.zone),
            every=every,
        )
        labels, currencies = values_of(self.view, credit), values_of(self.view, "currency")
        return attribution(self._by(by), question, labels, currencies)

    @asked
    def roles(
        self,
        of: str = "channel",
        *,
        meant: Mapping[str, str] | Path | str | None = None,
        by: str | None = None,
    ) -> Table:
        """Which channel or content serves which stage? Its part in each stage's moves.

        `meant` says for which stage each is meant: a mapping, or a YAML file.
        """
        said = stages_meant(meant if meant is not None else self.view.meant, self.model)
        return roles(self._by(by), of, values_of(self.view, of), said)

    @asked
    def channels(self, ideal: str | None = None) -> Table:
        """Which channel brings people who stay, and at what cost? `ideal` is a persona."""
        wished = None if ideal is None else named(self.view, ideal)
        found = self.attribution(MODELS), self.roles("channel")
        return channels(self.view, *found, wished, values_of(self.view, "currency"))

    @asked
    def emotions(
        self, of: str = "stage", *, every: Every | None = None, by: str | None = None
    ) -> Table:
        """How do people feel in each stage, or at each name, channel or other column?"""
        if of == "persona" or of.startswith("traits."):
            raise QuestionError(
                f"Feelings are a touchpoint's own: divide them by {of!r} with --by."
            )
        if of != "stage":
            self._by(of)
        return emotions(self._by(by), of, every)

    @asked
    def survey(self, kind: str, *, every: Every | None = None, by: str | None = None) -> Table:
        """What do surveys say: `nps`, `csat` or `ces`, one answer a person and period."""
        return survey(self._by(by), kind, every)

    @asked
    def series(
        self,
        of: str = BUSINESS,
        *,
        every: Every = "week",
        count: int | None = None,
        beside: Beside | None = None,
    ) -> Table:
        """How do things go, period by period: the business, or one stage (`of="try"`)?"""
        return series(self.view, of, every, count, beside)

    @asked
    def word_of_mouth(self, *, by: str | None = None) -> Table:
        """What do people tell others? Good and bad kept apart."""
        return word_of_mouth(self._by(by))

    @asked
    def personas(self) -> Table:
        """One row a persona of the workspace: how many people, and who is in no other."""
        return sizes(self.view)

    def overlaps(self) -> Table:
        """One row a pair of personas: the people who are both."""
        return overlaps(self.view)

    def habits(self) -> Table:
        """What are these people like? Channels, devices, days and numbers beside everybody's."""
        return habits(self.view)

    @asked
    def forecast(
        self,
        weeks: int = 8,
        *,
        change: str | Sequence[str] = (),
        backtest: bool = False,
        by: str | None = None,
    ) -> Table:
        """What comes, and what if more people moved on or came? With how well it did before."""
        changes = [change] if isinstance(change, str) else list(change)
        view = self._by(by)
        return back_test(view, weeks) if backtest else forecast(view, weeks, changes)

    @asked
    def lifetime(
        self,
        *,
        unit: str = "week",
        horizon: str = "90 days",
        holdout: str | None = None,
        by: str | None = None,
    ) -> Table:
        """What is a customer worth? Orders and value expected of each person, or block of them."""
        refunds = REFUND in values_of(self.view, "name")
        return lifetime_question(self._by(by), unit, horizon, holdout, refunds)

    @asked
    def referrals(self, *, compare: bool = False, by: str | None = None) -> Table:
        """Who brought whom, and what came of it? Or: do referred people differ from the rest?"""
        find, view = self.find_people or by_shown_id(self.view), self._by(by)
        return compared(view, find) if compare else advocates(view, find)

    @asked
    def friction(
        self, *, heard_within: str = HEARD_WITHIN, top: int | None = None, by: str | None = None
    ) -> Table:
        """Where and why are people lost, since when, for whom, and what does it cost?"""
        return friction(self._by(by), heard_within=heard_within, top=top)

    def check(self) -> Table:
        """How the model fits the log: the evidence for each stage, and the names that give none."""
        return fit(self.view, values_of(self.view, "name"))

    def picture(
        self, kind: str | None = None, /, *, theme: Theme = "light", width: int = 960, **how: Any
    ) -> str:
        """The journey as SVG: `hourglass`, `circle` or `line` (the model's shape), or an answer's.

        The pictures of answers are those in `ANSWERS`; `how` is what is asked (`steps=[...]`,
        `every="week"`). Raises UnknownName for another kind, QuestionError for what it lacks.
        """
        return drawn(self, kind, theme, width, how)

    def map(
        self,
        document: MapDocument | Mapping[str, Any] | None = None,
        file: Path | str | None = None,
        *,
        theme: Theme = "light",
    ) -> FilledMap:
        """The journey map, filled and with what a document adds; `file` (`.pdf`, ...) writes it."""
        given = document or {"id": self.model.id}
        filled = fill(given if isinstance(given, MapDocument) else document_of(given), self)
        if file is not None:
            save_map(filled, Path(file), theme=theme)
        return filled

    def save_picture(
        self,
        path: Path | str,
        kind: str | None = None,
        /,
        *,
        theme: Theme = "light",
        width: int = 960,
        **how: Any,
    ) -> Path:
        """Write the picture to a `.svg`, `.png` or `.pdf` file; its folder is made."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return save(self.picture(kind, theme=theme, width=width, **how), Path(path))

    def trait_names(self) -> list[str]:
        """The traits that anybody in the log has."""
        return sorted(self.find_traits(replace(self.view, alike=None, by=None)))

    def _by(self, by: str | None) -> View:
        if by is None:
            return self.view
        view = divided(self.view, by)
        return replace(view, traits=self.find_traits(view))
