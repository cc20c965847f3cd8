"""Where and why are people lost, since when, for whom, and what does it cost?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.core.durations import duration, in_words
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.friction.choose import Finding, findings, for_whom
from sojourn.measure.friction.detectors import DETECTORS
from sojourn.measure.friction.kernel import WORTH_DAYS, Found, FrictionKernel
from sojourn.measure.friction.pool import Pool, pools
from sojourn.measure.friction.weigh import candidates
from sojourn.measure.friction.words import EPOCH, sentence, trend, whom
from sojourn.measure.notes import notes
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

HEARD_WITHIN = "48 hours"
EXAMPLES = 3
COLUMNS = (
    Column("rank", "integer"),
    Column("kind", "text"),
    Column("stage", "text"),
    Column("subject", "text"),
    Column("part", "text"),
    Column("people", "integer", "people"),
    Column("lost", "integer", "people"),
    Column("excess_lost", "number", "people"),
    Column("low", "number", "people"),
    Column("high", "number", "people"),
    Column("lost_share", "number", "share"),
    Column("usual_share", "number", "share"),
    Column("money", "money"),
    Column("currency", "text"),
    Column("since", "text", "date"),
    Column("since_earliest", "text", "date"),
    Column("since_latest", "text", "date"),
    Column("until", "text", "date"),
    Column("trend", "text"),
    Column("for_whom", "text"),
    Column("examples", "text", "people"),
    Column("p", "number"),
    Column("also", "text"),
    Column("text", "text"),
)


@dataclass(frozen=True)
class Answer:
    """What one block has to tell, and what was tested for it."""

    label: str
    pools: Sequence[Pool]
    tested: int
    findings: Sequence[Finding]


def friction(view: View, *, heard_within: str = HEARD_WITHIN, top: int | None = None) -> Table:
    """One row a finding (and currency), the costliest first; with `by` for each block by itself.

    `people` met the friction, `lost` of them did not go on, `excess_lost` (95% interval `low` to
    `high`) is how many more than of comparable others in the same stage. `money` is that many
    times what those who went on spent in 90 days. Raises QuestionError for a length of time or a
    number that makes no sense.
    """
    try:
        heard = duration(heard_within)
    except ValueError as error:
        raise QuestionError(f"heard within: {error}") from None
    if top is not None and top < 1:
        raise QuestionError(f"found top {top}, expected at least 1 finding to show")
    parts: list[Found] = view.run(FrictionKernel(view, heard))
    labels = merge_labels([part.labels for part in parts], view)
    answers = [_answer(view, parts, label) for label in labels]
    rows = [
        row | {view.by: answer.label} if view.by is not None else row
        for answer in answers
        for number, finding in enumerate(answer.findings[:top], 1)
        for row in _rows(view, number, finding)
    ]
    columns = with_block(COLUMNS, view.by)
    data = {column.name: [row[column.name] for row in rows] for column in columns}
    said = notes(view, [part.basis for part in parts], _remarks(answers, heard, top))
    said |= {
        "cases": sum(len(pool) for answer in answers for pool in answer.pools),
        "cases_pending": sum(int(pool.pending.sum()) for a in answers for pool in a.pools),
        "tested": sum(answer.tested for answer in answers),
    }
    return Table.of("friction", columns, data, {k: v for k, v in said.items() if k != "remarks"}
                    | {"remarks": said["remarks"]})  # fmt: skip


def _answer(view: View, parts: Sequence[Found], label: str) -> Answer:
    found = pools(view, parts, label)
    tested = [candidate for pool in found for candidate in candidates(pool)]
    return Answer(label, found, len(tested), findings(tested))


def _rows(view: View, number: int, finding: Finding) -> list[dict[str, Any]]:
    candidate = finding.candidate
    pool, excess, scale = candidate.pool, candidate.excess, finding.scale
    stage, (earliest, latest) = finding.stage, finding.may_have_begun
    known: dict[str, Any] = {
        "rank": number,
        "kind": pool.detector.id,
        "stage": view.model.stages[stage].id if stage >= 0 else None,
        "subject": pool.subject,
        "part": candidate.segment[1] or None,
        "people": len(finding.people),
        "lost": len(finding.people_lost),
        "excess_lost": finding.more,
        "low": excess.low * scale,
        "high": excess.high * scale,
        "lost_share": excess.rate,
        "usual_share": excess.usual,
        "since": _date(finding.since),
        "since_earliest": _date(earliest),
        "since_latest": _date(latest),
        "until": _date(finding.until),
        "trend": trend(finding),
        "for_whom": whom(for_whom(finding)) or None,
        "examples": ", ".join(_examples(view, finding)),
        "p": finding.adjusted,
        "also": "; ".join(finding.also) or None,
        "text": sentence(finding),
    }
    worth: dict[str, Decimal | None] = dict(finding.worth()) or {"": None}
    return [known | {"money": m, "currency": name or None} for name, m in sorted(worth.items())]


def _date(day: int | None) -> str | None:
    return None if day is None else (EPOCH + timedelta(days=day)).isoformat()


def _examples(view: View, finding: Finding) -> list[str]:
    """Some of the people lost, the latest first."""
    candidate = finding.candidate
    pool, chosen = candidate.pool, candidate.chosen
    lost = chosen[pool.lost[chosen]]
    latest = pool.person[lost[np.argsort(-pool.ts[lost], kind="stable")]]
    some = list(dict.fromkeys(latest.tolist()))[:EXAMPLES]
    return [str(each) for each in view.ids().take(pa.array(some, pa.int64())).to_pylist()]


def _remarks(answers: Sequence[Answer], heard: int, top: int | None) -> list[str]:
    kinds = {pool.detector.id for answer in answers for pool in answer.pools if pool.occurs}
    said = [
        "Lost is who did not go on (a further stage, an order, a cycle begun again) within the "
        "patience of the stage, at most 90 days; attempts have the time named in the guide. Who "
        "still has time is pending, and in no number here.",
        "excess_lost compares with others in the same stage, with as many orders, whom it did not "
        "meet: an association. p is corrected for all that was tested (Benjamini-Hochberg).",
        f"money is excess_lost times what those who went on spent in {WORTH_DAYS} days.",
        f"Whoever buys should hear from us within {in_words(heard)}.",
    ]
    without = [detector.id for detector in DETECTORS if detector.id not in kinds]
    if without:
        said.append(f"Not met at all: {', '.join(without)}.")
    if not any(answer.findings for answer in answers):
        said.append("Nothing was found that chance does not explain as well.")
    hidden = sum(max(0, len(answer.findings) - (top or len(answer.findings))) for answer in answers)
    if hidden:
        said.append(f"{hidden:,} further findings are not shown (top {top}).")
    return said
