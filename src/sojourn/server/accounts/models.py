"""Accounts, the one-time links that make them, failed attempts, and the record of deeds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sojourn.server.accounts.roles import Role, allowed


class People(BaseUserManager["User"]):
    """Makes accounts."""

    def create_user(self, email: str, password: str | None = None, **more: Any) -> User:
        """A new account; without a password nobody can sign in to it yet."""
        user = self.model(email=self.normalize_email(email).lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in with an address and a password, in one role."""

    email = models.EmailField(_("email"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[People] = People()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        """Names in the administration."""

        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether the administration is open to them."""
        return self.role == Role.OWNER

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep Django's permissions at what the role says."""
        self.is_superuser = self.role == Role.OWNER
        super().save(*args, **kwargs)

    def may(self, role: str) -> bool:
        """Whether their role includes another."""
        return allowed(self.role, role)

    def get_short_name(self) -> str:
        """What they are called on pages."""
        return self.name or self.email.partition("@")[0]


class Link(models.Model):
    """A link that makes an account or sets a password, once; only its hash is kept."""

    LASTS = timedelta(days=7)

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True, max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="links")
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        """Names in the administration."""

        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.email or 'the first account'} ({self.role})"

    @property
    def expires_at(self) -> Any:
        """When it stops working."""
        return self.made_at + self.LASTS

    @property
    def works(self) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and timezone.now() < self.expires_at


class Attempt(models.Model):
    """A failed attempt to sign in, by the hash of an address or of where it came from."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Found by key and time."""

        indexes: ClassVar = [models.Index(fields=["key", "at"])]

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at:%H:%M:%S}"


class Deed(models.Model):
    """Who saw or changed what, when; a person is named by a keyed hash only."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    who = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="deeds")
    what = models.CharField(max_length=60)
    about = models.CharField(max_length=64, blank=True, db_index=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        """The newest first."""

        ordering: ClassVar = ["-at", "-id"]
        verbose_name = _("deed")
        verbose_name_plural = _("record of deeds")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who}: {self.what}"
