"""Signing in: what is shown is checked, journalled, and only then a session begins. One answer for every failure."""

from __future__ import annotations

import getpass
import pwd
from dataclasses import dataclass
from typing import Literal

from auditor.errors import NotShownError, ProveAgainError, SignInError
from auditor.model.events import AccessRefused, CredentialChanged, PersonSignedIn, SessionEnded
from auditor.model.people import EVERYBODY, NOBODY, Means, Permission, Person, SignedIn
from auditor.people import OidcProvider, credential_id, matching_step, network_of, sign_in_form
from auditor.workflow.access.shared_bundles import SharedBundles
from auditor.workflow.desk.accounts import COMMAND_LINE, LINK_LASTS, Accounts, NewPerson
from auditor.workflow.desk.office import STEP_UP, Office
from auditor.workflow.desk.own_means import has_second_factor, recover_account, require_good_password

FAILED = "that does not open anything; check what you typed, or ask whoever administers accounts"
_ACCOUNT_ALONE: frozenset[Permission] = frozenset({"account"})
_Means = Literal["password", "password_totp", "passkey", "oidc", "link"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request to sign in comes from."""

    address: str
    agent: str

    @property
    def network(self) -> str:
        return network_of(self.address)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that begins or goes on."""

    secret: str
    """For the cookie."""
    person: Person
    full: bool
    """False: a second factor is to be set up first."""


class Entrance:
    """How people come in."""

    def __init__(self, office: Office) -> None:
        self._office = office

    # Who is there.

    def who(self, secret: str, visitor: Visitor, *, uses: bool = True) -> SignedIn | None:
        """Whose session it is; None where it is nobody's any more. `uses`: whether it counts as used by that."""
        row = self._office.sessions.find(secret, self._office.clock(), uses=uses)
        person = None if row is None else self._office.store.person(row.person)
        if row is None or person is None or person.revoked_at is not None:
            return None
        permissions = person.permissions if row.full else _ACCOUNT_ALONE
        return SignedIn(
            person, row.means, row.name, permissions, person.scope if row.full else NOBODY, row.proved_at,
            visitor.network, self._office.sessions.visited_before(row.name),
        )  # fmt: skip

    @property
    def shared(self) -> SharedBundles:
        """Bundles that are taken by a link."""
        return self._office.shared

    def who_by_token(self, secret: str, visitor: Visitor) -> SignedIn:
        """Whose token it is; `SignInError` where it is nobody's, has run out, or comes from elsewhere."""
        now = self._office.clock()
        found = self._office.keys.token(secret)
        person = None if found is None else self._office.store.person(found.person)
        if (
            found is None
            or person is None
            or person.revoked_at is not None
            or found.expires_at <= now
            or not found.may_come_from(visitor.address)
        ):
            self._office.network_tries.take(visitor.network, now)
            self._office.journal.record(
                AccessRefused(
                    person=found.person if found else "", why="sign_in", what=found.id if found else "unknown token",
                    network=visitor.network,
                )
            )  # fmt: skip
            raise SignInError("the token is not known, has run out, or may not come from here")
        if found.used_at is None or (now - found.used_at).total_seconds() > 60:
            self._office.keys.token_used(found.id, now)
        permissions = (person.permissions & found.permissions) - {"people", "account"}
        last = self._office.sessions.last_used(person.id)
        return SignedIn(person, "token", found.id, permissions, person.scope, found.made_at, visitor.network, last)

    def proved_lately(self, who: SignedIn) -> bool:
        """Whether a secret was shown within the last ten minutes. The link that `serve` prints counts while the account
        has no secret that could be asked for: whoever has it has the machine."""
        if who.half and has_second_factor(self._office, who.person):
            return False  # a second factor that is there is shown, not replaced
        if who.means == "link" and not self._has_secret(who.person):
            return True
        return self._office.clock() - who.proved_at < STEP_UP

    # Coming in.

    def by_password(self, typed: str, password: str, code: str, visitor: Visitor) -> Opened:
        """`SignInError` in one text for every reason; the same work is done for a name that nobody has."""
        now, office = self._office.clock(), self._office
        office.network_tries.take(visitor.network, now)
        office.account_tries.take(f"{sign_in_form(typed)[:120]} {visitor.network}", now)
        person = office.store.person_named(typed[:200])
        standing = person if person is not None and person.revoked_at is None else None
        kept = None if standing is None else office.store.password_hash(standing.id)
        if not office.passwords.matches(kept, password) or standing is None:
            self._refused(standing, "sign_in", visitor)
            raise SignInError(FAILED)
        means: _Means = "password"
        if (secret := office.keys.code_secret(standing.id)) is not None:
            step = matching_step(secret, code, now)
            if step is None or not office.keys.use_code_step(standing.id, step):
                self._refused(standing, "second_factor", visitor)
                raise SignInError(FAILED)
            means = "password_totp"
        office.account_tries.forget(f"{sign_in_form(typed)[:120]} {visitor.network}")
        return self._open(standing, means, visitor, full=means == "password_totp" or not standing.needs_second_factor)

    def passkey_options(self) -> str:
        """Options for the browser, as JSON."""
        return self._office.passkeys.sign_in(self._office.clock())

    def by_passkey(self, answer: object, visitor: Visitor) -> Opened:
        """A passkey is two factors: the device, and what it asked of the person."""
        self._office.network_tries.take(visitor.network, self._office.clock())
        return self._open(self._passkey_owner(answer, visitor), "passkey", visitor, full=True)

    def by_link(self, secret: str, visitor: Visitor) -> Opened:
        """The one-time link that `auditor serve` prints on the machine itself."""
        now = self._office.clock()
        self._office.network_tries.take(visitor.network, now)
        person = self._office.store.take_link(secret, "sign_in", now)
        if person is None or person.revoked_at is not None:
            self._refused(None, "sign_in", visitor)
            raise SignInError(FAILED)
        return self._open(person, "link", visitor, full=True)

    def link_is_for(self, secret: str) -> bool:
        """Whether a link for a password still works."""
        return self._office.store.peek_link(secret, "set_password", self._office.clock()) is not None

    def first_password(self, secret: str, password: str, visitor: Visitor) -> Person:
        """Set the password of the account that a link is for; the link works no more. What opened the account before
        does not any more. `ConfigError` for a password that is refused: the link stays."""
        now, office = self._office.clock(), self._office
        office.network_tries.take(visitor.network, now)
        person = office.store.peek_link(secret, "set_password", now)
        if person is None or person.revoked_at is not None:
            self._refused(None, "sign_in", visitor)
            raise SignInError(FAILED)
        require_good_password(password, person)
        if office.store.take_link(secret, "set_password", now) is None:
            raise SignInError(FAILED)
        recover_account(office, person, password)
        return person

    # An identity provider.

    @property
    def provider(self) -> str:
        """The name of the identity provider; empty where there is none."""
        return "" if self._office.provider is None else self._office.provider.settings.title

    def to_provider(self, visitor: Visitor) -> tuple[str, str]:
        """Where to send the browser, and the state for its cookie. `NotShownError` where there is no provider."""
        self._office.network_tries.take(visitor.network, self._office.clock())
        return self._provider().begin(self._office.clock())

    def by_provider(self, state: str, kept: str, code: str, issuer: str, visitor: Visitor) -> Opened:
        """Whoever came back, where that identity is bound to an account. The provider vouches for the second factor."""
        person = self._identity_owner(state, kept, code, issuer)
        if person is None:
            self._refused(None, "sign_in", visitor)
            raise SignInError(FAILED)
        return self._open(person, "oidc", visitor, full=True)

    def bind_provider(self, who: SignedIn, state: str, kept: str, code: str, issuer: str) -> None:
        """Bind whoever came back to the account that is signed in; `SignInError` where it is bound already."""
        subject, provider = self._came_back(state, kept, code, issuer), self._provider().settings.issuer
        with self._office.store.transaction():
            if not self._office.keys.bind_identity(provider, subject, who.person.id):
                raise SignInError(FAILED)
            self._office.journal.record(
                CredentialChanged(
                    person=who.person.id, what="oidc", change="made", credential=provider, by=who.person.id
                )
            )

    def prove_by_provider(
        self, who: SignedIn, state: str, kept: str, code: str, issuer: str, visitor: Visitor
    ) -> Opened:
        """As `prove_again`, by the identity that is bound to the person's own account; `ProveAgainError` where none is:
        then another secret must be shown."""
        if not self._office.keys.identities(who.person.id):
            raise ProveAgainError("show your secret again first")
        person = self._identity_owner(state, kept, code, issuer)
        if person is None or person.id != who.person.id:
            self._refused(who.person, "step_up", visitor)
            raise SignInError(FAILED)
        return self.go_on(who, "oidc")

    def _identity_owner(self, state: str, kept: str, code: str, issuer: str) -> Person | None:
        """Whose account the identity of whoever came back is bound to; None where it is nobody's that stands."""
        subject = self._came_back(state, kept, code, issuer)
        bound = self._office.keys.identity(self._provider().settings.issuer, subject)
        person = None if bound is None else self._office.store.person(bound)
        return None if person is None or person.revoked_at is not None else person

    def _came_back(self, state: str, kept: str, code: str, issuer: str) -> str:
        return self._provider().end(state, kept, code, issuer, self._office.clock())

    def _provider(self) -> OidcProvider:
        if self._office.provider is None:
            raise NotShownError("there is no identity provider here")
        return self._office.provider

    # Showing a secret again.

    def prove_again(self, who: SignedIn, password: str, code: str, visitor: Visitor) -> Opened:
        """The session goes on under a new id; `SignInError` where the secret is wrong."""
        now, office = self._office.clock(), self._office
        office.account_tries.take(f"{who.person.id} {visitor.network}", now)
        good = office.passwords.matches(office.store.password_hash(who.person.id), password)
        secret = office.keys.code_secret(who.person.id)
        if good and secret is not None:
            step = matching_step(secret, code, now)
            good = step is not None and office.keys.use_code_step(who.person.id, step)
        if not good:
            self._refused(who.person, "step_up", visitor)
            raise SignInError(FAILED)
        return self.go_on(who, "password" if secret is None else "password_totp")

    def prove_by_passkey(self, who: SignedIn, answer: object, visitor: Visitor) -> Opened:
        """As `prove_again`, by one of the person's own passkeys."""
        if self._passkey_owner(answer, visitor).id != who.person.id:
            self._refused(who.person, "step_up", visitor)
            raise SignInError(FAILED)
        return self.go_on(who, "passkey")

    def go_on(self, who: SignedIn, means: Means) -> Opened:
        """The session under a new id: a secret was shown, or a second factor set up."""
        before = not who.half  # whole already: a password is enough to show it again
        full = before or not who.person.needs_second_factor or means in ("passkey", "password_totp", "link", "oidc")
        means = who.means if before and means == "password" else means
        secret = self._office.sessions.renew(who.session, means, self._office.clock(), full=full)
        if secret is None:
            raise SignInError(FAILED)
        return Opened(secret, who.person, full)

    # Going out.

    def sign_out(self, who: SignedIn) -> None:
        """The session opens nothing any more, in every tab."""
        self._office.journal.record(SessionEnded(person=who.person.id, session=who.session, by=who.person.id))
        self._office.sessions.end(who.person.id, who.session)

    def _passkey_owner(self, answer: object, visitor: Visitor) -> Person:
        """Whose passkey answered; its counter is kept."""
        now, keys = self._office.clock(), self._office.keys
        passkey = keys.passkey(credential_id(answer))
        person = None if passkey is None else self._office.store.person(passkey.person)
        if passkey is None or person is None or person.revoked_at is not None:
            self._refused(None, "sign_in", visitor)
            raise SignInError(FAILED)
        try:
            count = self._office.passkeys.signed_in(passkey, answer, now)
        except SignInError:
            self._refused(person, "sign_in", visitor)
            raise
        keys.passkey_used(passkey.credential, count, now)
        return person

    def _open(self, person: Person, means: _Means, visitor: Visitor, *, full: bool) -> Opened:
        """Journalled first. Where the line cannot be written nobody is let in."""
        now = self._office.clock()
        secret, row = self._office.sessions.begin(
            person.id, means, now, full=full, network=visitor.network, agent=visitor.agent
        )
        try:
            self._office.journal.record(
                PersonSignedIn(
                    person=person.id, name=person.name, means=means, session=row.name, network=visitor.network
                )
            )
        except BaseException:  # whatever kept the line from being written, nobody is let in without it
            self._office.sessions.end(person.id, row.name)
            raise
        return Opened(secret, person, full)

    def _refused(
        self, person: Person | None, why: Literal["sign_in", "second_factor", "step_up"], visitor: Visitor
    ) -> None:
        """What was typed is not written down: it may be a password in the wrong field."""
        self._office.journal.record(
            AccessRefused(
                person=person.id if person else "", why=why, what="sign_in" if person else "unknown account",
                network=visitor.network,
            )
        )  # fmt: skip

    def _has_secret(self, person: Person) -> bool:
        office = self._office
        return office.store.password_hash(person.id) is not None or bool(office.keys.passkeys(person.id))


def local_sign_in(office: Office, name: str, *, make: bool) -> tuple[Person, str] | None:
    """Whom the link is for that `serve` prints on the machine, and its secret. None where accounts are kept and none is
    named.

    `name`: an account; empty for that of the user who runs it. `make`: where there is no account at all, that user gets
    one and sees every customer, as whoever runs commands here does anyway. `ConfigError` for an account that is not
    there.
    """
    accounts = Accounts(office.store, office.sessions, office.journal)
    user = getpass.getuser()
    if name:
        person = accounts.named(name)
    elif make and not accounts.everybody():
        person = accounts.add(NewPerson(_real_name(user), user, ("manager",), EVERYBODY), COMMAND_LINE)
    else:
        known = office.store.person_named(user)
        if not make or known is None or known.revoked_at is not None:
            return None
        person = known
    return person, office.store.make_link(person.id, "sign_in", office.clock(), LINK_LASTS)


def _real_name(user: str) -> str:
    try:
        return pwd.getpwnam(user).pw_gecos.partition(",")[0].strip() or user
    except KeyError:
        return user
