"""The forms of the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sojourn.byhand import LONGEST, LONGEST_TEXT, NOTE, ByHand


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
