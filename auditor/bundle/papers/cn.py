"""Drafts for a proceeding in China: art. 93 sheet, 清洁性检查报告, 取证过程说明. Opinions are blanks."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

from auditor.bundle.papers.capture_facts import MOST_ROWS, CaptureFacts, PaperInputs
from auditor.formats.docx import BLANK, DocxDocument

BEIJING = ZoneInfo("Asia/Shanghai")
DRAFT = "草稿。由程序根据其自身记录填写;须由有关人员逐项核对、补全空白并签名或盖章后方为其陈述。不构成法律意见。"
CHECKS = {
    "hosts": "hosts 文件", "resolver": "域名解析服务器", "proxy": "代理设置", "dns": "域名解析比对", "clock": "时钟",
    "browser": "浏览器程序", "profile": "浏览器配置(无缓存、无 Cookie)", "fonts": "中文字形",
}  # fmt: skip
RESULTS = {"passed": "通过", "failed": "未通过", "off": "关闭"}
STATES = {"complete": "完整", "partial": "部分", "failed": "失败"}


def beijing_time(one: CaptureFacts) -> str:
    return f"{one.started_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def reliability_sheet(file: PaperInputs) -> bytes:
    """最高人民法院关于民事诉讼证据的若干规定 (2019) art. 93: seven factors, each answered by what is on record."""
    paper = DocxDocument("电子数据真实性审查要素对照表(民事证据规定第九十三条)", DRAFT)
    results = Counter(check.result for one in file.accounts for check in one.examined)
    states = Counter(one.state for one in file.accounts)
    rows = [
        ("一", "生成、存储、传输所依赖的计算机系统软硬件环境是否完整、可靠",
         f"每次访问前记录环境检查,共 {results.total()} 项:通过 {results['passed']},未通过 {results['failed']},关闭"
         f" {results['off']}(理由见清洁性检查报告)。浏览器程序摘要、启动参数、软件版本均在 circumstances.json。"),
        ("二", "上述环境是否处于正常运行状态,不正常时对数据的影响",
         f"本包 {len(file.accounts)} 次取证:完整 {states['complete']},部分 {states['partial']},失败"
         f" {states['failed']}。"
         "检查未通过的,不加载页面,取证记为失败。"),
        ("三", "是否具备有效的防止出错的监测、核查手段",
         "每个文件写入时计算 SHA-256;显示数与列表行数分别读取比对;读不出的记为未知,未观测到的不记为零。"
         "导出前全部复验。"),
        ("四", "是否被完整地保存、传输、提取,方法是否可靠",
         f"原始数据包只写一次;清单摘要由多家不同所有人的时间戳机构签发时间戳;日志 {file.dossier.log.origin}"
         " 为只增哈希链,"
         f"检查点覆盖 {file.dossier.log.size} 行。未提供的文件见 99-redaction/withheld.csv。"),
        ("五", "是否在正常的往来活动中形成和存储", f"(由有关人员说明例行审计制度及本案取证与其关系){BLANK}{BLANK}"),
        ("六", "保存、传输、提取的主体是否适当", f"(由有关人员说明操作主体、授权及与案件的利害关系){BLANK}{BLANK}"),
        ("七", "影响完整性和可靠性的其他因素",
         "取证由当事人自行操作,非中立第三方平台。明文 HTTP 页面无服务器身份认证。"
         "关键日期宜另作公证或由第三方平台取证。"),
    ]  # fmt: skip
    paper.table(("序号", "审查要素", "记录所示"), rows, (1.2, 5.0, 10.0))
    _practice(paper, file)
    paper.signature(("说明人(签名)", "单位及职务", "日期"))
    return paper.saved()


def cleanliness_report(file: PaperInputs) -> bytes:
    """清洁性检查报告, from each capture's record of circumstances (SF/T 0091-2021 asks for one)."""
    paper = DocxDocument("清洁性检查报告", DRAFT)
    paper.say(
        f"导出基准时间:{file.dossier.selection.as_of:%Y-%m-%d %H:%M:%S} UTC。检查在每次访问之前由程序执行,"
        "先于任何页面加载。"
    )
    _practice(paper, file)
    seen: dict[tuple[tuple[str, str, str, str], ...], list[CaptureFacts]] = {}
    more = False
    for one in file.accounts:
        facts = tuple((check.name, check.result, check.fact, check.off_because) for check in one.examined)
        if facts not in seen and len(seen) == 40:
            more = True
        elif len(alike := seen.setdefault(facts, [])) <= 60:
            alike.append(one)
    for facts, accounts in seen.items():
        numbers = ", ".join(str(one.number) for one in accounts[:60])
        paper.heading(f"证据 {numbers}{' 等' if len(accounts) > 60 else ''}")
        first = accounts[0]
        paper.say(
            f"检查时间(首次,UTC):{first.examined_at or '无记录'};"
            f"部署:{', '.join(sorted({a.deployment for a in accounts}))}"
        )
        if not facts:
            paper.say("没有检查记录。")
            continue
        rows = [
            (CHECKS.get(name, name), RESULTS.get(result, result), fact + (f" 关闭理由:{why}" if why else ""))
            for name, result, fact, why in facts
        ]
        paper.table(("检查项", "结果", "记录的事实"), rows, (3.6, 1.6, 11.0))
    if more:
        paper.say("其余检查记录见各证据包内 circumstances.json。")
    paper.say(f"检查人意见(程序检查之外,人工核对的内容与结论):{BLANK}{BLANK}")
    paper.signature(("检查人(签名)", "日期"))
    return paper.saved()


