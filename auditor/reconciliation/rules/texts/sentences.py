"""The one table of sentences, English and Chinese side by side, in neutral words.

A sentence states arithmetic and what a page showed; what it means in law is for others to say. Values are set in by
name; a sentence whose value is missing is a programming error and raises `KeyError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.wording import PlaceText

RECORD_SENTENCES: Mapping[str, tuple[str, str]] = {
    "T501": (
        "{name} was in use or registered on {earliest}, before its entitlement starts on {start}.",
        "{name}在{earliest}已使用或注册，早于授权起始日{start}。",
    ),
    "T502": (
        "{name} shows a first date of {sign}, after {contract} ended on {end}; first captured {first} with "
        "{used:{unit}}.",
        "{name}页面最早日期为{sign}，晚于{contract}终止日{end}；首次截取于{first}，显示{metric}{used}。",
    ),
    "T502.captured": (
        "{name} was first captured on {first}, after {contract} ended on {end}. No date on its pages says when it was "
        "installed.",
        "{name}首次截取于{first}，晚于{contract}终止日{end}。页面上没有说明安装时间的日期。",
    ),
    "T503": (
        "{name}: {units} rose from {before} ({before_day}) to {after} ({after_day}), {added} more. Growth after "
        "{events}. Listed as aggravation, not added to any sum.",
        "{name}：{metric}由{before}（{before_day}）增至{after}（{after_day}），增加{added}。此后增长：{events_zh}。"
        "作为加重情节列示，不计入任何合计。",
    ),
    "T504": (
        "{day}: {name} shows {used:{unit}} in use; existing units could run until {stop}.",
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
        "{name}，{contract}：已生效单位的应付款尚差{short}（{detail_zh}）。",
    ),
    "P701.unrecorded": (
        "{contract}: no payments recorded. Due by record for "
        "{count:order or amendment|orders and amendments} in effect: {short}.",
        "{contract}：无付款记录。按记录，已生效的{count}项订单与补充协议应付{short}。",
    ),
    "P702": (
        "{name}, {contract}: stated amount and amount by rule differ ({detail}).",
        "{name}，{contract}：载明金额与规则金额不一致（{detail_zh}）。",
    ),
    "P703": (
        "{contract}: payments that name no order: {count} ({payments}).",
        "{contract}：{count}笔付款未对应订单：{payments}。",
    ),
    "P704": (
        "{contract}: {total} more rebate given than computed ({lines}).",
        "{contract}：返利多付{total}（{lines_zh}）。",
    ),
    "P705": (
        "{contract}: {total} rebate computed and not recorded as given ({lines}). In the reseller's favour.",
        "{contract}：应付返利{total}未见给付记录（{lines_zh}）。有利于经销商。",
    ),
    "P706": (
        '{day}: the registration page of {name} names "{text}"; no order of that reseller under {contract} lists it.',
        "{day}：{name}的注册页面载明“{text}”；该经销商在{contract}下没有列明该部署的订单。",
    ),
    "P707": (
        "{name}: {over:unit|units} over cannot be valued: {why}.",
        "{name}：超出的{over}个单位无法计价：{why_zh}。",
    ),
    "V801": (
        "{day}: {name} gave no number ({pages}): {why}. Not observed is not zero.",
        "{day}：{name}未取得数值（{pages_zh}）：{why_zh}。未观察不等于零。",
    ),
    "V802": (
        "{name}: not found on the page: {fields}.",
        "{name}：页面上未找到：{fields_zh}。",
    ),
    "V803": (
        "{day}: {name} gives a text without one certain value: {fields}.",
        "{day}：{name}的文本不能确定唯一数值：{fields_zh}。",
    ),
    "V804": (
        "{day}: {name} rests on one capture and no complete list; certainty is likely at best.",
        "{day}：{name}仅有一次截取且无完整列表；可信度至多为“可能”。",
    ),
    "V805": (
        "{name}: no capture for more than two intervals of {interval:day|days}: {gaps}. Nothing is interpolated.",
        "{name}：超过两个间隔（每个{interval}天）没有截取：{gaps}。不作插补。",
    ),
    "V806": (
        "{day}: the clocks of {name} do not fit the capture at {captured}: {doubts}.",
        "{day}：{name}的时间与截取时间{captured}不符：{doubts_zh}。",
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
        "{contract}：用于计算而无条款、文件、订单或付款支持：{facts_zh}。",
    ),
    "R904": (
        "{name}, {contract}: exemptions that have passed: {exemptions}.",
        "{name}，{contract}：已过期的豁免：{exemptions_zh}。",
    ),
}


COUNT_SENTENCES: Mapping[str, tuple[str, str]] = {
    "Q101": (
        "{day}: {name} showed {used:{unit}} ({text}, capture {capture}){confirmed}; {entitled} were "
        "entitled that "
        "day ({breakdown}), tolerance {tolerance}. {over} over entitlement by record. Not counted: {excluded}. "
        "Captures so far: {captures}; peak {hwm}, a lower bound.",
        "{day}：{name}显示{metric}{used}（{text_zh}，截取{capture}）{confirmed_zh}；当日授权{entitled_zh}（{breakdown_zh}），"
        "容差{tolerance}。按记录超出{over}。未计入：{excluded}。共{captures}次截取，最高{hwm}，为下限。",
    ),
    "Q102": (
        "{peak_day}: {name} used {peak:{unit}}, {peak_over} over entitlement by record (capture {peak_capture}); "
        "on {day} it uses {counted}, within the {entitled} entitled.",
        "{peak_day}：{name}使用{metric}{peak}，按记录超出{peak_over}（截取{peak_capture}）；{day}使用{counted}，"
        "未超出授权的{entitled_zh}。",
    ),
    "Q103": (
        "{past_day}: {name} used {past_used:{unit}}, {past_over} over entitlement by record (list "
        "{past_list}, net "
        "{past_net}). {amendment} covers this number later and by its terms does not cure the past; the earlier units "
        "are not recorded as paid for that time.",
        "{past_day}：{name}使用{metric}{past_used}，按记录超出{past_over}（目录价{past_list}，净价{past_net}）。{amendment}"
        "其后覆盖该数量，但按其条款不追溯过往；该期间的单位未见付款记录。",
    ),
    "Q103.silent": (
        "{past_day}: {name} used {past_used:{unit}}, {past_over} over entitlement by record (list "
        "{past_list}, net "
        "{past_net}). {amendment} covers this number later; it does not say whether it cures the past.",
        "{past_day}：{name}使用{metric}{past_used}，按记录超出{past_over}（目录价{past_list}，净价{past_net}）。{amendment}"
        "其后覆盖该数量，未约定是否追溯过往。",
    ),
    "Q104": (
        "{name}: {units} over entitlement by record rose from capture to capture in the last three, since {since}: "
        "{series} over.",
        "{name}：自{since}起的最近三次截取中，按记录超出授权的{metric}逐次增加：超出{series}。",
    ),
    "Q105": (
        "{day}: {name} uses {counted} of {entitled} entitled {units}.",
        "{day}：{name}使用{metric}{counted}，授权{entitled_zh}。",
    ),
    "Q106": (
        "{name} used at most 80 % of its entitled {units} in {runs:capture|captures} since {since} (now {counted} of "
        "{entitled}).",
        "自{since}起的{runs}次截取中，{name}使用的{metric}均不超过授权的80%（现为{counted}，授权{entitled_zh}）。",
    ),
    "Q107": (
        "{day}: the page of {name} shows {used:{unit}} against its own cap of {cap}, remaining {remaining}.",
        "{day}：{name}的页面显示{metric}{used}，页面上限{cap}，剩余{remaining}。",
    ),
    "Q108": (
        "{day}: {name} states {used:{unit}}; its complete list has {listed:row|rows}.",
        "{day}：{name}页面总数为{metric}{used}；完整列表为{listed}行。",
    ),
    "Q109": (
        "{name}: {units} fell from {before} ({before_day}) to {after} ({after_day}).",
        "{name}：{metric}由{before}（{before_day}）降至{after}（{after_day}）。",
    ),
    "Q109.notice": (
        "{name}: {units} fell from {before} ({before_day}) to {after} ({after_day}), after {event}.",
        "{name}：{metric}由{before}（{before_day}）降至{after}（{after_day}），时在{event}之后。",
    ),
    "Q110": (
        "{day}: {name} used {counted:{unit}}{counted_of}, {over} above the {entitled} entitled and inside the agreed "
        "tolerance (clause {clause}).",
        "{day}：{name}使用{metric}{counted}{counted_of_zh}，较授权{entitled_zh}多{over}，在约定容差之内（条款{clause}）。",
    ),
    "Q110.true_up": (
        "{day}: {name} used {counted:{unit}}{counted_of}, {entitled} entitled; the contract permits more and settles "
        "it by true-up (clause {clause}). Owed: {owed}.",
        "{day}：{name}使用{metric}{counted}{counted_of_zh}，授权{entitled_zh}；合同允许超出并约定补足（条款{clause}）。"
        "应补：{owed_zh}。",
    ),
    "Q111": (
        "{contract}: {count:deployment|deployments} that share {pool:unit|units} use {used} together, {over} over "
        "entitlement by record (captures within {window:day|days}).",
        "{contract}：共享{pool}个单位的{count}个部署合计使用{used}，按记录超出{over}（各截取相隔不超过{window}天）。",
    ),
    "C201": (
        '{day}: {name} shows a registered cap of {cap} (text "{cap_raw}"); {entitled} are entitled ({breakdown}).',
        "{day}：{name}显示注册上限{cap}（原文“{cap_raw}”）；授权{entitled_zh}（{breakdown_zh}）。",
    ),
    "C202": (
        '{day}: {name} shows its cap as unlimited (text "{cap_raw}", capture {capture}); by record {entitled} are '
        "entitled. No record grants an unlimited number.",
        "{day}：{name}显示上限为不限（原文“{cap_raw}”，截取{capture}）；按记录授权{entitled_zh}。无记录授予不限数量。",
    ),
    "C202.beside": (
        '{day}: {name} shows its cap as unlimited (text "{cap_raw}", capture {capture}) with {used:{unit}} in '
        "use; the "
        "reference site {reference}, of the same edition ({edition}), shows {reference_used} of {reference_cap}. By "
        "record {entitled} are entitled; no record grants an unlimited number.",
        "{day}：{name}显示上限为不限（原文“{cap_raw}”，截取{capture}），使用{metric}{used}；同版本（{edition}）的参照站点"
        "{reference}显示{reference_used}，上限{reference_cap}。按记录授权{entitled_zh}；无记录授予不限数量。",
    ),
    "C203": (
        '{day}: the cap of {name} is written "{cap_raw}" and gives no value ({why}).',
        "{day}：{name}的上限写作“{cap_raw}”，未能取得数值（{why_zh}）。",
    ),
    "C204": (
        "{name}: the registered cap changed from {before} ({before_day}) to {after} ({after_day}); no amendment took "
        "effect in between.",
        "{name}：注册上限由{before_zh}（{before_day}）变为{after_zh}（{after_day}）；其间无补充协议生效。",
    ),
    "C205": (
        "{day}: {name} shows {used} in use; its registration states an end on {expiry}.",
        "{day}：{name}显示在用{used}；其注册页面载明到期日{expiry}。",
    ),
    "C206": (
        '{day}: {name}, recorded as production, states "{text}".',
        "{day}：{name}登记为生产环境，页面写明“{text}”。",
    ),
    "C207": (
        "{day}: {name} shows a registered cap of {cap}; {entitled} are entitled ({breakdown}). The difference "
        "is in the "
        "licensee's favour.",
        "{day}：{name}显示注册上限{cap}；授权{entitled_zh}（{breakdown_zh}）。差额有利于被授权方。",
    ),
    "D301": (
        "{day}: {name} showed {used:{unit}} ({text}, capture {capture}){confirmed}; no contract on "
        "record lists it. "
        "{over:unit|units} without entitlement by record: every unit counts. Kinds of proof of identity: "
        "{count} ({kinds}).",
        "{day}：{name}显示{metric}{used}（{text_zh}，截取{capture}）{confirmed_zh}；在案合同均未列入该部署。按记录无授权单位"
        "{over}，全部计入。身份证明{count}种（{kinds_zh}）。",
    ),
    "D302": (
        "{name} is listed by {contract} and was never visited.",
        "{name}列于{contract}，但从未访问。",
    ),
    "D302.tried": (
        "{name} is listed by {contract} and has not given a number yet (attempts without one: {attempts}).",
        "{name}列于{contract}，至今未取得数值（{attempts}次尝试未取得）。",
    ),
    "D303": (
        "{count:deployment|deployments} show the same registration ({what}): {names}.",
        "{count}个部署显示同一注册信息（{what}）：{names}。",
    ),
    "D304": (
        '{day}: {name} names "{text}" as licensee; the record names {party}.',
        "{day}：{name}页面所列被授权单位为“{text}”；记录为{party}。",
    ),
    "D305": (
        "{day}: the identity of {name} differs from the capture before: {what}.",
        "{day}：{name}的身份信息与前次截取不同：{what_zh}。",
    ),
    "D306": (
        "{day}: {name} shows the same content as {names} (shared rows or instance: {what}).",
        "{day}：{name}与{names}内容相同（相同的行或实例：{what_zh}）。",
    ),
    "D307": (
        "{day}: {name} is recorded as {environment} (page label: {label}) and shows {used} in use.",
        "{day}：{name}登记为{environment_zh}（页面标签：{label}），显示在用{used}。",
    ),
    "D308": (
        "{day}: nothing but {host} says whose deployment {name} is; an address proves no owner.",
        "{day}：除{host}外，没有信息表明{name}属于谁；网络地址不能证明所有者。",
    ),
    "G401": (
        "{day}: {name} lies in {place}; {contract} grants {places} (clause {clause}).",
        "{day}：{name}位于{place}；{contract}授权区域为{places}（条款{clause}）。",
    ),
    "G401.sale": (
        "{day}: {name} lies in {place}; {contract} grants sales in {places} (clause {clause}). Where the sale "
        "was made is "
        "not recorded.",
        "{day}：{name}位于{place}；{contract}授权销售区域为{places}（条款{clause}）。销售地点未记录。",
    ),
    "G402": (
        "{day}: {count:listed branch|listed branches} of {name} lie outside {places}: {names}.",
        "{day}：{name}列表中有{count}个分馆位于{places}之外：{names}。",
    ),
    "G403": (
        "{day}: no place is recorded for {name}; {contract} grants {places}.",
        "{day}：{name}未记录地点；{contract}授权区域为{places}。",
    ),
}


SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType({**COUNT_SENTENCES, **RECORD_SENTENCES})


class Places(dict[str, PlaceText]):
    """Words as the places of a sentence: `{used:{unit}}` is `1 branch unit` or `21 branch units`. Each is made when the
    first of both languages asks for it."""

    def __init__(self, words: Mapping[str, object]) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, key: str) -> PlaceText:
        found = self[key] = PlaceText(self._words[key])
        return found


def sentence_pair(key: str, words: Mapping[str, object]) -> tuple[str, str]:
    """The English and the Chinese sentence of a key: a rule id, or a rule id with a variant."""
    english, chinese = SENTENCES[key]
    places = Places(words)
    return english.format_map(places), chinese.format_map(places)
