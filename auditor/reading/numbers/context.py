"""Classifies the words around a number: irrelevant, unknown, or such that the number is not a count.

`已用 34 GB`, `30 days left`, `34 not used` and `授权日期 2021` have a number and a word of role, and state no count.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from auditor.document import count_words

ContextEffect = Literal["plain", "unlisted", "no_count"]

_RUNS: Final = re.compile(r"[a-zà-öø-ÿа-я]+(?:['’-][a-zà-öø-ÿа-я]+)*|[^\W\d_a-zà-öø-ÿа-я]+|[^\w\s]", re.IGNORECASE)
_LATIN: Final = re.compile(r"[a-zà-öø-ÿа-я]", re.IGNORECASE)
_PLAIN_SIGNS: Final = frozenset(".,:;()[]。、，：；（）=\"'“”!/|-–—·•※")

_FILLERS: Final = count_words.word_set(
    """a an the of in to for and your you you've our we have has is are this that it its there with been be being on at
    out by-now currently current now present presently already number count amount quantity overall
    organization organisation company team workspace group tenant instance plan subscription subscriptions product
    server system total licensed registered named concurrent billable seat-count
    der die das den dem des ein eine sind ist ihr ihre ihrer von im in derzeit aktuell momentan anzahl insgesamt werden
    le la les l un une des du de vos votre est sont en actuellement nombre
    el los las un una su sus son está están en uso actualmente número"""
)
_WIDE_FILLERS: Final = tuple(
    sorted(
        count_words.word_set(
            """您 您的 的 了 为 是 本 该 共 共有 有 其中 其中的 数 数量 人数 总数 数目 个数 户数 系统 公司 单位
            机构 图书馆 总馆 现 现有 目前 当前 还 还有 另 和 与 及 以及 中 在 于 款 注册 在册 在线
            は を が の に と で も です ます まで うち 中 数 人数 合計 現在 その うちの しています されています
            ライセンス ユーザー シート 을 를 이 가 은 는 중 수 현재"""
        ),
        key=len,
        reverse=True,
    )
)
_WIDE_UNITS: Final = tuple(sorted((u for u in count_words.UNITS if u[0] > "\u2e80"), key=len, reverse=True))

_DENYING: Final = count_words.word_set(
    """not never no none isn't aren't without except excluding excl unused unassigned unallocated unlicensed unavailable
    inactive disabled deleted removed archived suspended deactivated blocked invited pending failed offline requested
    ago per each every last since until expires expire expired expiring renewal
    nicht kein keine keinen ohne pro je ungenutzt inaktiv gesperrt vor
    non pas sans par inutilisé inutilisés inutilisées inactif inactifs sin no por cada"""
)
_WIDE_DENYING: Final = re.compile(
    r"[未不非无無没沒每]|停用|禁用|注销|註銷|删除|刪除|离线|離線|失效|过期|過期|到期|待|之前|以前|以来|拒绝|失败|"
    r"[天日年月周週]|小时|小時|分钟|分鐘|秒|期限|日期|时间|時間|時点|次|元|円|圆|页|頁|張|张|兆|字节|流量|容量|空间|存储|"
    r"版本|第|号|號|期間|間|以外|除く|없|않|안|미사용"
)
_UNITS_ASIDE: Final = count_words.NOT_COUNT_UNITS - count_words.word_set(
    "of von sur de из van di or and und et m d h s k"
)


def context_effect(rest: str) -> ContextEffect:
    """What the words around a number, numbers and words of role taken out, do to it."""
    answer: ContextEffect = "plain"
    for run in _RUNS.findall(rest.lower()):
        if _LATIN.match(run):
            if run in _DENYING or run in _UNITS_ASIDE:
                return "no_count"
            if (
                run not in _FILLERS
                and run not in count_words.UNITS
                and run not in ("von", "sur", "из", "van", "di", "und")
            ):
                answer = "unlisted"
        elif len(run) == 1 and not run.isalpha():
            if run in "%‰$€£¥₩₽°":
                return "no_count"
            if run not in _PLAIN_SIGNS:
                answer = "unlisted"
        else:
            left = _wide_rest(run)
            if left and _WIDE_DENYING.search(left):
                return "no_count"
            if left:
                answer = "unlisted"
    return answer


def _wide_rest(run: str) -> str:
    """What is left of Chinese, Japanese or Korean text when units and words without weight are taken out."""
    for known in (*_WIDE_UNITS, *_WIDE_FILLERS):
        if known in run and not (len(known) == 1 and len(run) > 6):
            run = run.replace(known, "\x00")
    return run.replace("\x00", "")
