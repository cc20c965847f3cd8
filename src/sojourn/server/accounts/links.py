"""One-time links: made, looked up by their hash, used once."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from sojourn.server.accounts.models import Link, User
from sojourn.server.accounts.roles import Role


def make(email: str, role: str, by: User | None = None) -> str:
    """The token of a new link; for an address that has an account it sets a new password."""
    token = secrets.token_urlsafe(32)
    email = email.strip().lower()
    Link.objects.filter(email=email, used_at=None).delete()
    Link.objects.create(token_hash=_hash(token), email=email, role=role, made_by=by)
    return token


def first() -> str | None:
    """The token of the link for the first account; None once there is an account."""
    return None if User.objects.exists() else make("", Role.OWNER)


def find(token: str) -> Link | None:
    """The link of a token, when it still works."""
    link = Link.objects.filter(token_hash=_hash(token)).first()
    return link if link is not None and link.works else None


@transaction.atomic
def use(link: Link, email: str, name: str, password: str) -> User | None:
    """The account that a link makes, or whose password it sets; None when it was used already."""
    now = timezone.now()
    if not Link.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        return None
    email = (link.email or email).strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        return User.objects.create_user(email, password, name=name, role=link.role)
    user.set_password(password)
    user.is_active = True
    user.save()
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
