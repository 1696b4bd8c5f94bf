"""The first `targets.yaml`: the few questions it needs, and the commented text made of the answers."""

from __future__ import annotations

import json
from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from types import MappingProxyType

from auditor.errors import ConfigError
from auditor.targets.problems import ProblemCollector
from auditor.targets.sections.deployments import BASES, Address
from auditor.targets.values.codes import CurrencyCode, TimeZoneName
from auditor.targets.values.quantities import QuotedDecimal, UnitsOrUnlimited
from auditor.targets.values.scalars import Choice, IsoDay, Text
from auditor.targets.values.types import BAD, LoadContext, ValueType
from auditor.targets.yaml.nodes import ScalarNode


@dataclass(frozen=True, slots=True)
class Question:
    """One question of `auditor init`."""

    id: str
    text: str
    default: str
    """Taken for an empty answer; empty where an answer is needed."""
    kind: ValueType
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The option of `auditor init` that answers it."""
        return f"--{self.id.replace('_', '-')}"

    def asked(self, lang: str) -> str:
        """The question in a language, with its choices."""
        text = TEXTS_ZH.get(self.id, self.text) if lang == "zh" else self.text
        return f"{text} [{' / '.join(self.choices)}]" if self.choices else text

    def refusal(self, answer: str) -> str:
        """Why an answer cannot be taken, in one line; empty where it can."""
        notes = ProblemCollector()
        text = answer.strip() or self.default
        if not text:
            return f"{self.id}: an answer is needed. {self.text}"
        if not text.isprintable():
            return f"{self.id}: the answer has a character that cannot be printed. Type it again."
        value = self.kind.read(ScalarNode(text, False, 0), (None, self.id), LoadContext("answer", notes))
        if value is not BAD:
            return ""
        problem = notes.in_order()[0]
        return f"{problem.where or self.id}: {problem.message}"


QUESTIONS: tuple[Question, ...] = (
    Question("vendor", "Who licenses the product (full name)?", "", Text()),
    Question("customer", "Who is licensed to use it (full name)?", "", Text()),
    Question("product", "What is the product called?", "", Text()),
    Question("metric", "What is licensed and counted, in the words of its pages?", "分馆", Text()),
    Question("contract", "What is the contract's number?", "", Text()),
    Question("starts", "On which day does it start (2015-02-10)?", "", IsoDay()),
    Question("currency", "In which currency are its prices?", "CNY", CurrencyCode()),
    Question("included", "How many units does the base price include (or unlimited)?", "", UnitsOrUnlimited()),
    Question("price", "What is the base price at list (100000.00)?", "", QuotedDecimal()),
    Question("price_extra", "What is the list price of each further unit (5000.00)?", "", QuotedDecimal()),
    Question("address", "At which address does it run (https://host/)?", "", Address()),
    Question("access", "On what basis may it be visited?", "contract_clause", Choice(*BASES), BASES),
    Question("access_reference", "Which clause, page, account or order is that?", "", Text()),
    Question(
        "timezone",
        "In which zone are the contract's days?",
        "Asia/Shanghai",
        TimeZoneName(),
    ),
)
"""What `auditor init` asks, in order."""

TEXTS_ZH: Mapped[str, str] = MappingProxyType(
    {
        "vendor": "由谁许可该产品（全称）？",
        "customer": "谁被许可使用（全称）？",
        "product": "产品名称？",
        "metric": "许可并计数的是什么（用页面上的字样）？",
        "contract": "合同编号？",
        "starts": "从哪一天开始（2015-02-10）？",
        "currency": "价格以何种货币计？",
        "included": "基础价含多少个单位（或 unlimited）？",
        "price": "目录基础价（100000.00）？",
        "price_extra": "每增加一个单位的目录价（5000.00）？",
        "address": "运行在哪个地址（https://host/）？",
        "access": "凭什么可以访问？",
        "access_reference": "具体是哪一条款、页面、账号或订单？",
        "timezone": "合同日期按哪个时区？",
    }
)
"""The questions in Chinese, by id."""

EXAMPLE_ANSWERS: Mapped[str, str] = MappingProxyType(
    {
        "vendor": "甲方软件有限公司",
        "customer": "合肥市图书馆",
        "product": "图书馆集群管理系统",
        "contract": "AG-2015-007",
        "starts": "2015-02-10",
        "included": "20",
        "price": "100000.00",
        "price_extra": "5000.00",
        "address": "https://lib.hefei.example/",
        "access_reference": "AG-2015-007 §6.2",
    }
)

_TEXT = """\
# targets.yaml - what was licensed, to whom, where and on what terms; and where to look.
# The signed documents prevail over this file; name the clause or document of every fact.
# Days and amounts are quoted. `auditor check` tells what is wrong, with its line. No secret belongs in this file.
format: 1
timezone: {timezone}    # contract dates are whole days in this zone
currency: {currency}

