"""The addresses of accounts."""

from __future__ import annotations

from django.urls import path

from sojourn.server.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("welcome/<str:token>/", views.welcome, name="welcome"),
    path("", views.accounts, name="accounts"),
    path("<int:pk>/change/", views.change, name="change"),
    path("invitations/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
