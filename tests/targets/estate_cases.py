# ruff: noqa: E501  (messages and lines of YAML are kept whole)
"""What is wrong with the form of the file (S), pages (P), deployments (D) and how the auditor works (B, K)."""

from __future__ import annotations

from tests.targets.worked_example_edits import Case

PRO = """      pro:
        names: [旗舰版]
        list_prices:
          - {from: "2015-01-01", base: "1.00", includes: 1, per_extra: "1.00", source: x}

contracts:
"""

ESTATE_CASES = (
    Case(
        (("    kind: reseller  ", "    discount: 30 %\n    kind: reseller  "),),
        "discount: 30 %",
        'error[S01] contracts[0]: unknown key "discount". "30 % discount" can mean pays 30 % or pays 70 %; '
        'write price.net.percent_of_list: "30".',
    ),
    Case(
        (("{deployment: wuhu, ", "{deployment: wuhuu, "),),
        "wuhuu",
        'error[S02] authorised[1].deployment: "wuhuu" is not defined under deployments. Did you mean "wuhu"?',
    ),
    Case(
        (("document: notice-2021}", "document: notice-2012}"),),
        "document: notice-2012",
        'error[S02] term.ended.document: "notice-2012" is not one of the documents of AG-2015-007. '
        'Did you mean "notice-2021"?',
    ),
    Case(
        (("{deployment: wuhu,   edition: flagship", "{deployment: wuhu,   edition: flagshp"),),
        "edition: flagshp",
        'error[S02] authorised[1].edition: "flagshp" is not an edition of libsys. Did you mean "flagship"?',
    ),
    Case(
        (('payments: [{paid_on: "2016-07-05"', 'payments: [{on: "2016-07-05"'),),
        'on: "2016-07-05"',
        'error[S03] key "on" was read as true by YAML. Use paid_on.',
    ),
    Case(
        (('      - {id: main, signed_on: "2015-02-10"', '      - {id: main, on: "2015-02-10"'),),
        'on: "2015-02-10"',
        'error[S03] key "on" was read as true by YAML. Use signed_on.',
    ),
    Case(
        (('        signed_on: "2016-06-20"', '        units: 6\n        signed_on: "2016-06-20"'),),
        "units: 6",
        "error[S04] amendments[0].units appears twice (also line 87). Keep one.",
    ),
    Case(
        (('per_extra: "5000.00"', "per_extra: 5000.00"),),
        "5000.00",
        'error[S05] per_extra: 5000.00 is a YAML float and may lose cents. Quote it: "5000.00".',
    ),
    Case(
        (('through: "2020-02-09"', 'through: "2015-02-30"'),),
        '"2015-02-30"',
        'error[S06] "2015-02-30" is not a date. Write the year, month and day as 2015-02-10.',
    ),
    Case(
        (("includes: 20", "includes: 034"),),
        "034",
        "error[S07] includes: 034 would be read as 28. Write 34.",
    ),
    Case(
        (("currency: CNY", "currency: RMB"),),
        "RMB",
        'error[S08] currency "RMB" is not an ISO 4217 code. Use CNY.',
    ),
    Case(
        (("places: [CN-AH]", "places: [Anhui]"),),
        "Anhui]",
        'error[S09] place "Anhui" is not an ISO 3166-2 code. Use CN-AH.',
    ),
    Case(
        (("\ncontracts:\n", PRO),),
        "旗舰版]\n",
        'error[S10] edition names: "旗舰版" is claimed by both flagship and pro. Leave it with one.',
    ),
    Case(
        ((', means_source: "管理员手册 第12页"', ""),),
        "means:",
        'error[P01] pages.libsys-reg.fields.cap.means maps "0" to unlimited without means_source. '
        "Name the manual page or the screen that says so.",
    ),
    Case(
        (("[已注册分馆数, 当前分馆数]", "[分馆数]"), ("[最大分馆数, 授权分馆数]", "[分馆数]")),
        "分馆数],\n",
        "error[P02] used and cap share the label 分馆数. Add context: or a selector.",
    ),
    Case(
        (("      licensee: {labels: [授权单位]}\n", "      host:     {labels: [主机]}\n"),),
        "host:     {",
        "error[P04] pages.libsys-reg: host is the name of something the auditor itself observes or counts; what a page "
        "says of it is another thing. Give the field another id, e.g. page_host.",
    ),
    Case(
        (("      licensee: {labels: [授权单位]}\n", "      tls_serial: {labels: [序号], kind: count, role: peak}\n"),),
        "tls_serial: {",
        "error[P04] pages.libsys-reg: tls_serial is the name of something the auditor itself observes or counts; what a "
        "page says of it is another thing. Give the field another id, e.g. page_tls_serial.",
    ),
    Case(
        (("      licensee: {labels: [授权单位]}\n", "      displayed: {labels: [授权单位]}\n"),),
        "displayed: {",
        "error[P04] pages.libsys-reg: displayed is the name of something the auditor itself observes or counts; what a "
        "page says of it is another thing. Give the field another id, e.g. page_displayed.",
    ),
    Case(
        (("    listing:  {table: 分馆列表, kind: 类型, name: 名称}", ""),),
        "libsys-reg:\n",
        "warning[P03] pages.libsys-reg: no listing: the headline count cannot be corroborated (V804). "
        "Add listing: where the product has one.",
    ),
    Case(
        ((', urls: ["https://lib.anqing.example/reg"]', ""),),
        "anqing:  {licensee",
        "warning[D01] deployments.anqing is never captured: no urls.",
    ),
    Case(
        (
            ("https://lib.wuhu.example/reg", "https://lib.example/wuhu"),
            ("https://lib.bengbu.example", "https://lib.example"),
        ),
        "bengbu:  {licensee",
        "warning[D02] wuhu and bengbu share the URL host lib.example. Check that they are different installations.",
    ),
    Case(
        (("https://lib.wuhu.example/reg", "http://lib.wuhu.example:6000/reg"),),
        'urls: ["http://lib.wuhu.example:6000/reg"]',
        "warning[D11] deployments.wuhu: browsers refuse port 6000, so no page can be opened there. Visit it by method "
        "http.",
    ),
    Case(
        (("file: docs/AG-2015-007.pdf", "file: docs/AG-2015-008.pdf"),),
        "file: docs/AG-2015-008.pdf",
        "error[D03] document file docs/AG-2015-008.pdf not found. Put it there, or correct the path.",
    ),
    Case(
        (("file: docs/AG-2015-007.pdf", f"file: docs/AG-2015-007.pdf, sha256: {'ab' * 32}"),),
        "file: docs/AG-2015-007.pdf",
        "error[D03] document file docs/AG-2015-007.pdf changed since it was recorded (sha256 differs). Restore it.",
    ),
    Case(
        (('access: {kind: contract_clause, reference: "AG-2015-007 §6.2"}, ', ""),),
        "hefei:   {licensee",
        "error[D04] deployments.hefei: no access basis. Give access: "
        "{kind: contract_clause, public_page, own_account, consent or court_order, reference: …}.",
    ),
    Case(
        (
            (
                'page: libsys-reg, urls: ["https://lib.hefei',
                'login: {path: /, username_env: A, password: hunter2}, page: libsys-reg, urls: ["https://lib.hefei',
            ),
        ),
        "password: hunter2",
        'error[D05] deployments.hefei.login: "password" would keep a secret in this file. '
        "Name an environment variable with password_env.",
    ),
    Case(
        (
            (
                'page: libsys-reg, urls: ["https://lib.hefei',
                "login: {path: /, username_env: A, password_env: AUDITOR_KEY_PASSPHRASE}, "
                'page: libsys-reg, urls: ["https://lib.hefei',
            ),
        ),
        "AUDITOR_KEY_PASSPHRASE",
        "error[D10] deployments.hefei.login.password_env: names a variable of the auditor or of the machine, which no page "
        "may be sent. Name another one.",
    ),
    Case(
        (("https://lib.hefei.example/reg", "https://me:hunter2@lib.hefei.example/reg"),),
        '"https://me:',
        "error[D06] deployments.hefei.urls[0]: carries a user name or password. Remove it; name variables under logins: "
        "username_env, password_env.",
    ),
    Case(
        (('urls: ["https://lib.hefei.example/reg"]', 'urls: ["https://a.example/1", "https://a.example/2"]'),),
        'urls: ["https://a.example/1"',
        "error[D07] deployments.hefei: 2 urls, but a deployment is one address. Write a deployment for each, or address and "
        "pages.",
    ),
    Case(
        (("hefei:   {licensee: hefei-lib, ", "hefei:   {legal_status: suspect, licensee: hefei-lib, "),),
        "legal_status: suspect",
        "error[D08] deployments.hefei: legal_status is suspect, but contract AG-2015-007 authorises it. Write licensed, or "
        "end it there.",
    ),
    Case(
        (("hefei:   {licensee: hefei-lib, ", "hefei:   {read_posts: [/graphql, /], licensee: hefei-lib, "),),
        "/],",
        'error[D09] deployments.hefei.read_posts[1]: "/" is not the beginning of a path. Write it as /api/graphql, longer '
        "than / alone.",
    ),
    Case(
        (("format: 1\n", "format: 1\nbrowser: {sandbox: false}\n"),),
        "sandbox: false",
        "warning[B01] browser: sandbox: false weakens the browser; every capture records it. Remove the line unless the "
        "machine needs it.",
    ),
    Case(
        (
            (
                "format: 1\n",
                'format: 1\ntimestamping: {quorum: 2, authorities: {a: {url: "https://t.example/", owner: A, roots: '
                "docs/AG-2015-007.pdf}}}\n",
            ),
        ),
        "quorum: 2",
        "error[K01] timestamping: quorum 2 cannot be reached: the authorities have 1 owner(s). Name more or lower it.",
    ),
    Case(
        (
            (
                "format: 1\n",
                'format: 1\ntimestamping: {quorum: 1, witnesses: {w: {key: plain, url: "https://w.example/"}}, authorities: '
                '{a: {url: "https://t.example/", owner: A, roots: docs/AG-2015-007.pdf}}}\n',
            ),
        ),
        "plain",
        'error[K04] timestamping.witnesses.w.key: "plain" is not a witness key. Write it as its witness gives it: '
        "name+id+base64, type 4.",
    ),
    Case(
        (
            (
                "format: 1\n",
                'format: 1\ntimestamping: {quorum: 1, authorities: {a: {url: "https://t.example/", owner: A, roots: '
                "a.pem}}}\n",
            ),
        ),
        "a.pem",
        "warning[K02] timestamping.authorities.a.roots: certificate file a.pem not found: its tokens cannot be verified. "
        "Put the PEM file there.",
    ),
    Case(
        (("format: 1\n", "format: 1\nhosting: {root_keys: root.ds}\n"),),
        "root.ds",
        "warning[K05] hosting.root_keys: root keys root.ds: not found: DNSSEC is not checked. Write one DS record a line: "
        ". IN DS 20326 8 2 E06D…",
    ),
    Case(
        (("    kind: reseller  ", "    title2: x\n    kind: reseller  "),),
        "title2",
        'error[S01] contracts[0]: unknown key "title2". Did you mean "title"?',
    ),
    Case(
        (("title: 区域代理合同", "title:"),),
        "title:\n",
        "error[S11] title: is present but empty. Give a value or remove the key.",
    ),
    Case(
        (('territory: {places: [CN-AH], measured_by: deployment, clause: "§3.1"}', "territory: CN-AH"),),
        "CN-AH\n",
        "error[S12] territory: a mapping (places, measured_by, clause, document …) is expected here, not a single value.",
    ),
    Case(
        (("notice_days: 60", "notice_days: 60 days"),),
        "60 days",
        'error[S13] notice_days: "60 days" is not a whole number. Write a whole number in digits.',
    ),
    Case(
        (('base: "100000.00"', 'base: "100,000.00"'),),
        '"100,000.00"',
        'error[S14] base: "100,000.00" is not a decimal number. Write "100000.00".',
    ),
    Case(
        (("measured_by: deployment", "measured_by: deploymnt"),),
        "deploymnt",
        'error[S15] territory.measured_by: "deploymnt" is not one of deployment, branch, sale. Did you mean "deployment"?',
    ),
    Case(
        (("    product: libsys\n", ""),),
        "id: AG-2015-007",
        'error[S16] contracts[0]: "product" is missing. Give the product.',
    ),
    Case(
        (("timezone: Asia/Shanghai", "timezone: Asia/Shanghia"),),
        "Asia/Shanghia",
        'error[S22] timezone: "Asia/Shanghia" is not an IANA time zone. Did you mean "Asia/Shanghai"?',
    ),
    Case(
        (("format: 1\n", 'format: 1\nschedules: {weekly: {cron: "0 3 * * 1", every: 6h}}\n'),),
        "every: 6h",
        "error[S23] schedules.weekly: cron and every are both given. Keep one.",
    ),
    Case(
        (
            (
                'page: libsys-reg, urls: ["https://lib.hefei',
                'http_login: {username_from: "env:A"}, page: libsys-reg, urls: ["https://lib.hefei',
            ),
        ),
        "http_login",
        "error[D12] deployments.hefei.http_login: needs username_from and password_from, or negotiate: true. Give one of "
        "them.",
    ),
    Case(
        (
            (
                'page: libsys-reg, urls: ["https://lib.hefei',
                'client_certificate: {certificate_from: "file:c.pem"}, page: libsys-reg, urls: ["https://lib.hefei',
            ),
        ),
        "client_certificate",
        "error[D13] deployments.hefei: a client certificate is shown by pages of method http alone. Give its pages method: "
        "http.",
    ),
    Case(
        (
            (
                "format: 1\n",
                "format: 1\nvantages: {n1: {party: reseller, key: notary.example+3494b12c+AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g}}\n",
            ),
            (
                'page: libsys-reg, urls: ["https://lib.hefei',
                'vantage: n1, also_from: n1, page: libsys-reg, urls: ["https://lib.hefei',
            ),
        ),
        "also_from",
        "error[D14] deployments.hefei: it is visited from n1 already. Name the vantage of another party, or leave it out.",
    ),
    Case(
        (("format: 1\n", "format: 1\nvantages: {n1: {party: reseller, key: plain}}\n"),),
        "plain",
        'error[K04] vantages.n1.key: "plain" is not a party key. Write it as its party gives it: name+id+base64, type 1.',
    ),
    Case(
        (
            (
                "format: 1\n",
                "format: 1\nvantages:\n  n1: {party: anhui-agent, key: notary.example+3494b12c+AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g}\n"
                "  n2: {party: anhui-agent, key: expert.example+4a1501d9+AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g}\n"
                "  n3: {party: vendor, key: customer.example+8255ca16+AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g}\n",
            ),
        ),
        "key: customer.example",
        "error[K06] vantages.n3.key: the key of party vendor is that of party anhui-agent (vantages.n1). Write the one that each made on its own machine.",
    ),
    Case(
        (("kind: 类型, name: 名称}", "kind: 类型, name: 名称, leave_out: [{text: 总馆, reason: headquarters}]}"),),
        "{text: 总馆",
        "error[S24] pages.libsys-reg.listing.leave_out[0]: gives a text without the column it stands in. "
        "Name the column.",
    ),
)
