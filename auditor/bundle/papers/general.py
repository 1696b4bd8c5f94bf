"""Papers for any court: system description, chain-of-custody log, likely challenges with what answers them."""

from __future__ import annotations

from itertools import islice

from auditor.bundle.papers.capture_facts import MOST_ROWS, CaptureFacts, PaperInputs
from auditor.bundle.papers.us import DRAFT
from auditor.formats.docx import BLANK, DocxDocument

PARTS = (
    ("Capture", "visits the address in a browser started for it, without a proxy; keeps picture, document, layout"
                " snapshot,"
     " archive and traffic; checks the machine first, and fails the capture where a check fails."),
    ("Custody", "writes each package once, hashes files as they are written, has the manifest timestamped (RFC 3161) by"
     " authorities of different owners, journals every event in a hash chain with signed Merkle checkpoints."),
    ("Reading", "reads counts from the stored bytes by fixed, versioned rules without any learned model; none and"
                " several are"
     " answers; 'unlimited' is a value of its own."),
    ("Reconciliation", "sets what was read beside what the contract records for that day; states two records and a"
     " subtraction, not a legal conclusion."),
    ("Claims", "computes scenarios in exact decimal arithmetic with a derivation for each figure."),
    ("Hand-over", "verifies everything again, copies it with proofs, and signs the list of digests."),
)  # fmt: skip
CHALLENGES = (
    ("The page could have been made up on your own machine. 页面可能是在己方电脑上伪造的。",
     "Machine checks before each visit, connected address against name resolution, traffic and certificate chain"
     " in each"
     " package. Residual: whoever controls the machine controls the record; a notary or neutral platform for key"
     " dates answers"
     " that, not this bundle.", "10-captures/*/package/circumstances.json, traffic.warc.gz, tls-chain.pem"),
    ("It was changed afterwards. 事后被修改。",
     "Digests at birth, timestamps by authorities of different owners, log proof. VERIFY.md, steps 1 to 4.",
     "manifest.json, *.tsr, 60-log"),
    ("You left out captures that help us. 隐去了对我方有利的取证。",
     "Every visit is announced in the log before it happens; each has one end; the lines left out are fixed by"
     " their hashes."
     " Residual: captures outside the system; the choice of what to visit.", "60-log/completeness.json, left-out.csv"),
    ("The timestamp proves only when the file existed. 时间戳只证明文件存在的时间。",
     "Correct, and nothing else is claimed for it. Origin rests on the record of the visit.", "README.txt"),
    ("The number on the page is wrong or means something else. 页面数字不实或含义不同。",
     "The list is counted row by row beside the displayed number; rows left out are named with reasons; the reference"
     " deployment shows the same page. Residual: the page is the site's own statement.", "20-series/counts.csv"),
    ("The program misread it. 程序误读。",
     "The text as written, its place and the rule are given; the picture shows the mark. Anyone can read the same"
     " bytes.",
     "00-index/exhibits, dom.html"),
    ("Access was not allowed. 访问未经许可。",
     "The stated basis of access is recorded for each deployment. Whether it holds is a legal question.",
     "exhibit, page 1"),
    ("The later number does not show use during the term. 之后的数量不证明合同期内的使用。",
     "Correct: a capture shows its own moment. Dates in pages are the page's own statement.",
     "20-series/timeline.json"),
    ("The address is not the host's; a registry is no proof of who runs a server. 地址登记不等于托管。",
     "Correct, and no more is stated: what was connected to, what names pointed to, what registries, data sets and"
     " lists answered, each with its bytes and day. Who hosts it is a named person's decision that cites them."
     " Residual: leased ranges, stale records, intermediaries that show no sign.",
     "35-hosting, 20-series/hosting.json"),
    ("The notice was not one: it lacked what the law asks for, or it never arrived. 通知不合格,或从未送达。",
     "Each letter is held against its law under a lenient and a strict reading, both printed, with what became of"
     " the judgments they come from. The bytes that went out are those that were approved, with the server's own"
     " answer; replies lie beside them as they came. Residual: a 250 of one's own relay shows sending alone; an"
     " automatic reply is no answer; what is unknown is told as unknown.",
     "50-notices, 20-series/notices.json"),
    ("You wrote to the wrong one, or it had ceased by then. 收件人不对,或服务其时已停。",
     "The address of the letter stands beside that of the newest capture; a move to another address, and captures"
     " that no longer show the service, are findings told for the other side.",
     "20-series/notices.json (N112, N114)"),
    ("Your operator is interested in the outcome. 操作人与案件有利害关系。",
     "Correct: this is not a neutral third party. Timestamp authorities and the sheet that anyone can run limit"
     " what has to be"
     " believed.", "VERIFY.md"),
)  # fmt: skip


