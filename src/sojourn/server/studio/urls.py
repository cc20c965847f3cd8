"""The addresses of the rooms."""

from __future__ import annotations

from django.urls import path, re_path

from sojourn.server.studio.routes import page
from sojourn.server.studio.views import closer, people
from sojourn.server.studio.views.door import home
from sojourn.server.studio.views.journey import journey

app_name = "studio"
urlpatterns = [
    path("", home, name="home"),
    *page("journey", journey, "journey"),
    *closer.routes(),
    *page("people", people.people, "people"),
    *page("people/lists", people.lists, "lists"),
    path("people/lists/save/", people.save_list, name="save_list"),
    path("people/lists/remove/", people.remove_list, name="remove_list"),
    path("people/add/", people.add, name="add"),
    path("people/of/<path:who>/note/", people.add_note, name="note"),
    path("people/of/<path:who>/correct/", people.correct, name="correct"),
    re_path(r"^people/of/(?P<who>.+)\.(?P<style>json|csv)$", people.person, name="person_twin"),
    path("people/of/<path:who>/", people.person, name="person"),
]