parties:
  vendor: {{name: {vendor}, role: licensor}}
  customer: {{name: {customer}, role: licensee}}

products:
  product:
    name: {product}
    metrics:                                    # what is counted; `auditor add metric` adds another
      - id: unit
        label: {metric}
        # counts: [branch]                        # kinds of row that use one unit each
        # excludes: [headquarters, test, closed]  # kinds that use none
        # kinds: {{总馆: headquarters, 测试: test}}  # from the text a page writes to a kind
    editions:
      standard:
        names: []                               # spellings of the edition on its pages
        list_prices:                            # a new price is added with its first day, never edited in place
          - {{from: {starts}, base: {price}, includes: {included}, per_extra: {price_extra}, source: {contract}}}

contracts:
  - id: {contract}
    kind: end_user                              # or reseller
    title: {contract}
    licensor: vendor
    counterparty: customer
    product: product
    # documents:
    #   - {{id: main, signed_on: {starts}, file: docs/contract.pdf}}
    term:
      from: {starts}
      # through: "2030-12-31"                   # the last day, inclusive; absent: no end agreed
      # renewal: {{mode: automatic, each: P1Y, notice_days: 60, clause: "§9.2"}}
      # ended: {{by: notice, given_on: "2029-11-20", last_day: "2030-12-31", clause: "§9.3"}}
      # after_end: {{new_deployments: forbidden, added_units: forbidden, existing_units: perpetual, clause: "§9.5"}}
    # territory: {{places: [CN-AH], measured_by: deployment, clause: "§3.1"}}
    price: {{net: {{percent_of_list: "100"}}}}      # what the customer PAYS, in percent of list (三折 is "30")
    overage: {{permitted: false, priced_at: net}} # false: each unit over is unlicensed; true_up: payable
    authorised:                                 # the closed list of deployments this contract covers
      - {{deployment: main, edition: standard, from: {starts}}}
    # amendments:
    #   - {{id: S1, kind: add_units, deployment: main, units: 5, signed_on: "2026-06-20",
    #      effective: {{date: "2026-07-01"}}}}

deployments:
  main:
    licensee: customer
    address: {address}
    access: {{kind: {access}, reference: {access_reference}}}
    # place: CN-AH                              # ISO 3166-2 code of where the licensee is
    # login: account
    # `auditor profile URL` describes a page and adds it here
    pages: []

# logins:                                       # …_env names a variable, …_from a file:, keyring:, command: …
#   account: {{path: /login, username_env: AUDITOR_USER, password_env: AUDITOR_PASSWORD, logged_in: {{text: 退出}}}}

# timestamping:                                 # without it, captures stay unsealed; a quorum counts different owners
#   quorum: 2
#   authorities:
#     first: {{url: "https://tsa.first.example/", owner: First Authority, roots: authorities/first.pem}}
#     second: {{url: "https://tsa.second.example/", owner: Second Authority, roots: authorities/second.pem}}

# schedules:
#   weekly: {{cron: "0 3 * * 1", timezone: {timezone}}}
"""


def starter_text(answers: Mapped[str, str]) -> str:
    """A commented targets file made of the answers (by id of question); empty ones take the question's default.

    Raises `ConfigError` with one line for each answer that cannot be taken.
    """
    refusals = [refusal for question in QUESTIONS if (refusal := question.refusal(answers.get(question.id, "")))]
    if refusals:
        raise ConfigError(*refusals)
    given = {question.id: answers.get(question.id, "").strip() or question.default for question in QUESTIONS}
    written = {id_: value if id_ in ("included", "access") else quote_yaml(value) for id_, value in given.items()}
    return _TEXT.format(**written)


def quote_yaml(text: str) -> str:
    """A text as a YAML double-quoted scalar: JSON's escapes are YAML's."""
    return json.dumps(text, ensure_ascii=False)
