"""The domain's own pictures, as SVG text: pure functions from a Table, and their export."""

from sojourn.pictures.attribution import attribution
from sojourn.pictures.circle import circle
from sojourn.pictures.emotions import emotions
from sojourn.pictures.export import Form, export, save
from sojourn.pictures.facts import ModelInfo, StageInfo
from sojourn.pictures.flow import flow, moves_flow
from sojourn.pictures.forecast import forecast
from sojourn.pictures.friction import friction
from sojourn.pictures.funnel import funnel
from sojourn.pictures.hourglass import hourglass
from sojourn.pictures.kinds import PICTURED, SHAPES, picture_of
from sojourn.pictures.leaving import leaving
from sojourn.pictures.lifetime import lifetime
from sojourn.pictures.line import line
from sojourn.pictures.moments import moments
from sojourn.pictures.parts import parts
from sojourn.pictures.ranges import ranges
from sojourn.pictures.referrals import referrals
from sojourn.pictures.retention import retention
from sojourn.pictures.ribbon import ribbon
from sojourn.pictures.roles import roles
from sojourn.pictures.scale import Scale
from sojourn.pictures.series import series
from sojourn.pictures.theme import Theme, web_style

__all__ = [
    "PICTURED",
    "SHAPES",
    "Form",
    "ModelInfo",
    "Scale",
    "StageInfo",
    "Theme",
    "attribution",
    "circle",
    "emotions",
    "export",
    "flow",
    "forecast",
    "friction",
    "funnel",
    "hourglass",
    "leaving",
    "lifetime",
    "line",
    "moments",
    "moves_flow",
    "parts",
    "picture_of",
    "ranges",
    "referrals",
    "retention",
    "ribbon",
    "roles",
    "save",
    "series",
    "web_style",
]