def process_statement(file: PaperInputs) -> bytes:
    """取证过程说明: what was done at each capture, step by step, from the record."""
    paper = DocxDocument("取证过程说明", DRAFT)
    paper.items(
        [
            "取证前,程序在只增日志中写入访问预告,再检查本机环境,然后才加载页面。",
            "程序以新建的浏览器配置打开所列地址;不经过代理;取得截图、页面文档、布局快照、网络流量之前,不在页面中运行任何程序。",
            "各文件在写入时计算 SHA-256,列入一份清单;清单摘要提交时间戳机构,收到后即时核验,保存请求与响应原件。",
            "数据包写入后只读,并记入日志;日志检查点经签名并加盖时间戳。",
            "失败的访问同样保存并记入日志;计划而未进行的访问记为缺口并说明原因。",
        ]
    )
    rows = [
        (
            one.number,
            one.deployment,
            one.address,
            beijing_time(one),
            STATES[one.state],
            f"{one.lines[0]}, {one.lines[1]}",
        )
        for one in file.accounts.first(MOST_ROWS)
    ]
    paper.heading("各次取证")
    paper.table(("证据", "部署", "地址", "开始(北京时间)", "状态", "日志行"), rows, (1.2, 2.6, 5.4, 3.4, 1.6, 2.0))
    for one in file.accounts.first(20):
        paper.heading(f"证据{one.number} 的步骤", 10.5)
        steps = [(at, name, "完成" if ok else "未完成", detail) for name, at, ok, detail in one.steps]
        paper.table(("时间 UTC", "步骤", "结果", "说明"), steps, (2.2, 4.4, 1.6, 8.0))
    if len(file.accounts) > 20:
        paper.say("其余取证的步骤见各证据包 manifest.json 的 steps。")
    _practice(paper, file)
    paper.say(f"操作人员、所用账号的来源与授权:{BLANK}{BLANK}")
    paper.signature(("说明人(签名)", "单位及职务", "日期"))
    return paper.saved()


def _practice(paper: DocxDocument, file: PaperInputs) -> None:
    if file.practice:
        paper.heading(f"练习:{file.practice} 为练习用时间戳机构,其时间戳不具有证明力。请勿提交。", 11)
