"""D02, D08, D11, D13, D14, K03, K06: what deployments, contracts, authorities and vantages must say together."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from auditor.model.targets.estate import Estate, PartyVantage
from auditor.targets.assembly import EstateDraft
from auditor.targets.sections.deployments import DeploymentDraft
from auditor.targets.yaml.nodes import position_of

_SHOWN = 4
_PLACE = re.compile(r"[^:/?#]+://([^/?#]*)")
"""Host and port of an address, which was found to be one."""
_REFUSED_PORTS = frozenset(
    (
        *(1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465),
        *(512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995),
        *(1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566),
        *(6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)
"""Bad ports of the Fetch standard (whatwg, "port blocking"), which browsers never connect to."""


def check_shared_host(draft: EstateDraft, estate: Estate) -> None:
    """D02: several deployments on one host and port."""
    hosts: dict[str, list[str]] = {}
    for deployment in estate.deployments.values():
        if deployment.address:
            hosts.setdefault(_place(deployment.address).lower(), []).append(deployment.id)
    for host, ids in hosts.items():
        if len(ids) < 2:
            continue
        named = " and ".join(ids) if len(ids) == 2 else ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")
        message = f"{named} share the URL host {host}. Check that they are different installations."
        _note(draft, "D02", ids[1], message, "")


def check_browser_ports(draft: EstateDraft, estate: Estate) -> None:
    """D11: an address on a port that every browser refuses, with a page that a browser is to open."""
    for deployment in estate.deployments.values():
        if ":" not in _place(deployment.address):
            continue
        port = urlsplit(deployment.address).port
        methods = {estate.pages[id_].method for id_ in deployment.pages if id_ in estate.pages}
        if port in _REFUSED_PORTS and ("browser" in methods or deployment.login is not None):
            message = f"browsers refuse port {port}, so no page can be opened there. Visit it by method http."
            _note(draft, "D11", deployment.id, message, f"deployments.{deployment.id}", "urls")


def _place(address: str) -> str:
    found = _PLACE.match(address)
    return "" if found is None else found[1]


def check_ways_in(draft: EstateDraft, estate: Estate) -> None:
    """D13: a client certificate where a browser is to show it, a Kerberos ticket where there is no browser."""
    for deployment in estate.deployments.values():
        methods = {estate.pages[id_].method for id_ in deployment.pages if id_ in estate.pages}
        where, ways = f"deployments.{deployment.id}", deployment.ways
        if ways.certificate is not None and ("browser" in methods or deployment.login is not None):
            message = "a client certificate is shown by pages of method http alone. Give its pages method: http."
            _note(draft, "D13", deployment.id, message, where, "client_certificate")
        if ways.http_login is not None and ways.http_login.negotiate and "http" in methods:
            message = "only a browser answers with a Kerberos ticket. Give its pages method: browser."
            _note(draft, "D13", deployment.id, message, where, "http_login")


def check_second_visits(draft: EstateDraft, estate: Estate) -> None:
    """D14: a second party's visit from the vantage of the first, or where a person signs in."""
    for deployment in estate.deployments.values():
        if deployment.also_from is None:
            continue
        where = f"deployments.{deployment.id}"
        if deployment.also_from == deployment.vantage:
            message = (
                f"it is visited from {deployment.vantage} already. Name the vantage of another party, or leave it out."
            )
            _note(draft, "D14", deployment.id, message, where, "also_from")
        if deployment.login is not None and deployment.login.by_person:
            message = "a person signs in, and what that leaves is on no worker. Leave also_from out."
            _note(draft, "D14", deployment.id, message, where, "also_from")


def check_contradictions(draft: EstateDraft, estate: Estate) -> None:
    """D08: a suspect deployment that a contract authorises, or a product that is not the contract's."""
    covering: dict[str, list[str]] = {}
    for contract in estate.contracts.values():
        for item in contract.authorised:
            covering.setdefault(item.deployment, []).append(contract.id)
    for deployment in estate.deployments.values():
        covered = covering.get(deployment.id, ())
        if covered and deployment.legal_status == "suspect":
            message = (
                f"legal_status is suspect, but contract {covered[0]} authorises it. Write licensed, or end it there."
            )
            _note(draft, "D08", deployment.id, message, f"deployments.{deployment.id}", "legal_status")
        named = {*covered, *((deployment.contract,) if deployment.contract in estate.contracts else ())}
        for id_ in sorted(name for name in named if name):
            product = estate.contracts[id_].product
            if deployment.product and product != deployment.product:
                message = f"product is {deployment.product}, but contract {id_} is about {product}. Correct one."
                _note(draft, "D08", deployment.id, message, f"deployments.{deployment.id}", "product")


def check_authorities_named(draft: EstateDraft, estate: Estate) -> None:
    """K03: no authority is named, so that nothing can be sealed."""
    if not estate.timestamping.authorities and "timestamping" not in draft.sections and estate.deployments:
        message = "no timestamp authority is named: captures stay unsealed. Add timestamping: with two authorities."
        draft.context.notes.add("K03", (draft.context.file, 0), "", message)


def check_party_keys(draft: EstateDraft, estate: Estate) -> None:
    """K06: vantages of two parties with one key, whatever name stands before it: it would sign for both."""
    first: dict[str, PartyVantage] = {}
    for vantage in estate.vantages.values():
        other = first.setdefault(vantage.key.split("+", 2)[2], vantage)
        place = draft.context.place_of(vantage)
        if other.party != vantage.party and place is not None:
            message = (
                f"the key of party {vantage.party} is that of party {other.party} (vantages.{other.id}). Write the one"
                " that each made on its own machine."
            )
            where = (place[0], position_of(place[1], "key"))
            draft.context.notes.add("K06", where, f"vantages.{vantage.id}.key", message)


def _note(draft: EstateDraft, code: str, id_: str, message: str, where: str, *path: str) -> None:
    found: DeploymentDraft = draft.sections["deployments"][id_]
    draft.context.notes.add(code, (found.file, position_of(found.node, *path)), where, message)
