"""From what the sections say to one `Estate`: relations checked, defaults of one section taken from another."""

from __future__ import annotations

from collections.abc import Mapping as Mapped
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from auditor.model.targets.contracts import Contract, Product
from auditor.model.targets.deployments import Deployment, Login, PageSpec
from auditor.model.targets.estate import (
    Alerts,
    BrowserSettings,
    Estate,
    HostingSources,
    Politeness,
    Retention,
    Timestamping,
)
from auditor.model.targets.notices import NoticeSettings
from auditor.targets.sections.deployments import DeploymentDraft
from auditor.targets.sections.pages import PageDraft
from auditor.targets.spelling import nearest
from auditor.targets.values.scalars import unknown_id_message
from auditor.targets.values.types import LoadContext, render_path
from auditor.targets.yaml.files import SourceFile, ids_of
from auditor.targets.yaml.nodes import MappingNode, position_of

SUGGESTIONS = 200
"""Unknown ids that are compared with all known ones; of more, the file is wrong as a whole."""
REFERRED = ("parties", "products", "contracts", "deployments", "pages", "logins", "schedules", "hosts", "vantages")


@dataclass(frozen=True, slots=True)
class EstateDraft:
    """The sections as read, before they are joined."""

    head: Mapped[str, Any]
    sections: Mapped[str, Any]
    context: LoadContext
    written: Mapped[str, frozenset[str]]
    """Ids as written in each section, also of entries that could not be read."""
    sources: Mapped[str, str]
    main_root: MappingNode


def check_references(draft: EstateDraft) -> None:
    """Every relation by id leads to something that is written in the file."""
    unknown = [item for item in draft.context.references if item.id not in draft.written[item.section]]
    for index, reference in enumerate(unknown):
        message = unknown_id_message(reference, draft.written[reference.section], index < SUGGESTIONS)
        draft.context.notes.add("S02", (reference.file, reference.at), render_path(reference.where), message)


def assemble_estate(draft: EstateDraft) -> Estate:
    """The estate. Where an entry has an error (noted), it is left out or completed as far as it can be."""
    sections = draft.sections
    products: dict[str, Product] = sections.get("products", {})
    contracts: dict[str, Contract] = {}
    for item in sections.get("contracts", ()):
        contracts.setdefault(item.id, _metrics_of(item, products))
    covering = _covering(contracts)
    deployments = {
        id_: _deployment(item, draft, contracts, covering) for id_, item in sections.get("deployments", {}).items()
    }
    pages = _pages(draft, products, deployments)
    return Estate(
        timezone=draft.head["timezone"],
        currency=draft.head["currency"],
        parties=MappingProxyType(sections.get("parties", {})),
        products=MappingProxyType(products),
        contracts=MappingProxyType(contracts),
        deployments=MappingProxyType(deployments),
        pages=MappingProxyType(pages),
        timestamping=sections.get("timestamping", Timestamping()),
        browser=sections.get("browser", BrowserSettings()),
        politeness=sections.get("politeness", Politeness()),
        alerts=sections.get("alerts", Alerts()),
        schedules=MappingProxyType(sections.get("schedules", {})),
        key_dates=sections.get("key_dates", ()),
        retention=sections.get("retention", Retention()),
        hosting=sections.get("hosting", HostingSources()),
        sources=MappingProxyType(dict(draft.sources)),
        notice=draft.head["notice"],
        logins=MappingProxyType(sections.get("logins", {})),
        comparisons=MappingProxyType(sections.get("comparisons", {})),
        hosts=MappingProxyType(sections.get("hosts", {})),
        notices=sections.get("notices", NoticeSettings()),
        vantages=MappingProxyType(sections.get("vantages", {})),
        claims=sections.get("claims"),
    )


def _metrics_of(contract: Contract, products: Mapped[str, Product]) -> Contract:
    product = products.get(contract.product)
    if product is None:
        return contract
    first = product.metrics[0].id
    return replace(contract, amendments=tuple(replace(a, metric=a.metric or first) for a in contract.amendments))


def _covering(contracts: Mapped[str, Contract]) -> dict[str, list[Contract]]:
    found: dict[str, list[Contract]] = {}
    for contract in contracts.values():
        for authorised in contract.authorised:
            found.setdefault(authorised.deployment, []).append(contract)
    return found


def _deployment(
    draft: DeploymentDraft, whole: EstateDraft, contracts: Mapped[str, Contract], covering: Mapped[str, list[Contract]]
) -> Deployment:
    values = dict(draft.values)
    covered = covering.get(draft.id, [])
    values["product"] = _product(draft, whole, contracts, covered)
    values.setdefault("legal_status", "licensed" if covered else "suspect")
    login = values.get("login")
    if isinstance(login, str):
        named: Login | None = whole.sections.get("logins", {}).get(login)
        values["login"] = named
    _locate(draft, values, whole)
    return Deployment(id=draft.id, **values)