def system_description(file: PaperInputs) -> bytes:
    """What the system is and does, for a reader who has to explain it."""
    paper = DocxDocument("System description 系统说明", DRAFT)
    paper.say(f"Software: {file.dossier.software}. Log: {file.dossier.log.origin}. Bundle: {file.dossier.name}.")
    paper.table(("Part", "What it does"), PARTS, (3.0, 13.2))
    versions = sorted({f"{name} {version}" for one in file.accounts for name, version in one.software.items()})
    paper.heading("Versions that made these captures")
    paper.say(", ".join(versions) or "none named in the manifests")
    paper.heading("Timestamp authorities")
    rows = [
        (name, owner, "PRACTICE: proves nothing" if name in file.dossier.trust.practice else "")
        for name, owner in sorted(file.dossier.trust.owners.items())
    ]
    paper.table(("Authority", "Owner", "Remark"), rows, (4.0, 8.0, 4.2))
    paper.say(f"Operator, hosting of the machine, who has access: {BLANK}{BLANK}")
    paper.signature(("Signature", "Name", "Date"))
    return paper.saved()


def custody_log(file: PaperInputs) -> bytes:
    """Chain of custody: each capture from its announcement to this bundle, then blanks for every hand-over."""
    paper = DocxDocument("Chain-of-custody log 证据保管链记录", DRAFT)
    rows = [
        (
            one.number, f"line {one.lines[0]}", f"{one.started_at:%Y-%m-%d %H:%M:%S}", f"{one.ended_at:%H:%M:%S}",
            f"line {one.lines[1]}", "; ".join(f"{name} {at}" for name, _, at in one.stamps),
            one.manifest_sha256[:12] + "…",
        )
        for one in file.accounts.first(MOST_ROWS)
    ]  # fmt: skip
    heads = ("Exhibit", "Announced", "Visit began (UTC)", "ended", "Kept", "Stamped (UTC)", "Manifest")
    paper.table(heads, rows, (1.5, 1.9, 3.2, 1.5, 1.4, 4.4, 2.3))
    if len(file.accounts) > MOST_ROWS:
        paper.say(f"The first {MOST_ROWS} of {len(file.accounts)}; the rest is in 60-log/disclosed.jsonl.")
    if file.dossier.filings:
        paper.heading("Look-ups of where it runs, and notices 托管查询及通知")
        looked = [
            (
                one.package.filing, one.kind, one.package.subject, f"line {one.intent_line}",
                f"{one.started_at:%Y-%m-%d %H:%M:%S}", f"line {one.commit_line}",
                "; ".join(
                    f"{verdict.authority} {verdict.gen_time:%Y-%m-%d %H:%M:%S}"
                    for verdict in one.package.seal.verdicts
                    if verdict.status == "verified" and verdict.gen_time is not None
                ),
            )
            for one in file.dossier.filings[:MOST_ROWS]
        ]  # fmt: skip
        heads = ("Filing", "Kind", "Subject", "Announced", "Began (UTC)", "Kept", "Stamped (UTC)")
        paper.table(heads, looked, (2.9, 1.7, 2.4, 1.7, 2.6, 1.3, 3.6))
    chosen = file.dossier.proceeding
    paper.heading("Export 导出")
    paper.table(
        ("Fact", "Recorded"),
        (
            ("Bundle", file.dossier.name),
            ("As of (UTC)", f"{file.dossier.selection.as_of:%Y-%m-%d %H:%M:%S}"),
            (
                "For a proceeding in",
                chosen.jurisdiction or "none named: before it leaves for one, export again and name it",
            ),
            ("Data taken or stored in", ", ".join(chosen.taken_in) or "not recorded"),
            ("Legal basis stated", chosen.legal_basis or "none asked for"),
            ("Answered by", chosen.answered_by or "nobody asked"),
        ),
        (5.0, 11.2),
    )
    paper.heading("Hand-overs 移交")
    blanks = (
        "Date and time",
        "From (name, signature)",
        "To (name, signature)",
        "Medium, its number",
        "Digest compared",
    )
    paper.table(blanks, [("", "", "", "", "")] * 6, (3.0, 3.8, 3.8, 3.2, 2.4))
    return paper.saved()


def challenges(file: PaperInputs) -> bytes:
    """What the other side may say, what answers it, where, and what remains unanswered."""
    paper = DocxDocument("Likely challenges and answers 可能的质疑与回应", DRAFT)
    paper.table(("Challenge 质疑", "Answer, and what remains 回应及局限", "Where 位置"), CHALLENGES, (5.0, 7.8, 3.4))
    off = file.least(_off, 20)
    warned = file.least(lambda one: one.warnings, 20)
    failed = list(islice((one.number for one in file.accounts if one.state != "complete"), 80))
    paper.heading("Weak points of this bundle, from its own records 本包自身的弱点")
    paper.items(
        [
            *(f"Check {words}" for words in off),
            *(f"Said of captures: {warning}" for warning in warned),
            f"Captures that are not complete: {', '.join(map(str, failed)) or 'none'}.",
            *([f"PRACTICE authorities: {file.practice}."] if file.practice else []),
        ]
    )
    return paper.saved()


def _off(one: CaptureFacts) -> list[str]:
    return [f"{check.name} was switched off: {check.off_because}" for check in one.examined if check.result == "off"]
