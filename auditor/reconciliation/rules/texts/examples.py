"""One example sentence of each rule, on small invented cases. The tests produce the very same sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "Q101": '2019-11-20: 合肥 showed 21 branch units (text "21", capture c-hefei-2019-11-20); 20 were'
        " entitled that day (20 base), tolerance 0. 1 over entitlement by record. Not counted: "
        "0. Captures so far: 1; peak 21, a lower bound.",
        "Q102": "2019-01-01: 合肥 used 22 branch units, 2 over entitlement by record (capture "
        "c-hefei-2019-01-01); on 2019-02-01 it uses 19, within the 20 entitled.",
        "Q103": "2016-05-20: 合肥 used 22 branch units, 2 over entitlement by record (list 10,000.00 CNY,"
        " net 3,000.00 CNY). S1 covers this number later and by its terms does not cure the "
        "past; the earlier units are not recorded as paid for that time.",
        "Q104": "合肥: branch units over entitlement by record rose from capture to capture in the last three, "
        "since 2019-01-01: 1 → 2 → 3 over.",
        "Q105": "2019-11-20: 合肥 uses 18 of 20 entitled branch units.",
        "Q106": "合肥 used at most 80 % of its entitled branch units in 2 captures since 2019-01-01 (now 15 of 20).",
        "Q107": "2019-11-20: the page of 合肥 shows 21 branch units against its own cap of 20, remaining –.",
        "Q108": "2019-11-20: 合肥 states 20 branch units; its complete list has 18 rows.",
        "Q109": "合肥: branch units fell from 20 (2019-05-01) to 16 (2019-07-01), after n1 (2019-05-15).",
        "Q110": "2019-11-20: 合肥 used 22 branch units, 20 entitled; the contract permits more and settles it "
        "by true-up (clause §5.5). Owed: contract year from 2019-02-10: 2, the most over (on 2019-11-20), "
        "3,000.00 CNY.",
        "Q111": "AG-2015-007: 2 deployments that share 40 units use 41 together, 1 over entitlement by "
        "record (captures within 0 days).",
        "C201": '2019-11-20: 合肥 shows a registered cap of 25 (text "25"); 20 are entitled (20 base).',
        "C202": '2019-11-20: 合肥 shows its cap as unlimited (text "不限", capture c-hefei-2019-11-20); by '
        "record 20 are entitled. No record grants an unlimited number.",
        "C203": '2019-11-20: the cap of 合肥 is written "0" and gives no value (ambiguous: 0 is not declared).',
        "C204": "合肥: the registered cap changed from 20 (2016-06-20) to 25 (2016-07-20); no amendment "
        "took effect in between.",
        "C205": "2019-11-20: 合肥 shows 12 in use; its registration states an end on 2019-11-19.",
        "C206": '2019-11-20: 合肥, recorded as production, states "试用版".',
        "C207": "2019-11-20: 合肥 shows a registered cap of 15; 20 are entitled (20 base). The difference"
        " is in the licensee's favour.",
        "D301": '2019-11-20: 南京 showed 12 branch units (text "12", capture c-nanjing-2019-11-20); no '
        "contract on record lists it. 12 units without entitlement by record: every unit "
        "counts. Kinds of proof of identity: 3 (serial, licensee on the page, page content).",
        "D302": "合肥 is listed by AG-2015-007 and has not given a number yet (attempts without one: 1).",
        "D303": "2 deployments show the same registration (SN-7): 合肥, 南京.",
        "D304": '2019-11-20: 合肥 names "合肥市第二图书馆" as licensee; the record names 合肥市图书馆.',
        "D305": "2019-11-20: the identity of 合肥 differs from the capture before: host: a.example → b.example.",
        "D306": "2019-11-20: 合肥 shows the same content as 南京 (shared rows or instance: 12 / 12).",
        "D307": "2019-11-20: 合肥 is recorded as test (page label: –) and shows 12 in use.",
        "D308": "2019-11-20: nothing but 192.0.2.7 says whose deployment 南京 is; an address proves no owner.",
        "G401": "2019-11-20: 合肥 lies in CN-JS; AG-2015-007 grants CN-AH (clause §3.1).",
        "G402": "2019-11-20: 2 listed branches of 合肥 lie outside CN-AH: 分馆1 (CN-JS), 分馆2 (CN-JS).",
        "G403": "2019-11-20: no place is recorded for 合肥; AG-2015-007 grants CN-AH.",
        "T501": "合肥 was in use or registered on 2015-02-28, before its entitlement starts on 2015-03-01.",
        "T502": "南京 shows a first date of 2022-02-10, after AG-2015-007 ended on 2022-02-09; first "
        "captured 2022-06-15 with 12 branch units.",
        "T503": "合肥: branch units rose from 21 (2022-02-09) to 24 (2022-06-15), 3 more. Growth after "
        "AG-2015-007 end (2022-02-09): +3. Listed as aggravation, not added to any sum.",
        "T504": "2022-03-12: 合肥 shows 12 branch units in use; existing units could run until 2022-03-11.",
        "T505": "AG-2015-007: the term needs a look at the documents: notice given 51 days before "
        "2022-02-09, needed by 2021-12-11.",
        "T506": "AG-2015-007: notice is due 2019-12-11; the term ends 2020-02-09.",
        "E601": '2019-11-20: 合肥 shows the edition "标准版"; 旗舰版 was ordered.',
        "E602": "2019-11-20: 合肥 shows modules that AG-2015-007 does not name: 期刊.",
        "E603": '2019-11-20: 合肥 shows the edition "尊享版", which is none of the recorded names.',
        "E604": "2019-11-20: 合肥 runs a version built on 2019-02-01; maintenance ran through 2019-01-31.",
        "P701": "合肥, AG-2015-007: 6,000.00 CNY less paid than due for units in effect (S2: 12,000.00 "
        "CNY − 6,000.00 CNY).",
        "P702": "合肥, AG-2015-007: stated amount and amount by rule differ (S1: 7,000.00 CNY / 7,500.00 "
        "CNY (-500.00)).",
        "P703": "AG-2015-007: payments that name no order: 1 (2017-01-05 900.00 CNY).",
        "P704": "AG-2015-007: 400.00 CNY more rebate given than computed (annual 2015-02-10 – "
        "2016-02-09: whole_amount, 120,000.00 CNY → 3,600.00 CNY, 4,000.00 CNY).",
        "P705": "AG-2015-007: 3,600.00 CNY rebate computed and not recorded as given (annual 2015-02-10"
        " – 2016-02-09: whole_amount, 120,000.00 CNY → 3,600.00 CNY, 0.00 CNY). In the "
        "reseller's favour.",
        "P706": '2022-06-15: the registration page of 南京 names "安徽某某科技有限公司"; no order of that reseller '
        "under AG-2015-007 lists it.",
        "P707": "南京: 12 units over cannot be valued: no price is recorded for this edition, unit and day.",
        "V801": "2019-11-20: 合肥 gave no number (reg: login refused): the page says 密码错误. Not observed "
        "is not zero.",
        "V802": "合肥: not found on the page: version (no label 系统版本).",
        "V803": "2019-11-20: 合肥 gives a text without one certain value: '12*'.",
        "V804": "2019-11-20: 合肥 rests on one capture and no complete list; certainty is likely at best.",
        "V805": "合肥: no capture for more than two intervals of 31 days: 2019-01-01 – 2019-03-05 (63). "
        "Nothing is interpolated.",
        "V806": "2019-11-20: the clocks of 合肥 do not fit the capture at 2019-11-20T02:00:00+00:00: "
        "server 2019-11-20T02:06:00+00:00.",
        "V807": "Failed checks of stored evidence: 1 (evidence/hefei/x/screenshot.png (artefact.digest)).",
        "V808": '2019-11-20: 合肥 says that its number is of an earlier time (text "数据更新于 2019-11-01").',
        "R901": "合肥, AG-2015-007: left out of the calculation: contract record lacks what the end on "
        "2022-02-09 means for existing units.",
        "R902": "Records differ or allow several readings, and none was chosen: judgment: '2019127日' = "
        "2019-01-27 / 2019-12-07.",
        "R903": "AG-2015-007: used in a figure and asserted without clause, document, order or payment:"
        " order of hefei.",
        "R904": "合肥, AG-2015-007: exemptions that have passed: §4.2 (test, 2019-11-19).",
    }
)
