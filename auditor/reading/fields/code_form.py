"""The field that asks for the second factor's one-time code, or its row of fields of one digit each."""

from __future__ import annotations

import re

from auditor.document.controls import describe_target, find_by_selector
from auditor.document.page import StoredPage
from auditor.model.captures import ElementTarget
from auditor.model.targets.deployments import Login
from auditor.reading.fields.login_form import ONWARD, VERIFY, field_hint, form_of, kind_of, submit_of, usable_inputs

_CODE = re.compile(
    r"one.?time|(?<![a-z])(?:t?otp|mfa|2fa)(?![a-z])|two.?(?:factor|step)|authenticator|passcode|"
    r"(?:verification|auth(?:entication)?|security|login).?code|动态(?:口令|密码|码|验证码)|動態(?:密碼|碼)|一次性(?:密码|口令)|"
    r"身份验证器|验证器|令牌|两步验证|二步验证|双因素|双重|多因素|二次验证|ワンタイム|認証コード|確認コード|"
    r"einmal|best(?:ä|ae)tigungscode|code.?(?:de.?v(?:é|e)rification|unique)",
    re.IGNORECASE,
)
_CAPTCHA = re.compile(r"captcha|yzm|图形|圖形|图片|image|看不清|换一张", re.IGNORECASE)
_SEARCH = re.compile(r"search|query|keyword|检索|搜索|查询|検索|suche|recherche", re.IGNORECASE)
_FIELDS = frozenset(("text", "tel", "number", "password", ""))
MAX_WORDS = 600
"""Characters of a form that asks for a code and for nothing else."""
DIGIT_FIELDS = range(4, 9)
"""How many fields of one digit each can be a code."""


def find_code_form(page: StoredPage, login: Login) -> tuple[tuple[ElementTarget, ...], ElementTarget | None]:
    """The fields that a code is typed into, one or one for each digit, and the control that sends it.

    A field is taken for one where its names, its label or the words of its form say so; a picture to be typed off is
    none.
    """
    fields = _chosen(page, login) or _row_of_digits(page) or _named(page)
    if not fields and login.totp is not None:
        fields = _alone(page)
    if not fields:
        return (), None
    submit = submit_of(page, fields[-1], (VERIFY, ONWARD))
    targets = tuple(describe_target(page, node) for node in fields)
    return targets, describe_target(page, submit) if submit is not None else None


def _chosen(page: StoredPage, login: Login) -> tuple[int, ...]:
    node = find_by_selector(page, login.code_selector) if login.code_selector else None
    return (node,) if node is not None else ()


def _candidates(page: StoredPage) -> list[int]:
    return [node for node in usable_inputs(page) if kind_of(page, node) in _FIELDS]


def _row_of_digits(page: StoredPage) -> tuple[int, ...]:
    """Fields that each take one character, in one form, where the form speaks of a code."""
    single = [node for node in _candidates(page) if page.tree.attrs(node).get("maxlength") == "1"]
    if len(single) not in DIGIT_FIELDS or len({form_of(page, node) for node in single}) != 1:
        return ()
    return tuple(single) if _speaks_of_code(page, single[0]) else ()


def _named(page: StoredPage) -> tuple[int, ...]:
    """The one field whose own names say that it is for a code."""
    hints = {node: field_hint(page, node) for node in _candidates(page)}
    named = [node for node, hint in hints.items() if _CODE.search(hint) and not _CAPTCHA.search(hint)]
    return (named[0],) if len(named) == 1 else ()


def _alone(page: StoredPage) -> tuple[int, ...]:
    """The only field of a page on which the words around it speak of a code."""
    fields = [node for node in _candidates(page) if not _SEARCH.search(field_hint(page, node))]
    alone = len(fields) == 1 and kind_of(page, fields[0]) != "password" and _speaks_of_code(page, fields[0])
    return (fields[0],) if alone else ()


def _speaks_of_code(page: StoredPage, field: int) -> bool:
    """Whether what stands around a field, no more than a short form holds, speaks of a code."""
    words = ""
    for around in page.tree.ancestors(field):
        said = page.texts.text(around)
        if len(said) > MAX_WORDS:
            break
        words = said
        if page.tree.names[around] == "form":
            break
    asked = f"{field_hint(page, field)} {words}"
    return bool(_CODE.search(asked)) and not _CAPTCHA.search(asked)
