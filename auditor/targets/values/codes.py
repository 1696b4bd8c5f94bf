"""Codes of standards: ISO 4217 currencies, ISO 3166 places, IANA time zones. The right one is suggested."""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from auditor.targets.spelling import hint, nearest
from auditor.targets.values.scalars import Text
from auditor.targets.values.types import BAD, Defs, LoadContext, ValuePath
from auditor.targets.yaml.nodes import ScalarNode

_SLANG = MappingProxyType(
    {
        "RMB": "CNY",
        "CNH": "CNY",
        "YUAN": "CNY",
        "元": "CNY",
        "人民币": "CNY",
        "¥": "CNY",
        "￥": "CNY",
        "$": "USD",
        "US$": "USD",
    }
    | {
        "EURO": "EUR",
        "€": "EUR",
        "UKP": "GBP",
        "£": "GBP",
        "STG": "GBP",
        "YEN": "JPY",
        "円": "JPY",
        "NTD": "TWD",
        "NT$": "TWD",
    }
    | {"HK$": "HKD", "S$": "SGD", "RUR": "RUB", "SFR": "CHF"}
)

_CHINA = MappingProxyType(
    {
        "AH": "Anhui 安徽", "BJ": "Beijing 北京", "CQ": "Chongqing 重庆", "FJ": "Fujian 福建", "GD": "Guangdong 广东",
        "GS": "Gansu 甘肃", "GX": "Guangxi 广西", "GZ": "Guizhou 贵州", "HA": "Henan 河南", "HB": "Hubei 湖北",
        "HE": "Hebei 河北", "HI": "Hainan 海南", "HK": "Hongkong 香港", "HL": "Heilongjiang 黑龙江", "HN": "Hunan 湖南",
        "JL": "Jilin 吉林", "JS": "Jiangsu 江苏", "JX": "Jiangxi 江西", "LN": "Liaoning 辽宁", "MO": "Macao 澳门",
        "NM": "Neimenggu 内蒙古", "NX": "Ningxia 宁夏", "QH": "Qinghai 青海", "SC": "Sichuan 四川", "SD": "Shandong 山东",  # noqa: E501
        "SH": "Shanghai 上海", "SN": "Shaanxi 陕西", "SX": "Shanxi 山西", "TJ": "Tianjin 天津", "TW": "Taiwan 台湾",
        "XJ": "Xinjiang 新疆", "XZ": "Xizang 西藏", "YN": "Yunnan 云南", "ZJ": "Zhejiang 浙江",
    }
)  # fmt: skip
"""ISO 3166-2:CN. Codes of other countries are checked for their country and form alone."""

_PLACE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?", re.ASCII)


@cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217, past ones included: old contracts name them."""
    return frozenset(get_global("all_currencies"))


@cache
def _countries() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code))


@cache
def _provinces() -> MappingProxyType[str, str]:
    """From every name of a Chinese province, in lower case, to its code."""
    return MappingProxyType(
        {word.lower(): f"CN-{code}" for code, both in _CHINA.items() for word in (*both.split(), code, f"CN{code}")}
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class CurrencyCode(Text):
    """An ISO 4217 code."""

    name = "currency code"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        code = node.text
        if code in currencies():
            return code
        meant = _SLANG.get(code.upper().strip(), "") or (code.upper() if code.upper() in currencies() else "")
        advice = f"Use {meant}." if meant else "Write three capitals, as CNY or EUR."
        context.note("S08", node.at, "", f'currency "{code[:20]}" is not an ISO 4217 code. {advice}')
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{3}$"}


class PlaceCode(Text):
    """An ISO 3166-2 code such as `CN-AH`, or an ISO 3166-1 country such as `DE`."""

    name = "place code"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = node.text
        if node.plain and text == "NO":
            context.note("S03", node.at, "", 'place NO was read as false by YAML. Quote it: "NO".')
            return BAD
        match = _PLACE.fullmatch(text)
        if match and match[1] in _countries() and (match[1] != "CN" or match[2] is None or match[2] in _CHINA):
            return text
        context.note("S09", node.at, "", f'place "{text[:80]}" is not an ISO 3166-2 code. {self._advice(text)}')
        return BAD

    def _advice(self, text: str) -> str:
        word = text.lower().removesuffix("省").removesuffix("市").removesuffix("自治区").removeprefix("cn-").strip()
        found = _provinces().get(word) or _provinces().get(nearest(word, _provinces()) if len(word) > 3 else "")
        return f"Use {found}." if found else "Write the country and its part, as CN-AH."

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"}


class TimeZoneName(Text):
    """An IANA time zone."""

    name = "time zone"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.text in _zones():
            return node.text
        advice = hint(nearest(node.text, _zones()), ("Asia/Shanghai", "Europe/Berlin", "UTC"))
        context.note("S22", node.at, where, f'"{node.text[:80]}" is not an IANA time zone. {advice}')
        return BAD


class LocaleName(Text):
    """A locale such as `zh-CN`, known to CLDR."""

    name = "locale"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is BAD:
            return BAD
        try:
            Locale.parse(text.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            context.note("S22", node.at, where, f'"{text[:80]}" is not a known locale. Write it as zh-CN or de.')
            return BAD
        return text
