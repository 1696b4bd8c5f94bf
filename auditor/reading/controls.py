"""Elements to act on: found by selector or visible text, the login form's parts, the way to a list's next page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.model.captures import Target
from auditor.model.deployments import ListingSpec, Login
from auditor.reading.glyphs import squeeze
from auditor.reading.pager import pages_of
from auditor.reading.pages import Page
from auditor.reading.visibility import NEVER_SEEN

_BUTTONS = frozenset(("button", "submit", "image"))
_NAMED = frozenset(("input", "button", "a", "li", "span", "i", "div"))
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
_ONWARD = re.compile(r"^(?:下一步|继续|確定|确定|提交|next|continue|submit|go|ok|weiter|次へ|suivant|→)", re.IGNORECASE)
_NOT_LOGIN = re.compile(
    r"忘记|忘記|注册|註冊|找回|验证码|显示|forgot|register|signup|createaccount|reset|show|cancel|取消|with",
    re.IGNORECASE,
)
_MORE = (
    "加载更多",
    "載入更多",
    "查看更多",
    "显示更多",
    "Load more",
    "Show more",
    "もっと見る",
    "Mehr laden",
    "Mehr anzeigen",
    "Afficher plus",
    "Voir plus",
)
_NEXT_TOKEN = re.compile(r"(?:^|[-_])next(?:$|[-_])|^pg?nxt$|[-_]arrow[-_]right$", re.IGNORECASE)
_LAST_TOKEN = re.compile(r"double|(?:^|[-_])last(?:$|[-_])", re.IGNORECASE)
_PAGER = re.compile(r"(?:^|[-_ ])pag(?:er|inat(?:or|ion|ed))(?:$|[-_ ])", re.IGNORECASE)
_LAST_SIGNS = frozenset(("»", ">>", "⟩⟩"))
"""Where `>` stands beside them these lead to the last page; alone they lead to the next."""
_OFF = re.compile(r"(?:^|[-_ ])(?:disabled|is-disabled|disable|inactive)(?:$|[-_ ])", re.IGNORECASE)


def target(page: Page, node: int) -> Target:
    """The element in the words of the capture."""
    tree = page.tree
    backend = tree.backend[node] if node < len(tree.backend) else 0
    return Target(backend, tree.path(node), page.texts.text(node)[:80], tree.piece_of(node).frame)


def seen(page: Page, node: int) -> bool:
    """Whether a visitor can see the element, scrolling included; one under a dialog cannot be acted on."""
    reason = page.texts.sight.why_hidden(node)
    return reason not in NEVER_SEEN and not reason.startswith("covered") and reason != "in a frame that is hidden"


def enabled(page: Page, node: int) -> bool:
    """Whether the element, and what holds it, is not switched off."""
    tree = page.tree
    for depth, at in enumerate((node, *tree.ancestors(node))):
        attrs = tree.attrs(at)
        if "disabled" in attrs or attrs.get("aria-disabled") == "true" or _OFF.search(attrs.get("class", "")):
            return False
        if depth == 2 or tree.names[at] in ("ul", "ol", "nav", "table", "form", "body"):
            return True
    return True


def by_selector(page: Page, selector: str) -> int | None:
    """The first element that matches and can be seen."""
    return next((node for node in page.selected.select(selector) if seen(page, node)), None)


def by_text(page: Page, text: str) -> int | None:
    """The element with exactly that text that is nearest to the eye; a control is preferred to the text in it."""
    found = [node for node in with_text(page, text) if seen(page, node)]
    return max(found, key=lambda node: (page.tree.order.get(node, 0), -node)) if found else None


def with_text(page: Page, text: str) -> Iterator[int]:
    """Every element whose whole text, value, title or aria-label is the given one."""
    key = squeeze(text)
    if not key:
        return
    for hit in page.texts.find(text):
        element = page.locator.element(hit)
        if squeeze(page.texts.text(element)) == key:
            yield acting(page, element)
    for node in _named(page).get(key, ()):
        yield acting(page, node)


def _named(page: Page) -> dict[str, list[int]]:
    """Elements that say by an attribute what they do."""
    if page.named is None:
        tree = page.tree
        found: dict[str, list[int]] = {}
        for node, name in enumerate(tree.names):
            if name in _NAMED and tree.attributes[node]:
                attrs = tree.attrs(node)
                button = name == "input" and attrs.get("type") in ("submit", "button")
                said = {
                    squeeze(attrs.get(each, "")) for each in ("aria-label", "title", *(("value",) if button else ()))
                }
                for text in said - {""}:
                    found.setdefault(text, []).append(node)
        page.named = found
    return page.named


def acting(page: Page, node: int) -> int:
    """The link, button or clickable element around a text; the element itself where there is none near."""
    tree = page.tree
    for depth, at in enumerate((node, *tree.ancestors(node))):
        if depth > 3 or tree.names[at] in ("body", "form", "table", "ul"):
            break
        if _acts(page, at):
            return at
    return node


def _acts(page: Page, node: int) -> bool:
    tree = page.tree
    name = tree.names[node]
    if name in ("button", "input", "summary", "label"):
        return True
    attrs = tree.attrs(node)
    if name == "a":
        return "href" in attrs or "onclick" in attrs or node in tree.clickable
    return attrs.get("role") in ("button", "link", "tab") or node in tree.clickable or "onclick" in attrs


def login_form(page: Page, login: Login) -> tuple[Target | None, Target | None, Target | None]:
    """The user name field, the password field and the control that sends them; what is not shown is None."""
    password = _chosen(page, login.password_selector) if login.password_selector else _password(page)
    user = _chosen(page, login.username_selector) if login.username_selector else _user(page, password)
    anchor = password if password is not None else user
    if login.submit_selector:
        submit = _chosen(page, login.submit_selector)
    else:
        submit = _submit(page, anchor) if anchor is not None else None
    found = (user, password, submit)
    return tuple(target(page, node) if node is not None else None for node in found)  # type: ignore[return-value]


def _chosen(page: Page, selector: str | None) -> int | None:
    return by_selector(page, selector) if selector else None


def _usable(page: Page, node: int) -> bool:
    attrs = page.tree.attrs(node)
    return "disabled" not in attrs and "readonly" not in attrs and seen(page, node)


def _kind(page: Page, node: int) -> str:
    return page.tree.attrs(node).get("type", "text").lower() if page.tree.names[node] == "input" else ""


def _inputs(page: Page) -> list[int]:
    return [node for node in page.texts.controls if page.tree.names[node] == "input" and _usable(page, node)]


def _password(page: Page) -> int | None:
    """The one password field of a form; a form with two asks for a new password and is not the login."""
    fields = [node for node in _inputs(page) if _kind(page, node) == "password"]
    single = [node for node in fields if sum(1 for other in fields if _form(page, other) == _form(page, node)) == 1]
    return next(iter(single or fields), None)


def _form(page: Page, node: int) -> int | None:
    return next((at for at in page.tree.ancestors(node) if page.tree.names[at] == "form"), None)


def _hint(page: Page, node: int) -> str:
    attrs = page.tree.attrs(node)
    names = ("name", "id", "autocomplete", "placeholder", "aria-label", "ng-model", "v-model")
    return " ".join(attrs.get(name, "") for name in names)


def _user(page: Page, password: int | None) -> int | None:
    """The text field before the password in its form, or the nearest before it; alone, one that asks for a name."""
    tree = page.tree
    fields = [node for node in _inputs(page) if _kind(page, node) in _TEXTUAL]
    if password is not None:
        form = _form(page, password)
        piece = tree.piece_of(password)
        fields = [n for n in fields if n < password and n >= piece.start and _form(page, n) == form]
        fields = [n for n in fields if not _SEARCH.search(_hint(page, n))] or fields
        hinted = [n for n in fields if _USER.search(_hint(page, n))]
        return next(reversed(hinted or fields), None)
    likely = [n for n in fields if _USER.search(_hint(page, n)) and not _SEARCH.search(_hint(page, n))]
    if not likely:
        likely = [n for n in fields if not _SEARCH.search(_hint(page, n)) and _submit_words(page, n)]
    return likely[0] if likely else None


def _submit_words(page: Page, field: int) -> bool:
    submit = _submit(page, field)
    return submit is not None and bool(_LOGIN.match(_caption(page, submit)))


def _caption(page: Page, node: int) -> str:
    attrs = page.tree.attrs(node)
    return squeeze(
        page.texts.text(node) or attrs.get("value", "") or attrs.get("aria-label", "") or attrs.get("title", "")
    )


def _submit(page: Page, anchor: int) -> int | None:
    """The control that sends the form: by its words, or the form's only one; never a link to somewhere else."""
    tree = page.tree
    form = _form(page, anchor)
    start, end = (
        (form, tree.ends[form]) if form is not None else (tree.piece_of(anchor).start, tree.piece_of(anchor).end)
    )
    buttons = [node for node in range(start, end) if _is_button(page, node) and seen(page, node)]
    buttons = [node for node in buttons if not _NOT_LOGIN.search(_caption(page, node))]
    if form is None:
        buttons = [node for node in buttons if node > anchor]
    for words in (_LOGIN, _ONWARD):
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


