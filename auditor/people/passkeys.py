"""Passkeys (WebAuthn level 3): options for the browser, and its answers checked against a challenge used once."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

import webauthn
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from auditor.errors import SignInError
from auditor.people.keyrings import Passkey

LASTS = timedelta(minutes=5)
MOST_OPEN = 1_000
"""Challenges that wait for an answer at a time; the oldest give way."""


class PasskeyCeremony:
    """Challenges of one origin. A passkey shows that somebody has the device and was verified by it: two factors."""

    def __init__(self, origin: str, host: str, title: str) -> None:
        self.origin, self.host, self.title = origin, host, title
        self._open: OrderedDict[bytes, tuple[str, datetime]] = OrderedDict()
        self._guard = threading.Lock()

    def registration(self, person: str, name: str, known: Iterable[Passkey], now: datetime) -> str:
        """Options for `navigator.credentials.create`, as JSON."""
        options = webauthn.generate_registration_options(
            rp_id=self.host,
            rp_name=self.title,
            user_id=person.encode(),
            user_name=name,
            challenge=self._challenge(f"register {person}", now),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
        return webauthn.options_to_json(options)

    def registered(self, person: str, name: str, answer: object, now: datetime) -> Passkey:
        """The passkey of an answer; `SignInError` where it is not one to a challenge of this person's."""
        challenge = self._take(answer, f"register {person}", now)
        try:
            found = webauthn.verify_registration_response(
                credential=_credential(answer),
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise SignInError("the passkey was not accepted; try again") from error
        return Passkey(found.credential_id, person, name[:60], found.credential_public_key, found.sign_count, now, None)

    def sign_in(self, now: datetime) -> str:
        """Options for `navigator.credentials.get`, as JSON: whose passkey it is, the answer says."""
        options = webauthn.generate_authentication_options(
            rp_id=self.host,
            challenge=self._challenge("sign in", now),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options)

    def signed_in(self, passkey: Passkey, answer: object, now: datetime) -> int:
        """The passkey's new counter; `SignInError` where the answer is not one to a challenge of ours, or the counter
        went back, as that of a copy does."""
        challenge = self._take(answer, "sign in", now)
        try:
            found = webauthn.verify_authentication_response(
                credential=_credential(answer),
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise SignInError("the passkey was not accepted; try again") from error
        return found.new_sign_count

    def _challenge(self, purpose: str, now: datetime) -> bytes:
        challenge = secrets.token_bytes(32)
        with self._guard:
            self._open[challenge] = (purpose, now)
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return challenge

    def _take(self, answer: object, purpose: str, now: datetime) -> bytes:
        """The challenge that the answer names, once."""
        challenge = _answered_challenge(answer)
        with self._guard:
            wanted, at = self._open.pop(challenge, ("", now))
        if wanted != purpose or now - at > LASTS:
            raise SignInError("the passkey was not accepted; try again")
        return challenge


def credential_id(answer: object) -> bytes:
    """Which passkey an answer is of; `SignInError` for no answer."""
    try:
        return webauthn.base64url_to_bytes(str(_credential(answer)["rawId"])[:2_000])
    except (ValueError, KeyError) as error:
        raise SignInError("the passkey was not accepted; try again") from error


def credential_text(credential: bytes) -> str:
    """How a passkey is named in addresses and in the journal."""
    return bytes_to_base64url(credential)


def _credential(answer: object) -> dict[str, object]:
    if not isinstance(answer, dict):
        raise SignInError("the passkey was not accepted; try again")
    return answer


def _answered_challenge(answer: object) -> bytes:
    try:
        response = _credential(answer)["response"]
        assert isinstance(response, dict)  # noqa: S101 (refused below)
        client = webauthn.helpers.parse_client_data_json(
            webauthn.base64url_to_bytes(str(response["clientDataJSON"])[:8_000])
        )
    except (AssertionError, KeyError, ValueError, WebAuthnException) as error:
        raise SignInError("the passkey was not accepted; try again") from error
    return client.challenge
