"""How people sign in: with an official number that somebody else made, and a sealed second factor."""

import base64
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sealing import cipher
from sealing.keyring import Purpose
from sealing.subject import keyed

PLACE = ("mfa_authenticator", "data")


class ClosedSignUp(DefaultAccountAdapter):
    """Nobody makes an account for himself, and a refusal does not say which of the two was wrong."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _(
            "The official number or the password is not right. Check both and try again."
        ),
        "too_many_login_attempts": _("Too many failed attempts. Wait 15 minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: accounts are made by the security administrator."""
        return False


class SealedSecrets(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed, under a key of their own, bound to their column."""

    def encrypt(self, text: str) -> str:
        """Return the sealed form that the database keeps."""
        envelope = cipher.seal(text.encode(), place=PLACE, purpose=Purpose.SIGN_IN)
        return base64.b64encode(envelope).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; raise Unopenable when it was changed or sealed elsewhere."""
        envelope = base64.b64decode(encrypted_text)
        return cipher.opened(envelope, place=PLACE, purpose=Purpose.SIGN_IN).decode()

    def get_totp_issuer(self) -> str:
        """Return what an authenticator app shows above the code."""
        return gettext("Registry of Sealed Violation Records")


def attempted_number(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Return what stands for the number that a sign-in was tried with, in one spelling: attempts are counted by it.

    A keyed hash, because the attempt is stored and somebody may type a person's number instead of his own.
    """
    number = (credentials or {}).get("username") or request.POST.get("login", "")
    return keyed(Purpose.SIGN_IN, "attempt", str(number).strip().casefold()).hex()


class SignInForm(LoginForm):
    """Asks for the official number 警号/工号 and the password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        number = self.fields["login"]
        number.label = _("Official number")
        number.help_text = _("The number on your police or work identity card.")
        number.error_messages["required"] = _("Enter your official number.")
        number.widget.attrs.update(autocapitalize="none", **{"class": "govuk-input--width-20"})
        password = self.fields["password"]
        password.error_messages["required"] = _("Enter your password.")
        password.widget.attrs["class"] = "govuk-input--width-20"
