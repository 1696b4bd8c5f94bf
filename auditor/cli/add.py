"""`auditor add`: a deployment, a contract, an amendment or a page, written into `targets.yaml`."""

from __future__ import annotations

import click

from auditor.cli.options import workspace_of
from auditor.cli.profile import BASES, profile_command
from auditor.cli.streams import echo
from auditor.errors import ConfigError
from auditor.workflow import add_amendment, add_contract, add_deployment, add_metric, read_targets

AMENDMENTS = ("add_units", "remove_units", "set_unlimited")


@click.group(name="add")
def add_command() -> None:
    """Add an entry to targets.yaml: checked first, and every other byte of the file, comments included, as it was."""


@add_command.command("deployment")
@click.argument("id_", metavar="ID")
@click.option("--address", required=True, help="Where it runs: https://host/.")
@click.option("--access", type=click.Choice(BASES), required=True, help="On what basis it may be visited.")
@click.option("--reference", required=True, help="The clause, page, owner of the account, consent or order.")
@click.option("--name", help="Its name in reports.")
@click.option("--licensee", help="Party who is licensed to use it.")
@click.option("--product", help="Product, where the file has several and no contract says it.")
@click.option("--legal-status", type=click.Choice(["licensed", "reference", "suspect"]), help="Default: by contract.")
@click.option("--place", help="ISO 3166-2 code of where the licensee is: CN-AH.")
@click.option("--login", help="Id of a login of the file.")
@click.option("--page", "pages", multiple=True, metavar="ID", help="A page of the file that it has (repeatable).")
@click.option("--contract", help="Contract that lists it, or that a suspect is compared with.")
@click.option("--edition", help="Edition ordered, where the contract lists it.")
@click.option("--from", "starts", metavar="DAY", help="First day of the order; it is then on the contract's list.")
@click.option("--order", help="Number of the order.")
@click.pass_context
def add_deployment_command(ctx: click.Context, /, id_: str, pages: tuple[str, ...], **given: str | None) -> None:
    """Add the deployment ID; with --contract, --edition and --from also to the closed list of that contract."""
    contract, edition, starts, order = (given.pop(key) for key in ("contract", "edition", "starts", "order"))
    if (edition is None) != (starts is None) or (starts and contract is None):
        raise ConfigError("an order needs --contract, --edition and --from together")
    access = {"kind": given.pop("access"), "reference": given.pop("reference")}
    values: dict[str, object] = {key: value for key, value in given.items() if value is not None}
    if contract is not None and starts is None:
        values["contract"] = contract
    values |= {"access": access, "pages": list(pages)}
    terms = {"edition": edition, "from": starts} | ({"order": order} if order else {})
    authorised = (contract, terms) if contract is not None and starts is not None else None
    workspace = workspace_of(ctx)
    add_deployment(workspace, id_, values, authorised=authorised)
    echo(f"{workspace.targets}: written deployments.{id_}")
    if not pages:
        echo(f"Next: auditor profile {given['address']} --deployment {id_}")


@add_command.command("contract")
@click.argument("id_", metavar="ID")
@click.option("--counterparty", required=True, help="Id of the other party; a new one with --counterparty-name.")
@click.option("--counterparty-name", help="Full name of the other party, where the file does not have it yet.")
@click.option("--licensor", help="Id of the licensor (default: the file's only one).")
@click.option(
    "--kind", type=click.Choice(["end_user", "reseller"]), default="end_user", show_default=True, help="Of it."
)
@click.option("--title", help="Its title (default: its id).")
@click.option("--product", help="Product, where the file has several.")
@click.option("--from", "starts", metavar="DAY", required=True, help="First day of its term.")
@click.option("--through", metavar="DAY", help="Last day of its term (else no end is agreed).")
@click.option("--percent-of-list", metavar="PERCENT", help="What the customer pays, in percent of list: 30 is 三折.")
@click.option("--overage", type=click.Choice(["forbidden", "true_up"]), default="forbidden", show_default=True,
              help="Whether more than is entitled is permitted and paid afterwards.")  # fmt: skip
