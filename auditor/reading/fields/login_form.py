"""The parts of a login form, whatever they are called: user name, password, and the control that sends them."""

from __future__ import annotations

import re

from auditor.document.controls import describe_target, find_by_selector, is_visible
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage
from auditor.model.captures import ElementTarget
from auditor.model.targets.deployments import Login

_BUTTONS = frozenset(("button", "submit", "image"))
_TEXTUAL = frozenset(("text", "email", "tel", "number", ""))
_USER = re.compile(
    r"user|login|account|e-?mail|uid|logon|用户|用戶|账号|帐号|帳號|工号|登录名|登錄|ユーザ|アカウント|benutzer|identifiant",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"search|query|keyword|captcha|verif|vcode|code$|检索|搜索|查询|验证码|驗證碼|検索|suche|recherche", re.IGNORECASE
)
_LOGIN = re.compile(
    r"^(?:登录|登錄|登入|登陆|立即登录|进入系统|login|logon|signin|anmelden|einloggen|connexion|seconnecter|"
    r"ログイン|サインイン|로그인)",
    re.IGNORECASE,
)
ONWARD = re.compile(r"^(?:下一步|继续|確定|确定|提交|next|continue|submit|go|ok|weiter|次へ|suivant|→)", re.IGNORECASE)
VERIFY = re.compile(
    r"^(?:验证|驗證|校验|确认|確認|登录|登錄|verify|confirm|check|login|signin|anmelden|best|認証|vérifier)",
    re.IGNORECASE,
)
_NOT_LOGIN = re.compile(
    r"忘记|忘記|注册|註冊|找回|验证码|显示|forgot|register|signup|createaccount|reset|show|cancel|取消|with",
    re.IGNORECASE,
)


def find_login_form(
    page: StoredPage, login: Login
) -> tuple[ElementTarget | None, ElementTarget | None, ElementTarget | None]:
    """The user name field, the password field and the control that sends them; what is not shown is None."""
    password = _chosen(page, login.password_selector) if login.password_selector else _password(page)
    user = _chosen(page, login.username_selector) if login.username_selector else _user(page, password)
    anchor = password if password is not None else user
    if login.submit_selector:
        submit = _chosen(page, login.submit_selector)
    else:
        submit = submit_of(page, anchor) if anchor is not None else None
    found = (user, password, submit)
    return tuple(describe_target(page, node) if node is not None else None for node in found)  # type: ignore[return-value]


def _chosen(page: StoredPage, selector: str | None) -> int | None:
    return find_by_selector(page, selector) if selector else None


def _usable(page: StoredPage, node: int) -> bool:
    attrs = page.tree.attrs(node)
    return "disabled" not in attrs and "readonly" not in attrs and is_visible(page, node)


def kind_of(page: StoredPage, node: int) -> str:
    """The type of an input; empty for another element."""
    return page.tree.attrs(node).get("type", "text").lower() if page.tree.names[node] == "input" else ""


def usable_inputs(page: StoredPage) -> list[int]:
    """Inputs that a visitor can see and fill."""
    return [node for node in page.texts.controls if page.tree.names[node] == "input" and _usable(page, node)]


def _password(page: StoredPage) -> int | None:
    """The one password field of a form; a form with two asks for a new password and is not the login."""
    fields = [node for node in usable_inputs(page) if kind_of(page, node) == "password"]
    single = [node for node in fields if sum(1 for other in fields if form_of(page, other) == form_of(page, node)) == 1]
    return next(iter(single or fields), None)


def form_of(page: StoredPage, node: int) -> int | None:
    """The form that a field is in."""
    return next((at for at in page.tree.ancestors(node) if page.tree.names[at] == "form"), None)


def field_hint(page: StoredPage, node: int) -> str:
    """Everything that a field is called in the markup."""
    attrs = page.tree.attrs(node)
    names = ("name", "id", "autocomplete", "placeholder", "aria-label", "ng-model", "v-model")
    return " ".join(attrs.get(name, "") for name in names)


def _user(page: StoredPage, password: int | None) -> int | None:
    """The text field before the password in its form, or the nearest before it; alone, one that asks for a name."""
    tree = page.tree
    fields = [node for node in usable_inputs(page) if kind_of(page, node) in _TEXTUAL]
    if password is not None:
        form = form_of(page, password)
        piece = tree.piece_of(password)
        fields = [n for n in fields if n < password and n >= piece.start and form_of(page, n) == form]
        fields = [n for n in fields if not _SEARCH.search(field_hint(page, n))] or fields
        hinted = [n for n in fields if _USER.search(field_hint(page, n))]
        return next(reversed(hinted or fields), None)
    likely = [n for n in fields if _USER.search(field_hint(page, n)) and not _SEARCH.search(field_hint(page, n))]
    if not likely:
        likely = [n for n in fields if not _SEARCH.search(field_hint(page, n)) and _submit_words(page, n)]
    if not likely:
        likely = [n for n in fields if not _SEARCH.search(field_hint(page, n)) and _named_beside(page, n)]
    return likely[0] if likely else None


def _submit_words(page: StoredPage, field: int) -> bool:
    submit = submit_of(page, field)
    return submit is not None and bool(_LOGIN.match(_caption(page, submit)))


def _named_beside(page: StoredPage, field: int) -> bool:
    """Whether a form asks for the user's name in words beside its field, and goes on from there."""
    form, submit = form_of(page, field), submit_of(page, field)
    if form is None or submit is None or not ONWARD.match(_caption(page, submit)):
        return False
    return bool(_USER.search(page.texts.text(form)))


def _caption(page: StoredPage, node: int) -> str:
    attrs = page.tree.attrs(node)
    return comparison_form(
        page.texts.text(node) or attrs.get("value", "") or attrs.get("aria-label", "") or attrs.get("title", "")
    )


def submit_of(page: StoredPage, anchor: int, words_of: tuple[re.Pattern[str], ...] = (_LOGIN, ONWARD)) -> int | None:
    """The control that sends the form: by its words, or the form's only one; never a link to somewhere else."""
    tree = page.tree
    form = form_of(page, anchor)
    start, end = (
        (form, tree.ends[form]) if form is not None else (tree.piece_of(anchor).start, tree.piece_of(anchor).end)
    )
    buttons = [node for node in range(start, end) if _is_button(page, node) and is_visible(page, node)]
    buttons = [node for node in buttons if not _NOT_LOGIN.search(_caption(page, node))]
    if form is None:
        buttons = [node for node in buttons if node > anchor]
    for words in words_of:
        worded = [node for node in buttons if words.match(_caption(page, node))]
        if worded:
            return next((node for node in worded if node > anchor), worded[0])
    sending = [
        node
        for node in buttons
        if tree.attrs(node).get("type", "submit" if tree.names[node] == "button" else "") in _BUTTONS
    ]
    if form is not None and len(sending or buttons) == 1:
        return (sending or buttons)[0]
    after = [node for node in sending or buttons if node > anchor]
    return after[0] if len(after) == 1 or (after and form is None) else None


def _is_button(page: StoredPage, node: int) -> bool:
    tree = page.tree
    name = tree.names[node]
    if name == "button":
        return True
    if name == "input":
        return kind_of(page, node) in ("submit", "button", "image")
    if name in ("a", "div", "span"):
        attrs = tree.attrs(node)
        acts = attrs.get("role") == "button" or "onclick" in attrs or node in tree.clickable
        return (acts or name == "a") and bool(_LOGIN.match(_caption(page, node))) and len(_caption(page, node)) < 16
    return False
