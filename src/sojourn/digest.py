"""The Monday mail: what changed this week, in sentences with their numbers, and one picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape
from math import sqrt
from pathlib import Path

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.journey import Journey
from sojourn.measure.notes import moment
from sojourn.pictures import export as render
from sojourn.pictures.facts import FEW, MONTHS
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import count, percent, wrap
from sojourn.sending import send_mail

WEEK = timedelta(days=7)
SURE = 1.96
COUNTED = (("moved_on", "moved on"), ("lapsed", "went quiet"), ("reached", "got here"))
"""What is compared week by week at each stage, and what it is called."""

TITLES = {
    "attention": "What wants attention",
    "journey": "Where more or fewer people move",
    "feelings": "How people feel",
    "moments": "New moments of truth",
    "goals": "Goals",
}

NOTHING = {"goals": "There are no goals yet: every stage can have one."}


@dataclass(frozen=True)
class Section:
    """A part of the mail: its title and its sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Digest:
    """A week in sentences, and the journey's picture as SVG."""

    business: str
    period: str
    sections: tuple[Section, ...]
    picture: str

    @property
    def subject(self) -> str:
        """What stands in the list of mails."""
        return f"{self.business}: {self.period}"

    def text(self) -> str:
        """The mail for those who read without pictures."""
        parts = [
            "\n".join([section.title, *(f"- {each}" for each in section.sentences)])
            for section in self.sections
        ]
        return "\n\n".join([self.subject, *parts]) + "\n"

    def html(self, picture: str | None = None) -> str:
        """The mail as HTML that mail programs show: styles in place, nothing asked for.

        `picture` is where the picture is; without it stands in the page itself.
        """
        if picture is None:
            picture = "data:image/png;base64," + b64encode(self.png()).decode()
        parts = "".join(
            f'<h2 style="font-size:18px;margin:28px 0 8px">{escape(section.title)}</h2><ul '
            'style="margin:0;padding-left:20px">'
            + "".join(f'<li style="margin:6px 0">{escape(each)}</li>' for each in section.sentences)
            + "</ul>"
            for section in self.sections
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(self.subject)}</title></head>"
            '<body style="margin:0;background:#FBF7F0;color:#22211F;font:16px/1.5 Lato,Helvetica,'
            'Arial,sans-serif"><div style="max-width:640px;margin:0 auto;padding:24px">'
            f'<h1 style="font-size:24px;margin:0">{escape(self.business)}</h1>'
            f'<p style="color:#6A655C;margin:4px 0 0">{escape(self.period)}</p>{parts}'
            f'<img src="{picture}" alt="The journey: its numbers are in the sentences above" '
            'style="display:block;width:100%;max-width:640px;margin:28px 0 0;border:0"></div>'
            "</body></html>\n"
        )

    def png(self) -> bytes:
        """The picture as PNG."""
        return render(self.picture, "png", scale=1.5)

    def pdf(self) -> bytes:
        """Sentences and picture on one page."""
        return render(_sheet(self), "pdf")

    def save(self, path: Path) -> Path:
        """Write it to a `.html`, `.pdf` or `.txt` file."""
        forms: dict[str, Callable[[], bytes]] = {
            ".html": lambda: self.html().encode(),
            ".pdf": self.pdf,
            ".txt": lambda: self.text().encode(),
        }
        if path.suffix not in forms:
            known = ", ".join(forms)
            raise PictureError(f"A digest can be {known}; {path.name!r} ends in {path.suffix!r}.")
        path.write_bytes(forms[path.suffix]())
        return path


def weekly(business: str, ask: Callable[..., Journey], model: str | None = None) -> Digest:
    """The last 7 days of a journey beside the 7 before; `ask` gives a journey as of a moment."""
    now = ask(model)
    as_of = moment(now.view.as_of)
    before, earlier = (ask(model, as_of=(as_of - weeks * WEEK).isoformat()) for weeks in (1, 2))
    found = {
        "attention": [_line(row["text"], row["detail"]) for row in now.today().rows],
        "journey": list(_moved(now.stages(), before.stages(), earlier.stages())),
        "feelings": list(_felt(ask, model, as_of)),
        "moments": list(_moments(now, before)),
        "goals": [f"{row['text']}: {row['status']}." for row in now.goals().rows],
    }
    sections = tuple(
        Section(TITLES[name], tuple(told or [NOTHING.get(name, "Nothing new.")]))
        for name, told in found.items()
    )
    first, zone = as_of - WEEK, now.view.zone
    period = f"{_day(first.astimezone(zone))} to {_day(as_of.astimezone(zone))}"
    return Digest(business, period, sections, now.picture())