def _is_button(page: Page, node: int) -> bool:
    tree = page.tree
    name = tree.names[node]
    if name == "button":
        return True
    if name == "input":
        return _kind(page, node) in ("submit", "button", "image")
    if name in ("a", "div", "span"):
        attrs = tree.attrs(node)
        acts = attrs.get("role") == "button" or "onclick" in attrs or node in tree.clickable
        return (acts or name == "a") and bool(_LOGIN.match(_caption(page, node))) and len(_caption(page, node)) < 16
    return False


def next_page(page: Page, listing: ListingSpec) -> int | None:
    """The control that leads to the next page of the list; None where there is none, or where it is switched off."""
    if listing.next_selector:
        found = [node for node in page.selected.select(listing.next_selector) if seen(page, node)]
        return next((acting(page, node) for node in found if enabled(page, node)), None)
    at, of = pages_of(page)
    if at is not None and of is not None and at >= of:
        return None
    words = sorted(listing.next_text, key=lambda text: text in _LAST_SIGNS)
    for group in (_marked(page), *(_worded(page, text) for text in words)):
        if group:
            return next((node for node in group if enabled(page, node)), None)
    number = _numbered(page)
    if number is not None:
        return number
    more = [node for text in _MORE for node in _worded(page, text)]
    return next((node for node in more if enabled(page, node)), None)


