"""A draft: facts from sealed captures, words from `targets.yaml`, blanks for what only a person can say."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.custody import StagedFiling, filed_packages, open_package, sha256
from auditor.errors import ConfigError, IntegrityError
from auditor.formats.evidence_paths import why_invalid
from auditor.hosting import address_folder, parse_address
from auditor.model.evidence import Package
from auditor.model.notices import NoticeAnnex, NoticeContents, NoticePlace
from auditor.model.reports import EvidenceRow
from auditor.model.targets.notices import NoticeChannel, NoticeHost, NoticeItem, NoticeMail, NoticeSettings
from auditor.notices import (
    DRAFT,
    DkimKey,
    dkim_record,
    docx_paper,
    enclosed_list,
    encode_draft,
    html_paper,
    mail_message,
    message_name,
    paper_words,
    parse_dkim_key,
    sign_mail,
    text_paper,
)
from auditor.wording import LANGS, Lang
from auditor.workflow.hosting.capture_view import view_capture
from auditor.workflow.hosting.look import commit_filing
from auditor.workflow.notices.ledger import NoticeLedger, read_ledger
from auditor.workflow.wiring import Instruments

PrintPaper = Callable[[bytes], bytes]
MOST_CAPTURES = 60
"""Captures of a deployment that are opened for the table of places, the newest ones."""
MAX_ANNEX = 20 << 20
MESSAGE, ENCLOSED, DKIM_RECORD = "message.eml", "enclosed.sha256", "dkim-record.txt"
EnvironmentOf = Callable[[str], str | None]
NOTICEABLE = frozenset({"suspect", "public"})
"""Legal status of deployments about which a notice may be written."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a notice is about, as `targets.yaml` has it."""

    item: NoticeItem
    host: NoticeHost
    channel: NoticeChannel
    settings: NoticeSettings


@dataclass(frozen=True, slots=True, repr=False)
class _Signer:
    """The key of the sender's domain, and where its record stands."""

    key: DkimKey
    selector: str


@dataclass(frozen=True, slots=True)
class _Enclosure:
    path: str
    data: bytes
    media_type: str
    made_by: str


def draft_notice(
    instruments: Instruments,
    notice: str,
    langs: Sequence[Lang] = LANGS,
    print_paper: PrintPaper | None = None,
    environment: EnvironmentOf = os.environ.get,
) -> NoticeLedger:
    """Write a draft of a notice and seal it. `print_paper`: makes PDF of HTML; None writes DOCX alone.

    `environment`: where the DKIM key is, if the file names one.

    Raises `ConfigError` for a notice that `targets.yaml` does not describe, a deployment that none may be written
    about, or an annex that cannot be read.
    """
    about = find_notice(instruments, notice)
    signer = _signer(about.settings.mail, environment)
    _require_noticeable(instruments, about.item)
    made_at = instruments.clock()
    filing = "n-" + sha256(f"{notice} {made_at.isoformat()}".encode())[:16]
    annexes, enclosures = _annexes(instruments, about)
    places, pictures = _places(instruments, about.item.deployment)
    for place, data, media_type in pictures:
        name = f"annexes/{len(annexes) + 1:02d}-{place.capture}{mimetypes.guess_extension(media_type) or '.bin'}"
        annexes.append(NoticeAnnex(f"{place.url} {place.capture}", "capture", name, sha256(data), len(data)))
        enclosures.append(_Enclosure(name, data, media_type, "auditor.capture"))
    letter = _contents(instruments, about, tuple(places), tuple(annexes))
    papers = list(_papers(letter, langs, print_paper))
    stage = StagedFiling(instruments.custody.vault, "notices", notice, filing, "writing a draft of a notice")
    try:
        for one in (*papers, *enclosures):
            stage.put(one.path, one.data, media_type=one.media_type, made_by=one.made_by)
        _seal_letter(stage, letter, [*papers, *enclosures], langs, signer)
    except ConfigError:
        stage.abandon("the draft was not made")
        raise
    facts = {"deployments": letter.deployment, "host": letter.host, "laws": ",".join(letter.law)}
    commit_filing(instruments, stage, "draft", facts, ("python-docx",))
    return read_ledger(instruments.workspace.root, instruments.journal, notice)