def _day(when: datetime) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _line(text: str, detail: str | None) -> str:
    return f"{text} ({detail})." if detail else f"{text}."


def _moved(now: Table, before: Table, earlier: Table) -> Iterator[str]:
    """What happened at each stage this week and the week before, where they differ surely.

    Counts of two weeks differ surely when they are further apart than two Poisson counts are
    by chance, nineteen times in twenty.
    """
    for new, old, older in zip(now.rows, before.rows, earlier.rows, strict=True):
        for column, words in COUNTED:
            this, last = new[column] - old[column], old[column] - older[column]
            if abs(this - last) > SURE * sqrt(max(1, this + last)):
                more = "more" if this > last else "fewer"
                share = ""
                if min(this, last) >= FEW:
                    share = f" ({percent(abs(this / last - 1))} {more})"
                yield (
                    f"{new['name']}: {count(max(this, 0), 'journey')} {words} this week, "
                    f"{max(last, 0):,} the week before{share}."
                )


def _felt(ask: Callable[..., Journey], model: str | None, as_of: datetime) -> Iterator[str]:
    weeks = [
        ask(model, start=(as_of - i * WEEK).isoformat(), end=(as_of - (i - 1) * WEEK).isoformat())
        for i in (1, 2)
    ]
    names = {stage.id: stage.name for stage in weeks[0].model.stages}
    this, last = ({row["stage"]: row for row in week.emotions().rows} for week in weeks)
    for stage, row in this.items():
        was = last.get(stage)
        told = f"{names.get(stage, 'Before any stage')}: {row['mean']:+.2f} of 1, by " + count(
            row["n"], "answer"
        )
        if was is not None:
            told += f"; {was['mean']:+.2f} by {was['n']:,} the week before"
            if None not in (row["low"], was["low"]) and (
                row["low"] > was["high"] or row["high"] < was["low"]
            ):
                told += ", a sure difference"
        yield told + "."


def _moments(now: Journey, before: Journey) -> Iterator[str]:
    def found(journey: Journey) -> dict[tuple[str, str], float]:
        return {
            (row["stage"], row["touchpoint"]): row["rate_ratio"]
            for row in journey.moments().rows
            if row["found"] and row["rate_ratio"] > 1
        }

    names = {stage.id: stage.name for stage in now.model.stages}
    known = found(before)
    for (stage, touchpoint), ratio in found(now).items():
        if (stage, touchpoint) not in known:
            yield f"{names[stage]}: after “{touchpoint}” people move on {ratio:.1f} times as soon."


def _sheet(told: Digest) -> str:
    """The digest as one picture: sentences above, the journey beneath."""
    canvas = Canvas(960, "light", digest("digest", told.text()))
    y = canvas.margin + 14
    canvas.text(canvas.margin, y, told.business, size=27, weight=700)
    canvas.text(canvas.margin, y + 24, told.period, fill=canvas.colors.muted)
    y += 58
    room = canvas.width - 2 * canvas.margin
    for section in told.sections:
        canvas.text(canvas.margin, y, section.title, size=17, weight=700)
        y += 24
        for sentence in section.sentences:
            for i, line in enumerate(wrap(sentence, room - 18, 13.5, 400, 6)):
                if i == 0:
                    canvas.circle(canvas.margin + 4, y - 4.5, 2.4, fill=canvas.colors.ink)
                canvas.text(canvas.margin + 18, y, line)
                y += 19
        y += 18
    start = told.picture.index("<svg ")
    high = float(told.picture.split('height="', 1)[1].split('"', 1)[0])
    inner = told.picture[start:].replace("<svg ", f'<svg x="0" y="{y:.0f}" ', 1)
    whole = canvas.render(y + high, told.subject, told.text())
    return whole.removesuffix("</svg>\n") + inner + "</svg>\n"


def mail(told: Digest, to: str, server: str, sender: str = "") -> None:
    """Send it through `smtp://USER:PASSWORD@HOST:PORT`, encrypted where the server can be."""
    send_mail(message_of(told), to, server, sender)


def message_of(told: Digest) -> EmailMessage:
    """The mail: text, HTML, and the picture inside it."""
    message, inside = EmailMessage(), make_msgid(domain="sojourn.invalid")
    message["Subject"] = told.subject
    message.set_content(told.text())
    message.add_alternative(told.html(f"cid:{inside[1:-1]}"), subtype="html")
    html = message.get_payload()[1]  # type: ignore[index]
    html.add_related(told.png(), "image", "png", cid=inside)  # type: ignore[union-attr]
    return message
