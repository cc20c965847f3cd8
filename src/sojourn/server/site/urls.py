"""The addresses of the pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from sojourn.server.api.views import api

urlpatterns = [
    path("accounts/", include("sojourn.server.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("", include("sojourn.server.studio.urls")),
]

handler400 = "sojourn.server.studio.views.errors.bad_request"
handler403 = "sojourn.server.studio.views.errors.forbidden"
handler404 = "sojourn.server.studio.views.errors.not_found"
handler500 = "sojourn.server.studio.views.errors.broken"
