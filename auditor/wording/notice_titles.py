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
    SourceReading,
)
from auditor.model.targets.notices import ChannelKind, HostKind, RequestKind

ELEMENT_TITLES: Final[Mapping[NoticeElement, Note]] = {
    "identity": make_note("notice_element.identity"),
    "contact_any": make_note("notice_element.contact_any"),
    "contact_address": make_note("notice_element.contact_address"),
    "contact_telephone": make_note("notice_element.contact_telephone"),
    "contact_email": make_note("notice_element.contact_email"),
    "ownership": make_note("notice_element.ownership"),
    "work": make_note("notice_element.work"),
    "authority": make_note("notice_element.authority"),
    "evidence": make_note("notice_element.evidence"),
    "location": make_note("notice_element.location"),
    "server_address": make_note("notice_element.server_address"),
    "request": make_note("notice_element.request"),
    "truth": make_note("notice_element.truth"),
    "good_faith": make_note("notice_element.good_faith"),
    "perjury": make_note("notice_element.perjury"),
    "signature": make_note("notice_element.signature"),
    "channel": make_note("notice_element.channel"),
}
ELEMENT_STATES: Final[Mapping[ElementState, Note]] = {
    "there": make_note("notice_state.there"),
    "named": make_note("notice_state.named"),
    "blank": make_note("notice_state.blank"),
    "missing": make_note("notice_state.missing"),
}
ELEMENT_MARKS: Final[Mapping[ElementMark, Note]] = {
    "required": make_note("notice_mark.required"),
    "helps": make_note("notice_mark.helps"),
    "not_asked": make_note("notice_mark.not_asked"),
}
PROFILE_TITLES: Final[Mapping[ProfileName, Note]] = {
    "lenient": make_note("notice_profile.lenient"),
    "strict": make_note("notice_profile.strict"),
}
STAGE_TITLES: Final[Mapping[NoticeStage, Note]] = {
    "drafted": make_note("notice_stage.drafted"),
    "approved": make_note("notice_stage.approved"),
    "sent": make_note("notice_stage.sent"),
    "received": make_note("notice_stage.received"),
    "answered": make_note("notice_stage.answered"),
    "withdrawn": make_note("notice_stage.withdrawn"),
}
OUTCOME_TITLES: Final[Mapping[DeliveryOutcome, Note]] = {
    "accepted": make_note("notice_outcome.accepted"),
    "refused": make_note("notice_outcome.refused"),
    "deferred": make_note("notice_outcome.deferred"),
    "not_reached": make_note("notice_outcome.not_reached"),
    "unknown": make_note("notice_outcome.unknown"),
}
REPLY_TITLES: Final[Mapping[ReplyKind, Note]] = {
    "bounce": make_note("notice_reply.bounce"),
    "delay": make_note("notice_reply.delay"),
    "delivered": make_note("notice_reply.delivered"),
    "displayed": make_note("notice_reply.displayed"),
    "automatic": make_note("notice_reply.automatic"),
    "answer": make_note("notice_reply.answer"),
    "counter_statement": make_note("notice_reply.counter_statement"),
    "unread": make_note("notice_reply.unread"),
}
REQUEST_TITLES: Final[Mapping[RequestKind, Note]] = {
    "forward": make_note("notice_request.forward"),
    "preserve_logs": make_note("notice_request.preserve_logs"),
    "remove": make_note("notice_request.remove"),
    "disconnect": make_note("notice_request.disconnect"),
    "lock": make_note("notice_request.lock"),
    "disclose_to_court": make_note("notice_request.disclose_to_court"),
    "name_origin": make_note("notice_request.name_origin"),
}
HOST_KINDS: Final[Mapping[HostKind, Note]] = {
    "iaas": make_note("notice_host.iaas"),
    "storage": make_note("notice_host.storage"),
    "platform": make_note("notice_host.platform"),
    "cdn": make_note("notice_host.cdn"),
    "dns": make_note("notice_host.dns"),
    "registrar": make_note("notice_host.registrar"),
    "access": make_note("notice_host.access"),
}
CHANNEL_KINDS: Final[Mapping[ChannelKind, Note]] = {
    "email": make_note("notice_channel.email"),
    "form": make_note("notice_channel.form"),
    "ems": make_note("notice_channel.ems"),
    "post": make_note("notice_channel.post"),
    "fax": make_note("notice_channel.fax"),
    "hand": make_note("notice_channel.hand"),
}
SOURCE_READINGS: Final[Mapping[SourceReading, Note]] = {
    "primary": make_note("notice_source.primary"),
    "secondary": make_note("notice_source.secondary"),
    "memory": make_note("notice_source.memory"),
}
