"""The addresses of the rooms."""

from __future__ import annotations

from django.urls import path

from sojourn.server.studio.routes import page
from sojourn.server.studio.views.door import home
from sojourn.server.studio.views.journey import journey
from sojourn.server.studio.views.people import people

app_name = "studio"
urlpatterns = [
    path("", home, name="home"),
    *page("journey", journey, "journey"),
    *page("people", people, "people"),
]
