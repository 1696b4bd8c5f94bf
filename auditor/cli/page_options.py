"""The options of one `auditor profile`, as values: what a page is said to be."""

from __future__ import annotations

from auditor.errors import ConfigError
from auditor.model.targets.deployments import AccessBasis, Condition, Login, PageSpec, Step
from auditor.model.targets.estate import Estate
from auditor.model.targets.secret_references import parse_reference
from auditor.workflow import FieldChoice, page_entry


class PageOptions:
    """The options of one `auditor profile`, as values."""

    def __init__(self, url: str, options: dict[str, object]) -> None:
        self.url = url
        self._options = options

    def text(self, name: str) -> str | None:
        value = self._options[name]
        return str(value) if value else None

    def flag(self, name: str) -> bool:
        return bool(self._options[name])

    def several(self, name: str) -> tuple[str, ...]:
        found = self._options[name]
        return tuple(map(str, found)) if isinstance(found, tuple) else ()

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Options of the form ID=VALUE."""
        made = []
        for item in self.several(name):
            key, sign, value = item.partition("=")
            if not sign or not key.strip() or not value.strip():
                raise ConfigError(f"{item!r}: expected NAME=VALUE, such as edition=Plan")
            made.append((key.strip(), value.strip()))
        return made

    def css(self) -> list[str]:
        """Every selector that the options give."""
        steps = [_step(action, target).selector for action, target in self.pairs("steps")]
        named = [where for _, where in self.pairs("selectors")]
        return [one for one in (*named, self.text("onward"), *steps) if one]

    def access(self) -> AccessBasis | None:
        kind, reference = self.text("access"), self.text("reference")
        if kind and not reference:
            raise ConfigError(
                "--access: name the clause, page, owner of the account, consent or order with --reference"
            )
        return AccessBasis(kind, reference or "") if kind else None  # type: ignore[arg-type]

    def login(self, estate: Estate) -> Login | None:
        """The login to use, where another than the deployment's own is asked for."""
        if (name := self.text("login_id")) is not None:
            found = estate.logins.get(name)
            if found is None:
                known = ", ".join(estate.logins) or "none"
                raise ConfigError(f"--login {name}: no such login in targets.yaml; it has {known}")
            return found
        path = self.text("login_path")
        if path is None:
            return None
        logged_in = self.text("logged_in")
        condition = Condition(text=logged_in) if logged_in else Condition()
        user, password = (_secret_place(name, self.text(name)) for name in ("username_env", "password_env"))
        return Login(path, user, password, logged_in=condition)

    def page(self) -> PageSpec:
        path = page_entry.page_path(self.url)
        words = "".join(letter if letter.isalnum() else "-" for letter in path.lower()).strip("-")
        named = self.text("page_id") or "-".join(part for part in words.split("-") if part)[-40:].strip("-") or "page"
        ready = self.text("ready")
        return PageSpec(
            named,
            path,
            method="http" if self.text("method") == "http" else "browser",
            locale=self.text("locale"),
            steps=tuple(_step(action, target) for action, target in self.pairs("steps")),
            ready=Condition(text=ready) if ready else None,
        )

    def choices(self) -> list[FieldChoice]:
        """What the options say each text is."""
        chosen = [FieldChoice(role, where) for role in ("used", "cap") if (where := self.text(role))]
        for option, way in (("fields", "label"), ("selectors", "selector"), ("patterns", "pattern")):
            chosen += [_of_metric(id_, where, way) for id_, where in self.pairs(option)]
        return chosen


def _secret_place(option: str, given: str | None) -> str:
    """Where a secret is kept, as the options name it."""
    found = parse_reference(given or "")
    if found is None:
        named = option.replace("_", "-")
        raise ConfigError(
            f"--{named}: not the name of a variable, nor a place such as file:PATH or keyring:SERVICE/USER"
        )
    return str(found)


def _of_metric(id_: str, where: str, way: str) -> FieldChoice:
    """`used`, or `seat.used`: the count in use of the metric `seat`."""
    metric, dot, role = id_.rpartition(".")
    return FieldChoice(f"{metric}_{role}", where, way, metric) if dot else FieldChoice(id_, where, way)


def _step(action: str, target: str) -> Step:
    """`click=Sign in`, `dismiss?=#banner button`: a target that looks like CSS is a selector, else a visible text."""
    optional, name = action.endswith("?"), action.rstrip("?")
    if name not in ("click", "dismiss", "wait_for", "goto", "scroll"):
        raise ConfigError(f"--step {action}: expected click, dismiss, wait_for, goto or scroll")
    if name == "goto":
        return Step("goto", url=target, optional=optional)
    css = target[:1] in "#.[" or " > " in target
    chosen = {"selector": target} if css else {"text": target}
    return Step(name, optional=optional, **chosen)  # type: ignore[arg-type]
