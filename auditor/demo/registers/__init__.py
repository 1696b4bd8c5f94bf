"""Registers of the practice world: who an address is registered for, and what a name points to. All on 127.0.0.1.

Real protocols and invented facts: RDAP (RFC 9083) with its bootstrap file (RFC 9224), WHOIS (RFC 3912), and a name
server with zones that are really signed (RFC 4035). Each can be made to fail for single addresses and names.

`signed_zones`  a small tree of zones below a root of its own: signed, unsigned and wrongly signed
`name_server`   answers from them over UDP and TCP, with refusals, silence and truncation on demand
`rdap_server`   RDAP and its bootstrap file, with a fault for each address
`whois_server`  WHOIS, with a referral and texts in GB18030
`mail_server`   the host's mail server: SMTP with STARTTLS, and an automatic reply
`registers`     the four together, started and stopped with the world
"""

from auditor.demo.registers.mail_server import PracticeMailServer
from auditor.demo.registers.name_server import NameFault, NameServer
from auditor.demo.registers.rdap_server import RDAP_FAULTS, RdapServer
from auditor.demo.registers.registers import HOST_COMPANY, PRACTICE_NAME, REGISTER_PORTS, PracticeRegisters
from auditor.demo.registers.signed_zones import SignedZones
from auditor.demo.registers.whois_server import WhoisServer

__all__ = [
    "HOST_COMPANY",
    "PRACTICE_NAME",
    "RDAP_FAULTS",
    "REGISTER_PORTS",
    "NameFault",
    "NameServer",
    "PracticeMailServer",
    "PracticeRegisters",
    "RdapServer",
    "SignedZones",
    "WhoisServer",
]