def _marked(page: Page) -> Sequence[int]:
    """Controls that say by markup that they lead on: `rel=next`, or a class such as `btn-next` in a pager."""
    tree = page.tree
    found = []
    for node, name in enumerate(tree.names):
        if name[0] in "#:" or not tree.attributes[node]:
            continue
        if name not in ("a", "button", "li") and node not in tree.clickable:
            continue
        attrs = tree.attrs(node)
        tokens = attrs.get("class", "").split()
        classed = any(_NEXT_TOKEN.search(token) for token in tokens) and not any(map(_LAST_TOKEN.search, tokens))
        if (attrs.get("rel") == "next" or (classed and _in_pager(page, node))) and seen(page, node):
            found.append(_inner_control(page, node) if name == "li" else node)
    return found


def _inner_control(page: Page, node: int) -> int:
    tree = page.tree
    inner = range(node + 1, tree.ends[node])
    return next((at for at in inner if tree.names[at] in ("a", "button")), node)


def _in_pager(page: Page, node: int) -> bool:
    tree = page.tree
    around = [at for _, at in zip(range(4), tree.ancestors(node), strict=False)]
    return any(re.search(r"pag(?:e|in)", tree.attrs(at).get("class", ""), re.IGNORECASE) for at in (node, *around))


def _worded(page: Page, text: str) -> list[int]:
    sign = len(text) == 1
    found = []
    for node in with_text(page, text):
        if not seen(page, node):
            continue
        if _acts(page, node) or _in_pager(page, node) or (not sign and page.tree.names[node] == "a"):
            found.append(node)
    return found


def _numbered(page: Page) -> int | None:
    """Page numbers alone: the one after the current page's."""
    tree = page.tree
    for node, name in enumerate(tree.names):
        if name[0] == "#" or not tree.attributes[node]:
            continue
        attrs = tree.attrs(node)
        current = attrs.get("aria-current") in ("page", "true") or (
            bool(re.search(r"(?:^|[-_ ])(?:active|current|on|selected|cur)(?:$|[-_ ])", attrs.get("class", "")))
            and _in_pager(page, node)
        )
        text = page.texts.text(node) if current else ""
        if text.isdecimal() and len(text) < 6 and seen(page, node):
            wanted = str(int(text) + 1)
            following = [n for n in with_text(page, wanted) if n > node and seen(page, n) and _acts(page, n)]
            return following[0] if following else None
    return _plain_number(page)


def _plain_number(page: Page) -> int | None:
    """A pager whose current page is the one number that leads nowhere: the link with the number after it."""
    tree, texts = page.tree, page.texts
    for node, raw in enumerate(tree.attributes):
        if not raw or not _PAGER.search(f"{tree.attrs(node).get('class', '')} {tree.attrs(node).get('id', '')}"):
            continue
        first, end = texts.pieces(node)
        if end - first > 60:
            continue
        numbers = {}
        for at in range(first, end):
            text = texts.strings[at].strip()
            if text.isdecimal() and len(text) < 6 and seen(page, texts.nodes[at]):
                numbers[int(text)] = acting(page, tree.parents[texts.nodes[at]])
        plain = [number for number, at in numbers.items() if not _acts(page, at)]
        if len(numbers) > 1 and len(plain) == 1:
            return numbers.get(plain[0] + 1)
    return None
