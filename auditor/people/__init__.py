"""The people who use the pages: accounts and the secrets by which they sign in, sessions, and how often one may try.

Protocol: `PeopleStore` keeps accounts, password hashes, passkeys, one-time-code secrets, hashes of tokens and links in
`people/people.db`, a file of its own that only this user can read: it is neither evidence nor an index, and is to be
backed up with the keys. `SessionRegister` keeps sessions in `db/sessions.db`, which may be thrown away: everybody
signs in again. Nothing here journals: the corridor does, before it answers.

A secret is kept as its hash where it is only compared (passwords by argon2id, tokens, links and session ids by SHA-256:
they are 256 random bits), and as it is where it must be computed with (one-time codes).

=============  ======================================================================================================
`database`     a SQLite file for this user alone, used by several threads
`store`        accounts, password hashes, one-time links
`keyrings`     passkeys, secrets of one-time codes, API tokens, identities at a provider
`shares`       links by which a bundle is taken, until a moment
`sessions`     who is signed in, since when, until when; listed and revoked
`passwords`    argon2id, one at a time; the same work for a name that nobody has
`one_time`     one-time codes (RFC 6238): each used once
`passkeys`     WebAuthn: options for the browser, answers checked
`provider`     OpenID Connect: where to send the browser, and who came back
`limits`       how often may be tried, by account and by network; how much may go on at once
=============  ======================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.people.keyrings import ApiToken, Keyrings, Passkey
    from auditor.people.limits import PlaceLimits, TryLimits, network_of
    from auditor.people.one_time import enrolment_picture, enrolment_uri, matching_step, new_code_secret
    from auditor.people.passkeys import PasskeyCeremony, credential_id, credential_text
    from auditor.people.passwords import PasswordHashes, why_password_refused
    from auditor.people.provider import OidcProvider, OidcSettings
    from auditor.people.sessions import SessionRegister, SessionRow
    from auditor.people.shares import BundleLink, BundleLinks
    from auditor.people.store import PeopleStore, secret_hash, sign_in_form
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "ApiToken": "keyrings",
            "Keyrings": "keyrings",
            "Passkey": "keyrings",
            "PlaceLimits": "limits",
            "TryLimits": "limits",
            "network_of": "limits",
            "enrolment_picture": "one_time",
            "enrolment_uri": "one_time",
            "matching_step": "one_time",
            "new_code_secret": "one_time",
            "PasskeyCeremony": "passkeys",
            "credential_id": "passkeys",
            "credential_text": "passkeys",
            "PasswordHashes": "passwords",
            "why_password_refused": "passwords",
            "OidcProvider": "provider",
            "OidcSettings": "provider",
            "SessionRow": "sessions",
            "SessionRegister": "sessions",
            "BundleLink": "shares",
            "BundleLinks": "shares",
            "PeopleStore": "store",
            "secret_hash": "store",
            "sign_in_form": "store",
        },
    )

__all__ = [
    "ApiToken",
    "BundleLink",
    "BundleLinks",
    "Keyrings",
    "OidcProvider",
    "OidcSettings",
    "Passkey",
    "PasskeyCeremony",
    "PasswordHashes",
    "PeopleStore",
    "PlaceLimits",
    "SessionRegister",
    "SessionRow",
    "TryLimits",
    "credential_id",
    "credential_text",
    "enrolment_picture",
    "enrolment_uri",
    "matching_step",
    "network_of",
    "new_code_secret",
    "secret_hash",
    "sign_in_form",
    "why_password_refused",
]
