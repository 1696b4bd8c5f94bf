"""The garden: a world to practise on, entered by `auditor demo` and by tests alone.

Purpose: real HTTP servers and real RFC 3161 authorities on 127.0.0.1 that show what the LIBNET case's sites showed,
and that can be made to fail in the ways real ones fail. The figures are the judgment's; the branch rows are an
illustration, because the judgment gives totals and no reasons. The authorities are practice authorities: their
tokens prove nothing.

===================  ==========================================================================================
`DemoEnvironment`              starts and stops everything; grows branches; sets faults; a context manager
`CREDENTIALS`        the environment variables that `targets.yaml` names, with the values the world accepts
`PORTS`, `ANY_PORT`  the fixed ports of `targets.yaml`; free ports, for tests
`BEHAVIOURS`         how an authority can answer: honestly, wrongly, unusually, or not at all
`Markup`, `Cover`    how a page can be broken or covered
===================  ==========================================================================================

Files:

================  =====================================================================================================
`authority`       a practice timestamp authority: OpenSSL's `ts -reply` behind HTTP (RFC 3161 §3.4), which can also
                  misbehave
`authority_keys`  keys and certificates of a practice authority, made with the `run_openssl` program and kept in a
                  folder
`case_data`       what each site of the world shows
`compared/`       five systems to be compared, and front pages to be looked at
`der`             just enough DER to rewrite a timestamp query or the status of a response (ITU-T X.690, RFC 3161 §2.4)
`environment`     the practice world: five sites and two timestamp authorities, started and stopped together
`faults`          what can go wrong at a site, as one immutable value that the world swaps
`http_server`     HTTP on the loopback interface, with a clean end: no thread, socket or process outlives `stop()`
`library_system`  a library system of its time, as a visitor finds it: login, desktop, registration, branch list,
                  administrators
`registers/`      who an address is registered for, and what a name points to: RDAP, WHOIS, a name server
`marketing`       the reseller's own site: public pages that advertise the product; it has no login and states no count
`sessions`        sessions of a site: an HttpOnly cookie, and a CSRF token bound to it
`templates`       the templates of the world, rendered with everything escaped
================  =====================================================================================================
"""

from auditor.demo.authority import BEHAVIOURS, POLICY, Behaviour, PracticeAuthority
from auditor.demo.authority_keys import AuthorityKeys
from auditor.demo.case_data import (
    ANY_PORT,
    CREDENTIALS,
    DEMO_PASSWORD,
    DEMO_USER,
    PASSWORD_ENV,
    PORTS,
    SYSTEM_SITES,
    USER_ENV,
)
from auditor.demo.compared.practice import DEMO_SCREENS, ComparedWorld, FrontWorld, compared_targets, timestamping
from auditor.demo.environment import OWNERS, DemoEnvironment
from auditor.demo.faults import Cover, Faults, Markup
from auditor.demo.http_server import Application, LoopbackServer, ServedRequest
from auditor.demo.registers import PRACTICE_NAME, REGISTER_PORTS, PracticeRegisters

__all__ = [
    "ANY_PORT",
    "BEHAVIOURS",
    "CREDENTIALS",
    "DEMO_PASSWORD",
    "DEMO_SCREENS",
    "DEMO_USER",
    "OWNERS",
    "PASSWORD_ENV",
    "POLICY",
    "PORTS",
    "PRACTICE_NAME",
    "REGISTER_PORTS",
    "SYSTEM_SITES",
    "USER_ENV",
    "Application",
    "AuthorityKeys",
    "Behaviour",
    "ComparedWorld",
    "Cover",
    "DemoEnvironment",
    "Faults",
    "FrontWorld",
    "LoopbackServer",
    "Markup",
    "PracticeAuthority",
    "PracticeRegisters",
    "ServedRequest",
    "compared_targets",
    "timestamping",
]