def _signer(mail: NoticeMail | None, environment: EnvironmentOf) -> _Signer | None:
    """The key that signs the mail. `ConfigError` where the file names one that is not there, or is none."""
    if mail is None or mail.dkim is None:
        return None
    pem = environment(mail.dkim.key_env) or ""
    if not pem:
        raise ConfigError(f"environment variable {mail.dkim.key_env} is not set: it holds the DKIM key")
    return _Signer(parse_dkim_key(pem), mail.dkim.selector)


def find_notice(instruments: Instruments, notice: str) -> _Subject:
    """What `targets.yaml` says of a notice."""
    settings = instruments.estate.notices
    item = settings.items.get(notice)
    if item is None:
        known = ", ".join(settings.items) or "none"
        raise ConfigError(f"{notice}: no notice of this id under notices.items in targets.yaml; known: {known}")
    host = instruments.estate.hosts[item.host]
    return _Subject(item, host, host.channels[item.channel], settings)


def _require_noticeable(instruments: Instruments, item: NoticeItem) -> None:
    status = instruments.estate.deployments[item.deployment].legal_status
    if status not in NOTICEABLE:
        raise ConfigError(
            f"{item.id}: {item.deployment} is {status} by record: no notice about it. Name the deployment that is meant"
        )


def _contents(
    instruments: Instruments, about: _Subject, places: tuple[NoticePlace, ...], annexes: tuple[NoticeAnnex, ...]
) -> NoticeContents:
    item, settings, estate = about.item, about.settings, instruments.estate
    sender, deployment = settings.sender, estate.deployments[item.deployment]
    product = estate.products.get(deployment.product)
    rights = [settings.rights[name] for name in item.rights]
    addresses = [found for one in places if (found := parse_address(one.address).address) is not None]
    folders = {address_folder(one) for one in addresses}
    filed = filed_packages(instruments.journal)
    looked = [one.filing for one in filed if one.cabinet == "hosting" and one.subject in folders]
    return NoticeContents(
        notice=item.id, deployment=item.deployment, host=about.host.id, host_name=about.host.name,
        host_kind=about.host.kind, channel=about.channel.id, channel_kind=about.channel.kind, to=about.channel.address,
        designated_by=_shown_to_be_named(instruments, about.channel.designated_by),
        law=item.law or about.host.law, dated=instruments.clock(), sender=sender.name if sender else "",
        signer=sender.signer if sender else "", address=sender.address if sender else "",
        telephone=sender.telephone if sender else "", email=sender.email if sender else "",
        work=", ".join(one.title for one in rights) or (product.name if product else ""),
        rights=tuple(" · ".join(filter(None, (one.title, one.registration, one.certificate))) for one in rights),
        act=item.act, request=item.request, reply_by=item.reply_by, statements=item.statements,
        signature=item.signature, places=places, annexes=annexes, hosting=tuple(looked),
    )  # fmt: skip


def _shown_to_be_named(instruments: Instruments, named: str) -> str:
    """What shows that the channel is the recipient's: a capture or filing on record; empty for anything else."""
    if not named:
        return ""
    if instruments.journal.ledger.kept(named) is not None:
        return named
    return named if named in {one.filing for one in filed_packages(instruments.journal)} else ""


def _annexes(instruments: Instruments, about: _Subject) -> tuple[list[NoticeAnnex], list[_Enclosure]]:
    """Certificates and the signer's power: enclosed where their scan is at hand, else named."""
    folder = instruments.workspace.targets.parent
    named = [
        (" ".join(filter(None, (right.title, right.certificate or right.registration))), "certificate", right.file)
        for right in (about.settings.rights[name] for name in about.item.rights)
    ]
    sender = about.settings.sender
    if sender is not None and sender.authority:
        named.append((sender.authority, "authority", sender.authority_file))
    annexes: list[NoticeAnnex] = []
    enclosures: list[_Enclosure] = []
    for title, kind, file in named:
        if not file:
            annexes.append(NoticeAnnex(title, kind))  # type: ignore[arg-type]
            continue
        data = _read(folder / file)
        path = f"annexes/{len(annexes) + 1:02d}-{_file_name(file)}"
        annexes.append(NoticeAnnex(title, kind, path, sha256(data), len(data)))  # type: ignore[arg-type]
        media_type = mimetypes.guess_type(file)[0] or "application/octet-stream"
        enclosures.append(_Enclosure(path, data, media_type, "given by a person"))
    return annexes, enclosures


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_ANNEX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: an annex that cannot be read: {error.strerror}") from None
    if not data or len(data) > MAX_ANNEX:
        raise ConfigError(f"{path}: {len(data)} bytes; an annex has 1 to {MAX_ANNEX}")
    return data


