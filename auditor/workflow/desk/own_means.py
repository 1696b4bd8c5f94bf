"""One's own means of signing in: password, passkeys, one-time codes, API tokens, sessions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

from auditor.errors import ConfigError, NotShownError, SignInError
from auditor.model.events import CredentialChanged, SessionEnded
from auditor.model.people import PERMISSIONS, Person, SignedIn
from auditor.people import (
    ApiToken,
    Passkey,
    SessionRow,
    credential_text,
    enrolment_picture,
    enrolment_uri,
    matching_step,
    new_code_secret,
    why_password_refused,
)
from auditor.wording import page_text
from auditor.workflow.desk.office import Office

LONGEST_TOKEN = timedelta(days=366)
MOST_TOKENS, MOST_PASSKEYS = 20, 10
_What = Literal["password", "passkey", "totp", "token", "oidc"]


class OwnMeans:
    """The means of the account that is signed in. Each change is journalled before it is made, without the secret."""

    def __init__(self, who: SignedIn, office: Office) -> None:
        self._who = who
        self._office = office

    @property
    def has_second_factor(self) -> bool:
        return has_second_factor(self._office, self._who.person)

    # Password.

    def set_password(self, password: str) -> None:
        """The password from now on; every session of the account ends. `ConfigError` for one that is refused."""
        person = self._who.person
        require_good_password(password, person)
        hashed = self._office.passwords.make(password)
        with self._office.store.transaction():
            self._changed("password", "made")
            self._office.store.set_password(person.id, hashed)
        self._office.sessions.end(person.id)

    # Passkeys.

    def passkeys(self) -> tuple[Passkey, ...]:
        return self._office.keys.passkeys(self._who.person.id)

    def passkey_options(self) -> str:
        person = self._who.person
        return self._office.passkeys.registration(person.id, person.sign_in_name, self.passkeys(), self._office.clock())

    def add_passkey(self, name: str, answer: object) -> Passkey:
        """`SignInError` for an answer to no challenge of ours."""
        if len(self.passkeys()) >= MOST_PASSKEYS:
            raise ConfigError(f"an account has at most {MOST_PASSKEYS} passkeys; remove one first")
        made = self._office.passkeys.registered(
            self._who.person.id, name.strip() or "passkey", answer, self._office.clock()
        )
        if self._office.keys.passkey(made.credential) is not None:
            raise SignInError("the passkey was not accepted; try again")
        with self._office.store.transaction():
            self._office.keys.add_passkey(made)
            self._changed("passkey", "made", credential_text(made.credential)[:200])
        return made

    def remove_passkey(self, credential: bytes) -> None:
        with self._office.store.transaction():
            if self._office.keys.remove_passkey(self._who.person.id, credential):
                self._changed("passkey", "removed", credential_text(credential)[:200])

    # One-time codes.

    @property
    def has_codes(self) -> bool:
        return self._office.keys.code_secret(self._who.person.id) is not None

    def propose_codes(self) -> str:
        """A new secret, until a code of it is shown. `ConfigError` where codes are set up already."""
        if self.has_codes:
            raise ConfigError("one-time codes are set up already; remove them first")
        secret = new_code_secret()
        self._office.keys.propose_code_secret(self._who.person.id, secret)
        return secret

    def codes_picture(self) -> bytes:
        """The proposed secret for an app: a QR code, PNG. `NotShownError` where none is proposed."""
        person = self._who.person
        secret = self._office.keys.code_secret(person.id, confirmed=False)
        if secret is None or self.has_codes:
            raise NotShownError("no one-time codes are being set up")
        return enrolment_picture(enrolment_uri(secret, person.sign_in_name, f"auditor {self._office.rules.host}"))

    def confirm_codes(self, typed: str) -> None:
        """A code of the proposed secret: from here on one is asked for. `SignInError` for another."""
        person, now = self._who.person.id, self._office.clock()
        self._office.account_tries.take(f"codes {person}", now)
        secret = self._office.keys.code_secret(person, confirmed=False)
        step = None if secret is None or self.has_codes else matching_step(secret, typed, now)
        if step is None:
            raise SignInError("that is not the code that is shown now; wait for the next one")
        with self._office.store.transaction():
            self._office.keys.use_code_step(person, step)
            self._changed("totp", "made")

    def remove_codes(self) -> None:
        with self._office.store.transaction():
            if self._office.keys.remove_code_secret(self._who.person.id):
                self._changed("totp", "removed")

    # Tokens.

    def tokens(self) -> tuple[ApiToken, ...]:
        return self._office.keys.tokens(self._who.person.id)

    def make_token(
        self, name: str, permissions: Collection[str], days: int, networks: Collection[str]
    ) -> tuple[ApiToken, str]:
        """The token and its secret, which is shown once. `ConfigError` for what its owner may not do."""
        chosen = {one for one in permissions if one in PERMISSIONS} - {"people", "account"}
        if not chosen or chosen != set(permissions) or not chosen <= self._who.permissions:
            raise ConfigError("a token may do part of what its owner may, and never administer accounts")
        lasts = timedelta(days=days)
        if not timedelta(0) < lasts <= LONGEST_TOKEN or len(self.tokens()) >= MOST_TOKENS or len(networks) > 20:
            raise ConfigError(f"a token lasts 1 to {LONGEST_TOKEN.days} days; an account has at most {MOST_TOKENS}")
        now = self._office.clock()
        try:
            with self._office.store.transaction():
                made, secret = self._office.keys.make_token(
                    self._who.person.id, name.strip()[:60] or "token", chosen, networks, now,
                    now + lasts,
                )  # fmt: skip
                self._changed("token", "made", made.id, tuple(sorted(chosen)), made.expires_at)
        except ValueError as error:
            raise ConfigError("a network is written as 192.0.2.0/24 or 2001:db8::/56") from error
        return made, secret

    def remove_token(self, token: str) -> None:
        with self._office.store.transaction():
            if self._office.keys.remove_token(self._who.person.id, token):
                self._changed("token", "removed", token)

    # Sessions.

    def sessions(self) -> tuple[SessionRow, ...]:
        return self._office.sessions.list(self._office.clock(), self._who.person.id)

    def stands(self) -> bool:
        """Whether the session that asks goes on: not where it was ended, revoked or has run out."""
        return any(one.name == self._who.session for one in self.sessions())

    def end_session(self, name: str) -> None:
        """One of one's own; nothing where there is none of that name."""
        person = self._who.person.id
        if any(one.name == name for one in self.sessions()):
            self._office.journal.record(SessionEnded(person=person, session=name, by=person))
            self._office.sessions.end(person, name)

    def _changed(
        self,
        what: _What,
        change: Literal["made", "removed"],
        credential: str = "",
        permissions: tuple[str, ...] | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        person = self._who.person.id
        self._office.journal.record(
            CredentialChanged(
                person=person, what=what, change=change, credential=credential, by=person, permissions=permissions,
                expires_at=expires_at,
            )
        )  # fmt: skip


def has_second_factor(office: Office, person: Person) -> bool:
    """Whether an account has one that can be shown: a passkey, one-time codes, an identity at a provider."""
    keys = office.keys
    return bool(keys.passkeys(person.id) or keys.code_secret(person.id) or keys.identities(person.id))


def require_good_password(password: str, person: Person) -> None:
    """`ConfigError` for one that is too short, too long or plain."""
    if why := why_password_refused(password, person.sign_in_name, person.name):
        raise ConfigError(page_text(why, "en"))


def recover_account(office: Office, person: Person, password: str) -> None:
    """A password by a link: what opened the account before, and every session, ends with it."""
    hashed, keys = office.passwords.make(password), office.keys
    with office.store.transaction():
        events = [CredentialChanged(person=person.id, what="password", change="made", credential="", by=person.id)]
        if keys.remove_code_secret(person.id):
            events.append(
                CredentialChanged(person=person.id, what="totp", change="removed", credential="", by=person.id)
            )
        for one in keys.passkeys(person.id):
            keys.remove_passkey(person.id, one.credential)
            events.append(
                CredentialChanged(
                    person=person.id, what="passkey", change="removed",
                    credential=credential_text(one.credential)[:200], by=person.id,
                )
            )  # fmt: skip
        events += [
            CredentialChanged(person=person.id, what="token", change="removed", credential=one.id, by=person.id)
            for one in keys.tokens(person.id)
            if keys.remove_token(person.id, one.id)
        ]
        events += [
            CredentialChanged(person=person.id, what="oidc", change="removed", credential=issuer, by=person.id)
            for issuer in keys.remove_identities(person.id)
        ]
        office.journal.record(*events)
        office.store.set_password(person.id, hashed)
    office.sessions.end(person.id)
