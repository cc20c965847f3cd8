"""What leaves the machine: mails through the business's own server, calls to a webhook."""

from sojourn.sending.mail import check_address, send_mail
from sojourn.sending.webhook import check_hook, post

__all__ = ["check_address", "check_hook", "post", "send_mail"]
