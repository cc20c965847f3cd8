"""The addresses of the rooms."""

from __future__ import annotations

from django.urls import path, re_path

from sojourn.server.studio.routes import page
from sojourn.server.studio.views import (
    closer,
    data,
    journey,
    maps,
    people,
    plan,
    privacy,
    setup,
    today,
)

app_name = "studio"
urlpatterns = [
    path("", today.today, name="home"),
    *page("today", today.today, "today"),
    path("today/<slug:which>/", today.listed, name="waiting"),
    re_path(r"^today/(?P<which>[a-z]+)\.(?P<style>json|csv)$", today.listed, name="waiting_twin"),
    *page("journey", journey.journey, "journey"),
    path("journey/stages/<slug:stage>/", journey.stage, name="stage"),
    re_path(
        r"^journey/stages/(?P<stage>[\w-]+)\.(?P<style>json|csv)$", journey.stage, name="stage_twin"
    ),
    *page("journey/goals", plan.goals, "goals"),
    path("journey/goals/set/", plan.set_goal, name="set_goal"),
    path("journey/goals/remove/", plan.drop_goal, name="drop_goal"),
    *page("journey/series", plan.series, "series"),
    path("journey/series/note/", plan.annotate, name="annotate"),
    path("journey/series/forget/", plan.forget, name="forget"),
    path("journey/maps/", maps.atlas, name="maps"),
    path("journey/maps/new/", maps.new, name="new_map"),
    path("journey/maps/<slug:name>/", maps.one, name="map"),
    path("journey/maps/<slug:name>/cell/<slug:lane>/<path:column>/", maps.cell, name="cell"),
    path("journey/maps/<slug:name>/mark/<slug:lane>/<path:column>/", maps.mark, name="mark"),
    path("journey/maps/<slug:name>/yaml/", maps.yaml, name="map_yaml"),
    path("journey/maps/<slug:name>/restore/", maps.restore, name="restore_map"),
    path("journey/maps/<slug:name>/remove/", maps.remove, name="remove_map"),
    path("journey/maps/<slug:name>/share/", maps.share, name="share_map"),
    path("journey/maps/<slug:name>/map.<slug:form>", maps.export, name="export_map"),
    path("shared/<str:token>/", maps.shared, name="shared"),
    path("data/", data.sources, name="data"),
    path("data/keys/", data.change_key, name="change_key"),
    path("data/upload/", data.upload, name="upload"),
    path("data/upload/<str:token>/", data.look, name="look"),
    path("data/upload/<str:token>/progress/", data.progress, name="progress"),
    *page("data/imports", data.imports, "imports"),
    path("data/imports/undo/", data.undo, name="undo"),
    *page("data/rejected", data.rejected, "rejected"),
    path("data/rejected/rejected-rows/", data.rejected_file, name="rejected_file"),
    path("data/rejected/replay/<str:token>/", data.replay, name="replay"),
    *page("data/health", data.health, "health"),
    path("data/journeys/", setup.models, name="models"),
    path("data/journeys/<slug:name>/", setup.model, name="model"),
    path("data/journeys/<slug:name>/judge/", setup.judge, name="judge"),
    path("data/personas/", setup.personas, name="personas"),
    path("data/personas/change/", setup.persona, name="persona"),
    path("data/settings/", setup.settings, name="settings"),
    *closer.routes(),
    *page("people", people.people, "people"),
    *page("people/lists", people.lists, "lists"),
    path("people/lists/save/", people.save_list, name="save_list"),
    path("people/lists/remove/", people.remove_list, name="remove_list"),
    path("people/add/", people.add, name="add"),
    path("people/of/<path:who>/note/", people.add_note, name="note"),
    path("people/of/<path:who>/export/", privacy.export, name="export_person"),
    path("people/of/<path:who>/erase/", privacy.erase, name="erase"),
    path("people/of/<path:who>/correct/", people.correct, name="correct"),
    re_path(r"^people/of/(?P<who>.+)\.(?P<style>json|csv)$", people.person, name="person_twin"),
    path("people/of/<path:who>/", people.person, name="person"),
]
