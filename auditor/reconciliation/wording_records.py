"""Sentences about term, edition, money, evidence and records."""

from __future__ import annotations

from collections.abc import Mapping

RECORD_SENTENCES: Mapping[str, tuple[str, str]] = {
    "T501": (
        "{name} was in use or registered on {earliest}, before its entitlement starts on {start}.",
        "{name}在{earliest}已使用或注册，早于授权起始日{start}。",
    ),
    "T502": (
        "{name} shows a first date of {sign}, after {contract} ended on {end}; first captured {first} with {used} "
        "{unit} units.",
        "{name}页面最早日期为{sign}，晚于{contract}终止日{end}；首次截取于{first}，显示{metric}{used}。",
    ),
    "T502.captured": (
        "{name} was first captured on {first}, after {contract} ended on {end}. No date on its pages says when it was "
        "installed.",
        "{name}首次截取于{first}，晚于{contract}终止日{end}。页面上没有说明安装时间的日期。",
    ),
    "T503": (
        "{name}: {unit} units rose from {before} ({before_day}) to {after} ({after_day}), {added} more. Growth after "
        "{events}. Listed as aggravation, not added to any sum.",
        "{name}：{metric}由{before}（{before_day}）增至{after}（{after_day}），增加{added}。此后增长：{events_zh}。"
        "作为加重情节列示，不计入任何合计。",
    ),
    "T504": (
        "{day}: {name} shows {used} {unit} units in use; existing units could run until {stop}.",
        "{day}：{name}显示在用{metric}{used}；既有单位可使用至{stop}。",
    ),
    "T505": (
        "{contract}: the term needs a look at the documents: {reasons}.",
        "{contract}：期限需核对文件：{reasons_zh}。",
    ),
    "T506": (
        "{contract}: {what}.",
        "{contract}：{what_zh}。",
    ),
    "E601": (
        '{day}: {name} shows the edition "{text}"; {ordered} was ordered.',
        "{day}：{name}显示版本“{text}”；订购的版本为{ordered}。",
    ),
    "E602": (
        "{day}: {name} shows modules that {contract} does not name: {modules}.",
        "{day}：{name}显示{contract}未列明的模块：{modules}。",
    ),
    "E603": (
        '{day}: {name} shows the edition "{text}", which is none of the recorded names.',
        "{day}：{name}显示版本“{text}”，不在已登记的名称之内。",
    ),
    "E604": (
        "{day}: {name} runs a version built on {built}; maintenance ran through {through}.",
        "{day}：{name}运行的版本构建于{built}；维护期至{through}。",
    ),
    "P701": (
        "{name}, {contract}: {short} less paid than due for units in effect ({detail}).",
        "{name}，{contract}：已生效单位的应付款尚差{short}（{detail}）。",
    ),
    "P702": (
        "{name}, {contract}: stated amount and amount by rule differ ({detail}).",
        "{name}，{contract}：载明金额与规则金额不一致（{detail}）。",
    ),
    "P703": (
        "{contract}: payments that name no order: {count} ({payments}).",
        "{contract}：{count}笔付款未对应订单：{payments}。",
    ),
    "P704": (
        "{contract}: {total} more rebate given than computed ({lines}).",
        "{contract}：返利多付{total}（{lines}）。",
    ),
    "P705": (
        "{contract}: {total} rebate computed and not recorded as given ({lines}). In the reseller's favour.",
        "{contract}：应付返利{total}未见给付记录（{lines}）。有利于经销商。",
    ),
    "P706": (
        '{day}: the registration page of {name} names "{text}"; no order of that reseller under {contract} lists it.',
        "{day}：{name}的注册页面载明“{text}”；该经销商在{contract}下没有列明该部署的订单。",
    ),
    "P707": (
        "{name}: {over} units over cannot be valued: {why}.",
        "{name}：超出的{over}个单位无法计价：{why}。",
    ),
    "V801": (
        "{day}: {name} gave no number ({pages}): {why}. Not observed is not zero.",
        "{day}：{name}未取得数值（{pages}）：{why}。未观察不等于零。",
    ),
    "V802": (
        "{name}: not found on the page: {fields}.",
        "{name}：页面上未找到：{fields}。",
    ),
    "V803": (
        "{day}: {name} gives a text without one certain value: {fields}.",
        "{day}：{name}的文本不能确定唯一数值：{fields}。",
    ),
    "V804": (
        "{day}: {name} rests on one capture and no complete list; certainty is likely at best.",
        "{day}：{name}仅有一次截取且无完整列表；可信度至多为“可能”。",
    ),
    "V805": (
        "{name}: no capture for more than two intervals of {interval} days: {gaps}. Nothing is interpolated.",
        "{name}：超过两个间隔（每个{interval}天）没有截取：{gaps}。不作插补。",
    ),
    "V806": (
        "{day}: the clocks of {name} do not fit the capture at {captured}: {doubts}.",
        "{day}：{name}的时间与截取时间{captured}不符：{doubts}。",
    ),
    "V807": (
        "Failed checks of stored evidence: {count} ({subjects}).",
        "{count}项存证校验未通过：{subjects}。",
    ),
    "V808": (
        '{day}: {name} says that its number is of an earlier time (text "{text}").',
        "{day}：{name}称其数值为较早时间的数据（原文“{text}”）。",
    ),
    "R901": (
        "{name}, {contract}: left out of the calculation: {why}.",
        "{name}，{contract}：未纳入计算：{why_zh}。",
    ),
    "R902": (
        "Records differ or allow several readings, and none was chosen{where}: {reasons}.",
        "记录不一致或有多种读法，未作选择{where}：{reasons}。",
    ),
    "R903": (
        "{contract}: used in a figure and asserted without clause, document, order or payment: {facts}.",
        "{contract}：用于计算而无条款、文件、订单或付款支持：{facts}。",
    ),
    "R904": (
        "{name}, {contract}: exemptions that have passed: {exemptions}.",
        "{name}，{contract}：已过期的豁免：{exemptions}。",
    ),
}