@click.pass_context
def add_contract_command(
    ctx: click.Context,
    id_: str,
    counterparty: str,
    counterparty_name: str | None,
    licensor: str | None,
    kind: str,
    title: str | None,
    product: str | None,
    starts: str,
    through: str | None,
    percent_of_list: str | None,
    overage: str,
) -> None:
    """Add the contract ID; what it does not say yet (documents, territory, end) is written there by hand."""
    workspace = workspace_of(ctx)
    estate, _ = read_targets(workspace)
    licensors = [one.id for one in estate.parties.values() if one.role == "licensor"]
    licensor = licensor or _only(licensors, "licensor", "--licensor")
    product = product or _only(list(estate.products), "product", "--product")
    parties = {}
    if counterparty not in estate.parties:
        if counterparty_name is None:
            raise ConfigError(f"--counterparty {counterparty}: no such party; give its --counterparty-name")
        role = "reseller" if kind == "reseller" else "licensee"
        parties[counterparty] = {"name": counterparty_name, "role": role}
    values: dict[str, object] = {
        "id": id_, "kind": kind, "title": title or id_, "licensor": licensor, "counterparty": counterparty,
        "product": product, "term": {"from": starts} | ({"through": through} if through else {}),
    }  # fmt: skip
    if percent_of_list:
        values["price"] = {"net": {"percent_of_list": percent_of_list}}
    permitted = {"permitted": "true_up"} if overage == "true_up" else {"permitted": False}
    values["overage"] = {**permitted, "priced_at": "net" if percent_of_list else "list"}
    values["authorised"] = []
    add_contract(workspace, values, parties=parties)
    echo(f"{workspace.targets}: written contracts.{id_}")
    echo(f"Next: auditor add deployment ID --contract {id_} --edition EDITION --from {starts} …")


@add_command.command("metric")
@click.argument("id_", metavar="ID")
@click.option("--label", required=True, help="What its pages call it.")
@click.option("--product", help="Product, where the file has several.")
@click.pass_context
def add_metric_command(ctx: click.Context, id_: str, label: str, product: str | None) -> None:
    """Add the metric ID to a product: something else that is counted, such as devices beside users."""
    workspace = workspace_of(ctx)
    estate, _ = read_targets(workspace)
    product = product or _only(list(estate.products), "product", "--product")
    known = estate.products.get(product)
    if known is not None and known.metric(id_) is not None:
        raise ConfigError(f"products.{product}.metrics.{id_}: is in targets.yaml already")
    add_metric(workspace, product, {"id": id_, "label": label})
    echo(f"{workspace.targets}: written products.{product}.metrics.{id_}")


@add_command.command("amendment")
@click.argument("contract")
@click.argument("id_", metavar="ID")
@click.option("--kind", type=click.Choice(AMENDMENTS), default="add_units", show_default=True, help="What it changes.")
@click.option("--deployment", required=True, help="Deployment that it is about.")
@click.option("--units", type=click.IntRange(1), help="Units added or removed; none for set_unlimited.")
@click.option("--metric", help="Metric, where the product has several.")
@click.option("--signed-on", metavar="DAY", required=True, help="Day of the signature.")
@click.option("--effective", metavar="DAY", help="Day it takes effect (default: upon signature).")
@click.pass_context
def add_amendment_command(
    ctx: click.Context,
    contract: str,
    id_: str,
    kind: str,
    deployment: str,
    units: int | None,
    metric: str | None,
    signed_on: str,
    effective: str | None,
) -> None:
    """Add the amendment ID to CONTRACT."""
    values: dict[str, object] = {"id": id_, "kind": kind, "deployment": deployment}
    values |= {"units": units} if units is not None else {}
    values |= {"metric": metric} if metric else {}
    values |= {"signed_on": signed_on, "effective": {"date": effective} if effective else {"upon": "signature"}}
    workspace = workspace_of(ctx)
    add_amendment(workspace, contract, values)
    echo(f"{workspace.targets}: written contracts.{contract}.amendments.{id_}")


def _only(names: list[str], what: str, option: str) -> str:
    if len(names) != 1:
        raise ConfigError(f"which {what} is it? Give {option}, one of {', '.join(names[:8]) or 'none in the file'}")
    return names[0]


add_command.add_command(profile_command, "page")