def _file_name(file: str) -> str:
    name = Path(file).name
    return name if name.isascii() and not why_invalid(name) else f"document{Path(file).suffix.lower()[:8]}"


def _places(
    instruments: Instruments, deployment: str
) -> tuple[list[NoticePlace], list[tuple[NoticePlace, bytes, str]]]:
    """Where sealed captures saw it, the newest place first, and of each the picture or page of its newest capture."""
    seen: dict[tuple[str, str, int | None], list[EvidenceRow]] = {}
    rows = [
        row for row in instruments.index.packages_at(deployment)
        if row.seal.sealed and any(view.outcome == "observed" for view in row.views)
    ]  # fmt: skip
    for row in rows[-MOST_CAPTURES:]:
        package = Package(row.capture, row.deployment, row.path, row.manifest_sha256, row.seal)
        view = view_capture(instruments.workspace.root, package)
        main = next((one for one in view.traffic.connections if one.main), None)
        url = next(one.final_url or one.url for one in row.views if one.outcome == "observed")
        key = (url, main.address if main else "", main.port if main else None)
        seen.setdefault(key, []).append(row)
    places = [
        NoticePlace(
            url, address, port, found[0].captured_at, found[-1].captured_at, len(found), found[-1].capture,
            found[-1].manifest_sha256,
        )
        for (url, address, port), found in seen.items()
    ]  # fmt: skip
    places.sort(key=lambda one: one.last_seen, reverse=True)
    newest = {row.capture: row for row in rows}
    pictures = [(one, *found) for one in places[:5] if (found := _picture(instruments, newest[one.capture]))]
    return places, pictures


def _picture(instruments: Instruments, row: EvidenceRow) -> tuple[bytes, str] | None:
    """The screenshot of a capture's first page, or its document where it has none."""
    opened = open_package(instruments.workspace.root / row.path, row.manifest_sha256)
    types = opened.capture.media_types
    for view in opened.capture.views:
        for name in ("screenshot", "body", "dom"):
            path = view.artefacts.get(name, "")
            if path in types:
                try:
                    return opened.load(path), types[path].partition(";")[0]
                except IntegrityError as error:
                    raise ConfigError(str(error)) from None
    return None


def _papers(letter: NoticeContents, langs: Sequence[Lang], print_paper: PrintPaper | None) -> Iterator[_Enclosure]:
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    for lang in langs:
        yield _Enclosure(f"paper/notice.{lang}.docx", docx_paper(letter, lang), docx, "auditor.notices")
        if print_paper is not None:
            pdf = print_paper(html_paper(letter, lang))
            yield _Enclosure(f"paper/notice.{lang}.pdf", pdf, "application/pdf", "auditor.notices")


def _seal_letter(
    stage: StagedFiling,
    letter: NoticeContents,
    enclosed: Sequence[_Enclosure],
    langs: Sequence[Lang],
    signer: _Signer | None,
) -> None:
    """The one file that is approved: the message, or the list of everything that goes out; and the record."""
    message_id = ""
    if letter.channel_kind == "email":
        if not letter.sender or not letter.email:
            raise ConfigError(f"{letter.notice}: notices.sender has no name and mail address to send from")
        message_id = message_name(letter.notice, stage.id, letter.email)
        body = "\n\n".join([paper_words("mail", lang) + "\n\n" + text_paper(letter, lang) for lang in langs])
        attached = {one.path.rpartition("/")[2]: one.data for one in enclosed}
        subject = " / ".join(paper_words("subject", lang, notice=letter.notice) for lang in langs)
        data = mail_message(
            (letter.sender, letter.email), letter.to, subject, body, attached, dated=letter.dated, message_id=message_id
        )
        if signer is not None:
            domain = letter.email.rpartition("@")[2]
            data = sign_mail(data, signer.key, domain, signer.selector, letter.dated)
            told = f"{signer.selector}._domainkey.{domain} {dkim_record(signer.key)}\n".encode()
            stage.put(DKIM_RECORD, told, media_type="text/plain", made_by="auditor.notices")
        path, media_type = MESSAGE, "message/rfc822"
    else:
        data = enclosed_list([(one.path, sha256(one.data)) for one in enclosed])
        path, media_type = ENCLOSED, "text/plain"
    stage.put(path, data, media_type=media_type, made_by="auditor.notices")
    record = encode_draft(letter, path, sha256(data), message_id)
    stage.put(DRAFT, record, media_type="application/json", made_by="auditor.notices")
