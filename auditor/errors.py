"""The error tree. Errors stop an operation; outcomes, checks and findings are what an operation discovers.

::

    AuditorError                 exit code
    ├── ConfigError              2   targets.yaml, settings, options, environment
    │   └── TargetsError         2   targets.yaml or a file of it: a line of it may name any customer
    ├── CredentialError          2   a secret cannot be had from where it is kept
    ├── CaptureError             1   the browser cannot be had (a bad page is an outcome, not an error)
    ├── CustodyError             1
    │   ├── VaultError           1   the evidence store refuses or cannot be written
    │   │   ├── AwayError        1   a database or store does not answer; it may be tried again
    │   │   ├── LeaseLostError   1   the right to visit a deployment was lost meanwhile
    │   │   ├── HolderGoneError  1   the process that held the workspace for this command has ended
    │   │   └── OutcomeUnknownError  6   it ended before it answered: whether something was recorded is not known
    │   ├── TimestampError       1   a token cannot be had or does not verify
    │   │   └── RefusedByAuthorityError   the authority grants none
    │   ├── RefusedByWitnessError 4  a witness does not sign the log that it is shown
    │   └── IntegrityError       4   evidence and record disagree
    ├── ReadingError             1   stored bytes cannot be read again
    ├── AccessError              1   a person who is signed in, or not, asked for what is not given
    │   ├── SignInError          1   nobody is signed in, or what was shown does not prove who it is
    │   ├── NotAllowedError      1   the person's roles do not have this
    │   ├── NotShownError        1   unknown, or another customer's: refused alike
    │   ├── ProveAgainError      1   a secret must be shown again first
    │   ├── SecondPersonError    1   proposed, and on record as that; a second person must agree
    │   └── TooManyTriesError    1   tried too often; later
    ├── ClaimError               2   a scenario cannot be computed from its inputs
    └── CatalogueError           1   the index cannot be read or written

A message names the thing, the expectation, the fact and the next move, in one line.
"""

from __future__ import annotations


class AuditorError(Exception):
    """Base of all errors a user may meet; `str(error)` is the whole message, one line."""

    exit_code = 1


class ConfigError(AuditorError):
    """Configuration or input is wrong. `problems` holds one line each, in file order."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class TargetsError(ConfigError):
    """`targets.yaml`, or a file that it includes, is wrong. Its lines may name any customer: they are not for whoever
    sees only some."""


class NotKeptError(ConfigError):
    """A list is asked for by what it is not kept by: nothing is told, which is another thing than an empty list."""


class CredentialError(AuditorError):
    """A secret cannot be had from where it is kept. The message names the place and the reason, never the secret."""

    exit_code = 2


class CaptureError(AuditorError):
    """The means of capture are missing: no browser, no fonts, no display of CJK text."""


class CustodyError(AuditorError):
    """Evidence could not be kept as it must be."""


class VaultError(CustodyError):
    """The evidence store refused (second commit, lock held) or failed (disk full, no permission)."""


class HolderGoneError(VaultError):
    """The process that holds the workspace, and through which this one worked, has ended; nothing is under way."""


class AwayError(VaultError):
    """A database or a store does not answer, or says that it cannot now. The same may be tried again."""


class LeaseLostError(VaultError):
    """Somebody else may visit the deployment by now, or its visit has been ended: nothing of it is kept."""


class OutcomeUnknownError(VaultError):
    """That process ended in the middle of an answer. The message says where it is seen whether it was done; nothing is
    tried again by itself."""

    exit_code = 6


class TimestampError(CustodyError):
    """A timestamp authority gave no token, or one that does not verify."""


class RefusedByAuthorityError(TimestampError):
    """The authority's answer says that it grants no token (RFC 3161 `PKIStatus`)."""


class RefusedByWitnessError(CustodyError):
    """A witness was shown a checkpoint and refused to sign it."""

    exit_code = 4


class IntegrityError(CustodyError):
    """Stored evidence differs from its record."""

    exit_code = 4


class ReadingError(AuditorError):
    """Stored bytes could not be read again."""


class ClaimError(AuditorError):
    """A scenario cannot be computed: an input is missing, mixed or not comparable."""

    exit_code = 2


class EvidenceIndexError(AuditorError):
    """The index could not be read or written; `auditor rebuild` recreates it from evidence."""


class AccessError(AuditorError):
    """Somebody asked for what is not given. The message names nothing that the person may not know."""


class SignInError(AccessError):
    """Nobody is signed in, or what was shown proves nobody. One text for every reason, unknown accounts included."""


class NotAllowedError(AccessError):
    """The person's roles do not have this."""


class LinkEndedError(AccessError):
    """A link ran out or was taken back: it gives nothing any more."""


class NotShownError(AccessError):
    """There is no such thing, or it is another customer's: nobody learns which."""


class ProveAgainError(AccessError):
    """The act asks for a secret again: it was last shown too long ago."""


class SecondPersonError(AccessError):
    """What was decided is on record as a proposal; it counts once a second person decides the same."""


class ChangedSinceError(AccessError):
    """A finding says something else than what was looked at: nothing was recorded. `fingerprint`: of the finding."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        super().__init__(f"{fingerprint}: says something else than what was looked at. Nothing was recorded")


class TooManyTriesError(AccessError):
    """Tried too often. `seconds` until the next try is heard."""

    def __init__(self, message: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)
