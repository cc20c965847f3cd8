"""How often a wrong password may be tried: for one account, and from one place."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from sojourn.server.accounts.models import Attempt

WINDOW = timedelta(minutes=15)
FOR_AN_ACCOUNT, FROM_A_PLACE = 8, 40


def too_many(email: str, place: str) -> bool:
    """Whether somebody has to wait before trying again."""
    since = timezone.now() - WINDOW
    counts = ((_key("account", email), FOR_AN_ACCOUNT), (_key("place", place), FROM_A_PLACE))
    return any(Attempt.objects.filter(key=k, at__gt=since).count() >= most for k, most in counts)


def failed(email: str, place: str) -> None:
    """Remember a failure; forget what is over."""
    now = timezone.now()
    Attempt.objects.filter(at__lt=now - WINDOW).delete()
    keys = _key("account", email), _key("place", place)
    Attempt.objects.bulk_create([Attempt(key=key, at=now) for key in keys])


def succeeded(email: str) -> None:
    """Forget the failures of an account whose owner came in."""
    Attempt.objects.filter(key=_key("account", email)).delete()


def _key(kind: str, text: str) -> str:
    said = f"{kind}:{text.strip().lower()}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()