def _product(
    draft: DeploymentDraft, whole: EstateDraft, contracts: Mapped[str, Contract], covered: list[Contract]
) -> str:
    given = draft.values.get("product")
    if given is not None:
        return str(given)
    if "product" not in draft.node.items:
        named = contracts.get(draft.values.get("contract", ""))
        if named is not None:
            return named.product
        possible = frozenset(contract.product for contract in covered) or whole.written.get("products", frozenset())
        if len(possible) == 1:
            return next(iter(possible))
        message = f'"product" is missing. Give one of {", ".join(sorted(possible)[:8]) or "the products"}.'
        whole.context.notes.add("S16", (draft.file, draft.node.at), f"deployments.{draft.id}", message)
    return ""


def _locate(draft: DeploymentDraft, values: dict[str, Any], whole: EstateDraft) -> None:
    """`page` with `urls` is the whole address of one page; `address` with `pages` is a base and paths on it."""
    page, urls = values.pop("page", None), values.pop("urls", ())
    node, where = draft.node, f"deployments.{draft.id}"

    def note(code: str, key: str, message: str) -> None:
        whole.context.notes.add(code, (draft.file, position_of(node, key)), where, message)

    def uncaptured(why: str) -> None:
        whole.context.notes.add("D01", (draft.file, node.at), "", f"{where} is never captured: {why}.")

    if ("page" in node.items or "urls" in node.items) and ("address" in node.items or "pages" in node.items):
        note("D07", "urls", "page and urls stand beside address and pages. Keep page with urls, or address with pages.")
    if page is not None and "pages" not in values:
        values["pages"] = (page,)
    if len(urls) > 1:
        note(
            "D07",
            "urls",
            f"{len(urls)} urls, but a deployment is one address. Write a deployment for each, or address and pages.",
        )
    if urls and page is not None and _path_of(page, whole):
        note(
            "D07", "urls", f"page {page} has a path, and urls give whole addresses. Write address: and pages: instead."
        )
    if urls and "address" not in values:
        values["address"] = urls[0]
    if "address" not in values and not {"urls", "address"} & node.items.keys():
        uncaptured("no urls")
    elif not values.get("pages") and not {"page", "pages"} & node.items.keys():
        uncaptured("no page")
    values.setdefault("address", "")
    values.setdefault("pages", ())
    if not values["address"]:
        values["pages"] = ()


def _path_of(page: str, whole: EstateDraft) -> str:
    found: PageDraft | None = whole.sections.get("pages", {}).get(page)
    return "" if found is None else found.spec.path


def _pages(
    draft: EstateDraft, products: Mapped[str, Product], deployments: Mapped[str, Deployment]
) -> dict[str, PageSpec]:
    drafts: dict[str, PageDraft] = draft.sections.get("pages", {})
    users: dict[str, set[str]] = {id_: set() for id_ in drafts}
    for deployment in deployments.values():
        for page in deployment.pages:
            if page in users and deployment.product:
                users[page].add(deployment.product)
    return {id_: _page(id_, item, users[id_], products, draft) for id_, item in drafts.items()}


def _page(id_: str, item: PageDraft, users: set[str], products: Mapped[str, Product], draft: EstateDraft) -> PageSpec:
    belonging = {item.product} if item.product else users or set(products)
    known = [products[name] for name in sorted(belonging) if name in products]
    firsts = {product.metrics[0].id for product in known}
    metrics = {metric.id for product in known for metric in product.metrics}
    spec = item.spec
    file, node = draft.context.place_of(item) or ("", None)
    first = next(iter(firsts)) if len(firsts) == 1 else ""

    def metric(given: str | None, *path: str) -> str | None:
        foreign = path == ("listing",) and not nearest(given or "", metrics)
        if node is not None and given and metrics and given not in metrics and not foreign:
            products_named, known_named = ", ".join(sorted(belonging)), ", ".join(sorted(metrics))
            message = f'"{given}" is not a metric of {products_named}. Write one of {known_named}.'
            draft.context.notes.add(
                "S02", (file, position_of(node, *path, "metric")), ".".join(("pages", id_, *path)), message
            )
        elif node is not None and not given and len(firsts) > 1:
            message = (
                f"metric is missing: the page serves {', '.join(sorted(belonging))}. "
                "Give metric:, or product: on the page."
            )
            draft.context.notes.add("S16", (file, position_of(node, *path)), ".".join(("pages", id_, *path)), message)
        return given or first or None

    fields = tuple(
        replace(field, metric=metric(field.metric, "fields", field.id)) if field.kind == "count" else field
        for field in spec.fields
    )
    listing = spec.listing
    if listing is not None:
        listing = replace(listing, metric=metric(listing.metric, "listing") or "")
    return replace(spec, fields=fields, listing=listing)


def written_ids(sources: tuple[SourceFile, ...]) -> dict[str, frozenset[str]]:
    """The ids as they stand in the files, section by section."""
    found: dict[str, set[str]] = {section: set() for section in REFERRED}
    for source in sources:
        for section in REFERRED:
            found[section].update(id_ for id_, _ in ids_of(source.root, section))
    return {section: frozenset(ids) for section, ids in found.items()}
