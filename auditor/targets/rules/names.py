"""S10, Q03, P02, P03, P04, P05 and unknown editions and metrics: names that must be one thing, and known."""

from __future__ import annotations

from auditor.model.reading.observations import reserved_field_name
from auditor.model.targets.contracts import Source
from auditor.model.targets.deployments import FieldSpec
from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft
from auditor.targets.rules.context import ContractFacts
from auditor.targets.spelling import hint, nearest
from auditor.targets.yaml.nodes import MappingNode, find_node, position_of


def check_editions_known(facts: ContractFacts) -> None:
    """S02: an edition or metric that the product does not have."""
    product = facts.product
    if product is None:
        return
    editions = [edition.id for edition in product.editions]
    metrics = [metric.id for metric in product.metrics]
    found = facts.context.place_of(product)
    node = find_node(found[1], "editions") if found else None
    written = {*editions, *(node.items if isinstance(node, MappingNode) else ())}
    for index, item in enumerate(facts.contract.authorised):
        if item.edition not in written:
            where = f'authorised[{index}].edition: "{item.edition[:80]}" is not an edition of {product.id}.'
            facts.note_at("S02", item, f"{where} {hint(nearest(item.edition, editions), editions)}", "edition")
        for metric in item.metrics:
            if metric not in metrics:
                where = f'authorised[{index}].metrics: "{metric[:80]}" is not a metric of {product.id}.'
                facts.note_at("S02", item, f"{where} {hint(nearest(metric, metrics), metrics)}", "metrics", metric)
    for amendment in facts.contract.amendments:
        if amendment.metric and amendment.metric not in metrics:
            where = f'amendment {amendment.id}: "{amendment.metric[:80]}" is not a metric of {product.id}.'
            facts.note_at("S02", amendment, f"{where} {hint(nearest(amendment.metric, metrics), metrics)}", "metric")
    for metric in facts.contract.pools:
        if metric not in metrics:
            where = f'pools: "{metric[:80]}" is not a metric of {product.id}.'
            facts.note("S02", f"{where} {hint(nearest(metric, metrics), metrics)}", "pools", metric)


def check_documents_known(facts: ContractFacts) -> None:
    """S02: a fact names a document that the contract does not list."""
    contract = facts.contract
    term = contract.term
    known = [document.id for document in contract.documents]
    parts: list[tuple[object, Source | None, str]] = [
        (contract, term.renewal.source, "term.renewal"),
        (contract, term.ended.source if term.ended else None, "term.ended"),
        (contract, term.after_end.source, "term.after_end"),
        (contract, contract.territory.source if contract.territory else None, "territory"),
        (contract, contract.price.source if contract.price else None, "price"),
        (contract, contract.overage.source, "overage"),
    ]
    parts += [(authorised, authorised.source, "") for authorised in contract.authorised]
    parts += [(amendment, amendment.source, "") for amendment in contract.amendments]
    parts += [(rebate, rebate.source, "") for rebate in contract.rebates]
    for value, source, path in parts:
        if source is not None and source.document and source.document not in known:
            advice = hint(nearest(source.document, known), known)
            message = f'"{source.document[:80]}" is not one of the documents of {contract.id}. {advice}'
            where = f"{path}.document: " if path else "document: "
            facts.note_at("S02", value, where + message, *filter(None, path.split(".")), "document")


def check_edition_names(draft: EstateDraft, estate: Estate) -> None:
    """S10: one spelling claimed by two editions of a product."""
    for product in estate.products.values():
        owners: dict[str, str] = {}
        for edition in product.editions:
            for index, name in enumerate(edition.names):
                first = owners.setdefault(name, edition.id)
                if first != edition.id:
                    message = f'"{name}" is claimed by both {first} and {edition.id}. Leave it with one.'
                    _note(draft, "S10", edition, "edition names", message, "names", index)


