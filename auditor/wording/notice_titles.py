"""The words of notices as notes: elements and their states, marks, stages, outcomes, kinds of reply. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.model.notes import Note, make_note
from auditor.model.notices import (
    DeliveryOutcome,
    ElementMark,
    ElementState,
    NoticeElement,
    NoticeStage,
    ProfileName,
    ReplyKind,
    ReplySignature,
    SourceReading,
)
from auditor.model.targets.notices import ChannelKind, HostKind, RequestKind

ELEMENT_TITLES: Final[Mapping[NoticeElement, Note]] = {
    "identity": make_note("noticeelement.identity"),
    "contact_any": make_note("noticeelement.contact_any"),
    "contact_address": make_note("noticeelement.contact_address"),
    "contact_telephone": make_note("noticeelement.contact_telephone"),
    "contact_email": make_note("noticeelement.contact_email"),
    "ownership": make_note("noticeelement.ownership"),
    "work": make_note("noticeelement.work"),
    "authority": make_note("noticeelement.authority"),
    "evidence": make_note("noticeelement.evidence"),
    "location": make_note("noticeelement.location"),
    "server_address": make_note("noticeelement.server_address"),
    "request": make_note("noticeelement.request"),
    "truth": make_note("noticeelement.truth"),
    "good_faith": make_note("noticeelement.good_faith"),
    "perjury": make_note("noticeelement.perjury"),
    "signature": make_note("noticeelement.signature"),
    "channel": make_note("noticeelement.channel"),
}
ELEMENT_STATES: Final[Mapping[ElementState, Note]] = {
    "there": make_note("noticestate.there"),
    "named": make_note("noticestate.named"),
    "blank": make_note("noticestate.blank"),
    "missing": make_note("noticestate.missing"),
}
ELEMENT_MARKS: Final[Mapping[ElementMark, Note]] = {
    "required": make_note("noticemark.required"),
    "helps": make_note("noticemark.helps"),
    "not_asked": make_note("noticemark.not_asked"),
}
PROFILE_TITLES: Final[Mapping[ProfileName, Note]] = {
    "lenient": make_note("noticeprofile.lenient"),
    "strict": make_note("noticeprofile.strict"),
}
STAGE_TITLES: Final[Mapping[NoticeStage, Note]] = {
    "drafted": make_note("noticestage.drafted"),
    "approved": make_note("noticestage.approved"),
    "sent": make_note("noticestage.sent"),
    "received": make_note("noticestage.received"),
    "answered": make_note("noticestage.answered"),
    "withdrawn": make_note("noticestage.withdrawn"),
}
OUTCOME_TITLES: Final[Mapping[DeliveryOutcome, Note]] = {
    "accepted": make_note("noticeoutcome.accepted"),
    "refused": make_note("noticeoutcome.refused"),
    "deferred": make_note("noticeoutcome.deferred"),
    "not_reached": make_note("noticeoutcome.not_reached"),
    "unknown": make_note("noticeoutcome.unknown"),
}
REPLY_SIGNATURES: Final[Mapping[ReplySignature, Note]] = {
    "": make_note("replysignature.none"),
    "holds": make_note("replysignature.holds"),
    "holds_for_another_domain": make_note("replysignature.holds_for_another_domain"),
    "unsigned": make_note("replysignature.unsigned"),
    "not_read": make_note("replysignature.not_read"),
    "body_differs": make_note("replysignature.body_differs"),
    "signature": make_note("replysignature.signature"),
    "key": make_note("replysignature.key"),
    "not_checked": make_note("replysignature.not_checked"),
}
REPLY_TITLES: Final[Mapping[ReplyKind, Note]] = {
    "bounce": make_note("noticereply.bounce"),
    "delay": make_note("noticereply.delay"),
    "delivered": make_note("noticereply.delivered"),
    "displayed": make_note("noticereply.displayed"),
    "automatic": make_note("noticereply.automatic"),
    "answer": make_note("noticereply.answer"),
    "counter_statement": make_note("noticereply.counter_statement"),
    "unread": make_note("noticereply.unread"),
}
REQUEST_TITLES: Final[Mapping[RequestKind, Note]] = {
    "forward": make_note("noticerequest.forward"),
    "preserve_logs": make_note("noticerequest.preserve_logs"),
    "remove": make_note("noticerequest.remove"),
    "disconnect": make_note("noticerequest.disconnect"),
    "lock": make_note("noticerequest.lock"),
    "disclose_to_court": make_note("noticerequest.disclose_to_court"),
    "name_origin": make_note("noticerequest.name_origin"),
}
HOST_KINDS: Final[Mapping[HostKind, Note]] = {
    "iaas": make_note("noticehost.iaas"),
    "storage": make_note("noticehost.storage"),
    "platform": make_note("noticehost.platform"),
    "cdn": make_note("noticehost.cdn"),
    "dns": make_note("noticehost.dns"),
    "registrar": make_note("noticehost.registrar"),
    "access": make_note("noticehost.access"),
}
CHANNEL_KINDS: Final[Mapping[ChannelKind, Note]] = {
    "email": make_note("noticechannel.email"),
    "form": make_note("noticechannel.form"),
    "ems": make_note("noticechannel.ems"),
    "post": make_note("noticechannel.post"),
    "fax": make_note("noticechannel.fax"),
    "hand": make_note("noticechannel.hand"),
}
SOURCE_READINGS: Final[Mapping[SourceReading, Note]] = {
    "primary": make_note("noticesource.primary"),
    "secondary": make_note("noticesource.secondary"),
    "memory": make_note("noticesource.memory"),
}
