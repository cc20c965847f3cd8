"""The forms of the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sojourn.byhand import LONGEST, LONGEST_TEXT, NOTE, ByHand
from sojourn.core.alerting import DAYS, KINDS, Schedule, Wishes
from sojourn.core.links import TAGS
from sojourn.core.plan import EVENTS, HORIZONS, SHORT
from sojourn.core.plan import LONGEST as LONGEST_NOTE
from sojourn.server.studio.grid import NOTHING
from sojourn.server.studio.words import GOALS


class Told(forms.Form):
    """A touchpoint told by hand, quick enough for a phone: most of it is filled in already."""

    person = forms.CharField(
        label=_("Who"),
        max_length=LONGEST,
        help_text=_("An id, or email:a@example.com for a new one."),
    )
    name = forms.CharField(
        label=_("What happened"), max_length=LONGEST, widget=forms.TextInput({"list": "names"})
    )
    text = forms.CharField(
        label=_("In their words, or yours"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    at = forms.DateTimeField(
        label=_("When"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    channel = forms.CharField(
        label=_("How"),
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput({"list": "channels"}),
    )
    referred_by = forms.CharField(label=_("Who sent them"), max_length=LONGEST, required=False)
    value = forms.DecimalField(
        label=_("Money"), required=False, max_digits=18, decimal_places=4,
        widget=forms.NumberInput({"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip
    currency = forms.RegexField(
        label=_("Currency"), regex=r"^[A-Za-z]{3}$", required=False, max_length=3
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        if not self.is_bound:
            self.initial.setdefault("at", timezone.now().astimezone(self.zone).replace(tzinfo=None))

    def clean_at(self) -> datetime:
        """The moment in the report's zone."""
        return self.cleaned_data["at"].replace(tzinfo=self.zone)

    def told(self, by: str) -> ByHand:
        """What was told."""
        given = self.cleaned_data
        return ByHand(
            given["person"], given["name"], given["at"], given["channel"], given["text"],
            "" if given["value"] is None else str(given["value"]), given["currency"],
            given["referred_by"], by,
        )  # fmt: skip


class Note(forms.Form):
    """A note about a person."""

    text = forms.CharField(
        label=_("A note"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2})
    )

    def told(self, person: str, by: str) -> ByHand:
        """The note as a touchpoint of now."""
        return ByHand(person, NOTE, timezone.now(), text=self.cleaned_data["text"], by=by)


class SaveList(forms.Form):
    """A name for those who are chosen."""

    name = forms.CharField(label=_("Save as list"), max_length=80)
    fixed = forms.BooleanField(label=_("keep today's people"), required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class NewGoal(forms.Form):
    """A goal of a stage, with owner and day."""

    measure = forms.ChoiceField(label=_("What should change"), choices=[*GOALS.items()])
    stage = forms.ChoiceField(
        label=_("Of which stage"), required=False, help_text=_("New customers have none.")
    )
    days = forms.ChoiceField(
        label=_("Within"),
        required=False,
        choices=[("", NOTHING), *((str(n), _("%d days") % n) for n in HORIZONS)],
        help_text=_("For the share who move on in time."),
    )
    target = forms.CharField(
        label=_("Goal"), max_length=20, help_text=_("A share such as 40%, or a number.")
    )
    by = forms.DateField(label=_("By"), widget=forms.DateInput({"type": "date"}))
    owner = forms.CharField(label=_("Who looks after it"), max_length=80, required=False)
    note = forms.CharField(label=_("Why, or how"), max_length=LONGEST_NOTE, required=False)
    id = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [("", NOTHING), *stages]  # type: ignore[attr-defined]

    def told(self, journey: str) -> tuple[tuple[str, str], ...]:
        """What was told, as the parts of a goal."""
        given = {**self.cleaned_data, "by": self.cleaned_data["by"].isoformat()}
        if journey:
            given["journey"] = journey
        return tuple((name, value) for name, value in given.items() if value)


class Happened(forms.Form):
    """What happened on a day."""

    day = forms.DateField(label=_("When"), widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput({"type": "date"})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[(k, _(t)) for k, t in EVENTS.items()])
    text = forms.CharField(label=_("What happened"), max_length=SHORT)

    def told(self) -> tuple[str, str, str, str]:
        """Day, text, kind and last day."""
        given = self.cleaned_data
        until = given["until"].isoformat() if given["until"] else ""
        return given["day"].isoformat(), given["text"], given["kind"], until


class NewLink(forms.Form):
    """An address and its tags."""

    url = forms.CharField(
        label=_("Address of the page"),
        max_length=2_000,
        widget=forms.URLInput({"placeholder": "https://shop.example/tea"}),
    )
    source = forms.CharField(label=_("Where it stands"), help_text=_("newsletter, facebook"))
    medium = forms.CharField(label=_("What that is"), help_text=_("email, social, cpc"))
    campaign = forms.CharField(label=_("What it is part of"), help_text=_("spring-sale"))
    content = forms.CharField(
        label=_("Which link there"), required=False, help_text=_("Only if there are several.")
    )
    term = forms.CharField(label=_("Keyword"), required=False, help_text=_("Only for paid search."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for tag in TAGS:
            widget = self.fields[tag].widget
            widget.attrs |= {"list": f"words-{tag}", "spellcheck": "false", "maxlength": "100"}

    def tags(self) -> tuple[tuple[str, str], ...]:
        """The tags that were given."""
        return tuple((tag, self.cleaned_data[tag]) for tag in TAGS if self.cleaned_data[tag])


class Alerting(forms.Form):
    """Who is told when something goes wrong, and when the weekly mail goes out."""

    to = forms.CharField(
        label=_("Mail to"), max_length=2_000, required=False,
        help_text=_("Addresses, with commas between them."),
    )  # fmt: skip
    webhook = forms.CharField(
        label=_("Webhook"), max_length=2_000, required=False,
        help_text=_("An https:// address of yours; calls are signed."),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("When"), choices=[(k, _(t)) for k, t in KINDS.items()], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    mail_to = forms.CharField(
        label=_("Weekly mail to"), max_length=2_000, required=False,
        help_text=_("Addresses, with commas between them; empty for nobody."),
    )  # fmt: skip
    day = forms.ChoiceField(label=_("On"), choices=[(d, _(d.capitalize())) for d in DAYS])
    hour = forms.IntegerField(label=_("At (hour)"), min_value=0, max_value=23)

    def wishes(self) -> Wishes:
        """What was said."""
        given = self.cleaned_data
        mail = Schedule(given["day"], given["hour"], _addresses(given["mail_to"]))
        return Wishes(
            _addresses(given["to"]), given["webhook"].strip(), tuple(given["kinds"]), mail
        )


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.replace(";", ",").split(",") if each.strip())