def check_kinds(draft: EstateDraft, estate: Estate) -> None:
    """Q03: a kind both counted and excluded."""
    for product in estate.products.values():
        for metric in product.metrics:
            both = [kind for kind in metric.counts if kind in metric.excludes]
            if both:
                message = f"metric.counts and metric.excludes both list {', '.join(both)}. Keep each in one."
                _note(draft, "Q03", metric, "", message, "excludes", metric.excludes.index(both[0]))


def check_field_names(draft: EstateDraft, estate: Estate) -> None:
    """P04: a page field with the name of what the auditor itself observes or counts."""
    for id_, page in draft.sections.get("pages", {}).items():
        for field in page.spec.fields:
            if reserved_field_name(field.id, field.kind):
                message = (
                    f"{field.id} is the name of something the auditor itself observes or counts; what a page says of "
                    f"it is another thing. Give the field another id, e.g. page_{field.id}."
                )
                _note(draft, "P04", page, f"pages.{id_}", message, "fields", field.id)


def check_counts_on_several_pages(draft: EstateDraft, estate: Estate) -> None:
    """P05: two pages of a deployment that state one count: where they disagree, neither is taken."""
    told: set[tuple[str, str]] = set()
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for deployment in estate.deployments.values():
        if (deployment.product, deployment.pages) in seen:
            continue
        seen.add((deployment.product, deployment.pages))
        product = estate.products.get(deployment.product)
        first = product.metrics[0].id if product is not None and product.metrics else ""
        owners: dict[tuple[str, str], str] = {}
        for name in deployment.pages:
            page = estate.pages.get(name)
            for field in page.fields if page is not None else ():
                if field.kind != "count":
                    continue
                for role in dict.fromkeys((field.role or "", *field.order)):
                    owner = owners.setdefault((field.metric or first, role), name)
                    if owner != name and (name, field.id) not in told:
                        told.add((name, field.id))
                        message = (
                            f"{field.id} states the same count as page {owner} ({field.metric or first}). Where they "
                            "disagree, neither is taken. Give it its metric:, or leave it out on one page."
                        )
                        drafted = draft.sections.get("pages", {}).get(name)
                        if drafted is not None:
                            _note(draft, "P05", drafted, f"pages.{name}", message, "fields", field.id)


def check_shared_labels(draft: EstateDraft, estate: Estate) -> None:
    """P02: two fields of a page with one label, and nothing that tells them apart."""
    for page in draft.sections.get("pages", {}).values():
        owners: dict[str, FieldSpec] = {}
        for field in page.spec.fields:
            for index, label in enumerate(field.labels):
                first = owners.setdefault(label, field)
                if first is field or _apart(first, field):
                    continue
                message = f"{first.id} and {field.id} share the label {label}. Add context: or a selector."
                _note(draft, "P02", field, "", message, "labels", index)


def _apart(one: FieldSpec, other: FieldSpec) -> bool:
    """Whether something besides the label tells two fields apart; a declared pair holds both in one value."""
    paired = one.order and one.order == other.order
    marks = [(field.context, field.selector, field.pattern, field.pointer) for field in (one, other)]
    return bool(paired) or marks[0] != marks[1]


def check_corroborated(draft: EstateDraft, estate: Estate) -> None:
    """P03: a page states a count, and no list of the product corroborates it."""
    listed = {page.listing.metric for page in estate.pages.values() if page.listing is not None}
    for id_, page in draft.sections.get("pages", {}).items():
        metrics = {field.metric for field in estate.pages[id_].fields if field.role == "used"}
        if metrics and not metrics & listed:
            message = (
                "no listing: the headline count cannot be corroborated (V804). Add listing: where the product has one."
            )
            _note(draft, "P03", page, f"pages.{id_}", message)


def _note(draft: EstateDraft, code: str, value: object, where: str, message: str, *path: str | int) -> None:
    found = draft.context.place_of(value)
    if found is not None:
        file, node = found
        draft.context.notes.add(code, (file, position_of(node, *path)), where, message)
