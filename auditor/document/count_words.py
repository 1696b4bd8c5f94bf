"""Words of count cells, as data. A word here is matched against a whole cell or a whole clause, never inside a word."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from auditor.model.deployments import CountRole


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables of data."""
    return frozenset(text.split())


UNLIMITED: Final = word_set(
    """不限 不限制 无限制 無制限 無限制 无限 無限 无上限 無上限 不限量 不限数量 制限なし 上限なし
    무제한 제한없음 unlimited nolimit nolimits unbegrenzt unbeschränkt unlimitiert illimité illimitée
    illimités illimitées ilimitado ilimitada ilimitados ilimitadas illimitato illimitata onbeperkt
    sınırsız obegränsat obegränsad obegränsade bezlimitu bezograniczeń nieograniczona nieograniczony nielimitowane
    ubegrenset ubegrænset rajoittamaton neomezeno neomezený ilimitados nelimitat غيرمحدود بلاحدود ללאהגבלה בלתימוגבל
    безограничений неограничено ∞ uncounted infinite infinity"""
)
"""Whole-cell words for unlimited, lower case, without spaces."""

UNLIMITED_INSIDE: Final = (
    "不限制|不限|无限制|無限制|無制限|无上限|無上限|制限なし|무제한|unlimited|no limit|"
    "unbegrenzt|unbeschränkt|illimitée?s?|ilimitad[oa]s?|illimitat[oa]|onbeperkt|без ограничений|∞|"
    "sınırsız|obegränsa(?:t|de?)|bez limitu|bez ograniczeń|nieograniczon[aye]|غير محدود|بلا حدود|ללא הגבלה|בלתי מוגבל"
)
"""The same as a pattern, for pairs and sentences where another number or word stands beside it."""

NOT_LICENSED: Final = word_set(
    """未授权 未授權 未注册 未註冊 未激活 未启用 notlicensed unlicensed notactivated nichtlizenziert"""
)
"""The product says there is no licence: not a count of 0."""

ABSENT: Final = word_set(
    """n/a na 无数据 無資料 暂无 暂无数据 无 無 没有 なし 없음 none null nil undefined nan unknown 未知
    不详 不明 keine aucun aucune notavailable nodata error 错误 #ref! #n/a #value! #name? #div/0!"""
)

LOADING: Final = word_set(
    """加载中 加載中 载入中 載入中 数据加载中 正在加载 正在載入 正在读取 读取中 请稍候 请稍等 loading
    pleasewait 読み込み中 読込中 로딩중 lädt wirdgeladen chargement chargementencours загрузка"""
)

TRIAL: Final = ("试用", "試用", "trial", "evaluation", "評価版", "体験版", "testversion", "évaluation", "演示版")
EXPIRED: Final = ("过期", "過期", "已到期", "失效", "expired", "期限切れ", "abgelaufen", "expiré")

ROLE_WORDS: Final[Mapping[CountRole, tuple[str, ...]]] = MappingProxyType(
    {
        "peak": (
            *("历史最大", "历史最高", "歷史最高", "峰值", "最高同时在线", "最大同時", "購入ユーザー数(上限)"),
            *("max seats used", "max used", "maximum used", "highest usage", "peak", "höchststand", "maximum atteint"),
        ),
        "over": (
            *("超出", "超额", "超過", "超用", "seats owed", "owed", "over by", "users over subscription"),
            *("users over license", "überschritten", "dépassement"),
        ),
        "remaining": (
            *("剩余", "剩餘", "可用", "余额", "残りの", "残り", "残", "남음", "remaining", "available", "left", "free"),
            *("verfügbar", "frei", "restantes", "restants", "disponibles", "disponible", "libres", "libre", "осталось"),
        ),
        "used": (
            *(
                "已使用",
                "已用",
                "使用中",
                "已注册",
                "已註冊",
                "已占用",
                "已分配",
                "已激活",
                "当前",
                "目前",
                "使用",
                "占用",
            ),
            *("利用済み", "使用済み", "利用中", "사용", "seats currently in use", "currently in use", "in use", "used"),
            *("using", "active", "allocated", "assigned", "consumed", "billable", "belegt", "verwendet", "utilisées"),
            *("utilisés", "utilisé", "en uso", "занято", "используется"),
        ),
        "cap": (
            *(
                "授权",
                "授權",
                "许可",
                "許可",
                "上限",
                "最大",
                "最多",
                "总共",
                "总数",
                "總數",
                "共计",
                "共",
                "额度",
                "現在の契約ユーザー数(上限)",
            ),
            *("契約", "購入", "seats in subscription", "in subscription", "licensed", "allowed", "purchased", "limit"),
            *("maximum", "max", "cap", "quota", "total", "lizenziert", "autorisés"),
        ),
    }
)
"""What a word beside a number says the number is. The longest word at a place wins."""

LICENCE_WORDS: Final = frozenset(
    (
        "授权",
        "授權",
        "许可",
        "許可",
        "契約",
        "購入",
        "共",
        "共计",
        "总共",
        "licensed",
        "purchased",
        "total",
    )
)
"""Words of role `cap` that beside another word of role only name what is counted: `已用授权`, `total used`."""

UNITS: Final = word_set(
    """个 個 家 馆 館 개 명 人 户 戶 台 臺 套 点 點 名 条 條 項 项 件 件分 所 间 席 位 处 分馆 分館
    用户 用戶 终端 节点 站点 账号 个分馆 个用户 家分馆 個用戶 シート ユーザー ユーザ ライセンス 名様 본 대
    사용자 좌석 user users seat seats branch branches licence licences license licenses device devices
    node nodes site sites account accounts member members agent agents host hosts asset assets client
    clients connection connections core cores employee employees people persons unit units library
    libraries activeusers namedusers concurrentusers usedseats benutzer nutzer lizenz lizenzen plätze
    sitze geräte filialen utilisateur utilisateurs licenza licenze utenti sièges postes succursales
    licencji licencje licencja użytkowników użytkownicy użytkownik miejsc licenser licens användare platser
    gebruiker gebruikers licentie licenties plaatsen lisans kullanıcı koltuk ترخيص تراخيص مستخدم مستخدمين رخصة
    רישיונות רישיון משתמשים licenças лицензия лицензии пользователя пользователь
    usuario licencia usuarios licencias puestos usuários licenças пользователей лицензий"""
)
"""Units a count may carry; anything else beside a number asks for a person."""

NOT_COUNT_UNITS: Final = word_set(
    """of von sur de из van di per pro par or and und et
    天 日 年 月 周 小时 分钟 秒 元 円 万元 % ‰ kb mb gb tb k m d day days month months year years
    hour hours h min s ms usd eur cny rmb € $ ¥ £ tage jahre jours ans week weeks second seconds times
    percent page pages seite seiten tag jahr monate monat stunden minuten mois semaines heures tb pb kib mib gib tib"""
)

APPROXIMATE: Final = (
    r"(?:约|約|大约|大約|近|およそ|~|≈|∼|about|approx\.?|approximately|around|ca\.?|circa|env\.?|environ|etwa|rund)"
)
AT_LEAST: Final = r"(?:≥|>=|至少|不少于|不低于|at least|min\.?|minimum|mindestens|au moins)"
AT_MOST: Final = (
    r"(?:≤|<=|不超过|不超過|最大|最多|至多|up to|at most|max\.?|maximum|bis zu|höchstens|jusqu'à|jusqu’à|hasta|最大で)"
)
