"""The corridor: the only place that knows more than one room. Each workflow is a short function with numbered steps.

A command's file has the command's name; a command with several parts is a folder. Workflows that write take the open
workspace, `Instruments`; those that only look take a `Workspace` and read beside whoever may be writing it.

===============  =====================================================================================================
`doctor/`        `auditor doctor`: what this machine and this folder lack for an audit
`wiring`         opens a workspace for writing: lock, keys, journal, recovery, authorities, index; reads `targets.yaml`
`memory/`        what a command remembers for the next one: the history of schedules
`credentials/`   secrets by reference: had when they are needed, hidden in every log line
`entry/`         `auditor sign-in` and `check --logins`: what logins need, and sign-ins that a person made
`progress`       the callback by which a long workflow tells how far it is
`incompleteness`  why a capture is not complete
`access/`        acts on the pages, journalled before they are answered; the log of pages that were looked at
`desk/`          what a person who is signed in may see and do: `auditor serve`, `auditor people`
`decisions`      decisions and key dates, to and from journal events
`audit/`         `auditor run`: the ten steps, and what keeps evidence good over time
`index/`         the index filled from the evidence, and held against it
`standing/`      positions and findings kept as facts change: `auditor report --from-standing`, lists of the web page
`report/`        `auditor report`: positions, findings, and the report in every format
`profile/`       `auditor profile`: a page looked at, described, and written into `targets.yaml`
`bundle/`        `auditor bundle`: a bag that stands alone, made and verified
`schedule`       `auditor schedule`: one pass over what is due, missed and to be alerted of
`alerts/`        alerts sent once for each cause, and once when it has ended; the digest
`hosting/`       `auditor hosting`: look-ups, what a person looked up or decided, and the record of a subject
`notices/`       `auditor notice`: letters to hosts, from the draft to what follows from them
`fleet/`         `auditor worker` and `auditor fleet`: one estate worked by many machines
`confirm`        `auditor confirm`: what an analyst decides, checked against what was captured, then recorded
`page_confirmation`  `auditor confirm page`: where a page states its numbers, looked at once by a named person
`claim`          `auditor claim`: scenarios computed from what was captured and decided
`compared/`      comparisons that were made, read back for whoever tells of them
`comparison/`    `auditor compare`: systems compared, from stored evidence
`candidates/`    `auditor candidates` and `fingerprint make`: which of many addresses run the product
`records/`       `auditor import` and `export`: tables of other systems as records, and back
`add`            `auditor add`: entries added to `targets.yaml`, every other byte as it was
`check`          `auditor check`: every problem of `targets.yaml`
`init`           `auditor init`: the first `targets.yaml`
`logs`           log lines for operators: levels, one line for each event, no secrets
`replica/`       a workspace that moved to a fleet, as its folder again: to read, and to act in
`relocation/`   `auditor move`: a workspace moved to a fleet's database and store and back, and verified there
`upkeep/`       what keeps evidence good and proves it: verify, rebuild, prune, reseal, keys, upgrade
`views/`        what is only looked at: captures, show, changes, statement, status, read
===============  =====================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.workflow.access.outgoing import OutgoingFile
    from auditor.workflow.access.shared_bundles import BundleLink
    from auditor.workflow.access.view_log import PageView, check_view_log
    from auditor.workflow.add import add_amendment, add_contract, add_deployment, add_metric
    from auditor.workflow.alerts.sending import send_alerts_as_observer
    from auditor.workflow.audit.audit import AuditRequest, audit_workspace
    from auditor.workflow.audit.run_summary import RunSummary
    from auditor.workflow.bundle.comparisons import (
        write_exhibit,
    )
    from auditor.workflow.bundle.export import ExportResult, export_bundle
    from auditor.workflow.bundle.notice_papers import write_record_papers
    from auditor.workflow.bundle.pdf import PrintToPdf, pdf_printer
    from auditor.workflow.bundle.redactions import record_redaction
    from auditor.workflow.bundle.selection import BundleRequest
    from auditor.workflow.candidates.imported import (
        adopt_candidate,
        candidate_json,
        import_candidates,
        list_candidates,
    )
    from auditor.workflow.candidates.looking import (
        look_at_candidates,
    )
    from auditor.workflow.candidates.product_fingerprint import (
        make_product_fingerprint,
    )
    from auditor.workflow.check import find_problems, require_no_errors
    from auditor.workflow.claim import (
        claims_section,
        compare,
        compute_claims,
        explain_figure,
        export_claims,
        result_json,
        with_claims,
    )
    from auditor.workflow.compared.results import (
        comparison_json,
        load_comparison,
        named_screen,
        screen_decisions,
        stored_comparisons,
    )
    from auditor.workflow.comparison.compare import (
        ComparisonRequest,
        make_comparison,
    )
    from auditor.workflow.comparison.libraries import (
        add_library,
    )
    from auditor.workflow.confirm import (
        DecisionBasis,
        RowExclusions,
        confirm_count,
        confirm_date,
        confirm_finding,
        confirm_identity_or_price,
        confirm_screen,
        list_decisions,
        record_key_date,
        unexplained_units,
    )
    from auditor.workflow.desk.accounts import COMMAND_LINE, Accounts, NewPerson, open_accounts
    from auditor.workflow.desk.desk import Desk
    from auditor.workflow.desk.entrance import Entrance, Opened, Visitor, local_sign_in
    from auditor.workflow.desk.office import Office, OfficeRules, oidc_settings
    from auditor.workflow.desk.reads.desk_reads import LIST_MEDIA_TYPES, ListForm
    from auditor.workflow.desk.reads.findings import digest_shown
    from auditor.workflow.desk.wording import DeskWords, desk_words
    from auditor.workflow.doctor.checkup import check_machine
    from auditor.workflow.doctor.diagnosis import DoctorLine, doctor_exit_code, state_words
    from auditor.workflow.doctor.looking import DoctorRequest
    from auditor.workflow.entry.logins import USE_WORDS, check_logins
    from auditor.workflow.entry.sign_in import SignInResult, forget_kept_sign_in, keep_sign_in
    from auditor.workflow.fleet.asked_runs import RunWait, ask_for_run, told_run, wait_for_seals
    from auditor.workflow.fleet.maintenance import FleetMaintenance, MaintenanceOptions
    from auditor.workflow.fleet.setting_up import (
        declare_vantage,
        fleet_places,
        notify_manager,
        prepare_fleet,
        worker_staging,
    )
    from auditor.workflow.fleet.status import FleetStatus, VantageStatus, fleet_status
    from auditor.workflow.fleet.worker import FleetWorker, WorkerOptions
    from auditor.workflow.hosting.attach import attach_lookup, confirm_host
    from auditor.workflow.hosting.look import look_up_subject
    from auditor.workflow.hosting.records import hosting_records
    from auditor.workflow.hosting.wording import as_lang, hosting_json, hosting_lines, unread_registries
    from auditor.workflow.index.catching_up import MovedWorkspace, bring_up_to_date
    from auditor.workflow.index.record import displayed_counts, noted_unreadable
    from auditor.workflow.init import QUESTIONS, Question, read_answers, write_starter_file
    from auditor.workflow.logs import start_logging
    from auditor.workflow.notices.approval import approve_notice, withdraw_notice
    from auditor.workflow.notices.checking import check_notice
    from auditor.workflow.notices.drafting import draft_notice
    from auditor.workflow.notices.receiving import confirm_reply, receive_reply
    from auditor.workflow.notices.records import notice_records_of
    from auditor.workflow.notices.sending import ElsewhereDelivery, record_delivery, send_notice
    from auditor.workflow.notices.wording import checkup_json, checkup_lines, record_json, record_lines
    from auditor.workflow.page_confirmation import PageLook, confirm_page, look_at_page, write_picture
    from auditor.workflow.profile import hints, page_entry, preview
    from auditor.workflow.profile.numbering import keep_numbers
    from auditor.workflow.profile.page_entry import FieldChoice
    from auditor.workflow.profile.preview import PagePreview, SurveyedPair
    from auditor.workflow.records.exporting import TABLE_FORMATS, export_records
    from auditor.workflow.records.importing import ImportResult, import_records
    from auditor.workflow.relocation.moving_back import move_back
    from auditor.workflow.relocation.moving_there import WorkspaceMove, move_to_fleet
    from auditor.workflow.replica.place import MovedPlace, moved_place
    from auditor.workflow.report.compose import findings_at_or_above
    from auditor.workflow.report.history import DEFAULT_HISTORY_LIMIT
    from auditor.workflow.report.render import (
        Lang,
        WorkspaceReportRequest,
        print_changes,
        print_summary,
        render_report,
        workspace_report,
        write_report,
    )
    from auditor.workflow.schedule import (
        SchedulerPassResult,
        adopt_schedules,
        is_anything_due,
        read_schedule_history,
        run_due_schedules,
    )
    from auditor.workflow.standing.overview import render_overview, rule_titles, standing_overview
    from auditor.workflow.standing.standing import EstateMemory, StandingWorkspace, open_standing
    from auditor.workflow.upkeep.keys import WorkspaceKeys, make_party_key, revoke_key, rotate_keys, workspace_keys
    from auditor.workflow.upkeep.prune import PruneResult, PruningPlan, apply_retention, preview_retention
    from auditor.workflow.upkeep.rebuild import rebuild_index
    from auditor.workflow.upkeep.reseal import TimestampRenewal, renew_timestamps
    from auditor.workflow.upkeep.upgrade import JournalUpgrade, bring_index_along, upgrade_layout
    from auditor.workflow.upkeep.verify import offline_script, verify_paths
    from auditor.workflow.views.captures import ListedCapture, list_captures
    from auditor.workflow.views.changes import changes_message, send_changes
    from auditor.workflow.views.digest import DigestRequest, digest_message
    from auditor.workflow.views.read import ReadingComparison, field_answers, list_answers, reread_package
    from auditor.workflow.views.show import ShownCapture, show_capture, shown_values, write_capture_page
    from auditor.workflow.views.statement import render_statement, statement_of
    from auditor.workflow.views.status import HealthReportCache, WorkspaceStatus, workspace_status
    from auditor.workflow.wiring import (
        LONG_LIVED,
        CommandClaim,
        CommandTerms,
        HeldWorkspace,
        Instruments,
        hold_workspace,
        initialise_workspace,
        open_instruments,
        read_targets,
        read_targets_cached,
    )
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "FleetMaintenance": "fleet.maintenance",
            "FleetStatus": "fleet.status",
            "FleetWorker": "fleet.worker",
            "MaintenanceOptions": "fleet.maintenance",
            "VantageStatus": "fleet.status",
            "WorkerOptions": "fleet.worker",
            "WorkspaceMove": "relocation.moving_there",
            "RunWait": "fleet.asked_runs",
            "ask_for_run": "fleet.asked_runs",
            "MovedPlace": "replica.place",
            "noted_unreadable": "index.record",
            "moved_place": "replica.place",
            "told_run": "fleet.asked_runs",
            "wait_for_seals": "fleet.asked_runs",
            "declare_vantage": "fleet.setting_up",
            "fleet_places": "fleet.setting_up",
            "fleet_status": "fleet.status",
            "move_back": "relocation.moving_back",
            "move_to_fleet": "relocation.moving_there",
            "notify_manager": "fleet.setting_up",
            "prepare_fleet": "fleet.setting_up",
            "worker_staging": "fleet.setting_up",
            "EstateMemory": "standing.standing",
            "StandingWorkspace": "standing.standing",
            "open_standing": "standing.standing",
            "render_overview": "standing.overview",
            "rule_titles": "standing.overview",
            "standing_overview": "standing.overview",
            "ListedCapture": "views.captures",
            "list_captures": "views.captures",
            "changes_message": "views.changes",
            "send_changes": "views.changes",
            "DigestRequest": "views.digest",
            "digest_message": "views.digest",
            "named_screen": "compared.results",
            "print_changes": "report.render",
            "ShownCapture": "views.show",
            "show_capture": "views.show",
            "shown_values": "views.show",
            "write_capture_page": "views.show",
            "render_statement": "views.statement",
            "statement_of": "views.statement",
            "ImportResult": "records.importing",
            "TABLE_FORMATS": "records.exporting",
            "export_records": "records.exporting",
            "import_records": "records.importing",
            "add_amendment": "add",
            "add_contract": "add",
            "add_deployment": "add",
            "add_metric": "add",
            "keep_numbers": "profile.numbering",
            "DoctorLine": "doctor.diagnosis",
            "DoctorRequest": "doctor.looking",
            "check_machine": "doctor.checkup",
            "doctor_exit_code": "doctor.diagnosis",
            "state_words": "doctor.diagnosis",
            "AuditRequest": "audit.audit",
            "BundleRequest": "bundle.selection",
            "ComparisonRequest": "comparison.compare",
            "DEFAULT_HISTORY_LIMIT": "report.history",
            "DecisionBasis": "confirm",
            "ExportResult": "bundle.export",
            "FieldChoice": "profile.page_entry",
            "HealthReportCache": "views.status",
            "CommandClaim": "wiring",
            "CommandTerms": "wiring",
            "HeldWorkspace": "wiring",
            "Instruments": "wiring",
            "LONG_LIVED": "wiring",
            "Lang": "report.render",
            "JournalUpgrade": "upkeep.upgrade",
            "PageLook": "page_confirmation",
            "PagePreview": "profile.preview",
            "PrintToPdf": "bundle.pdf",
            "PruneResult": "upkeep.prune",
            "TimestampRenewal": "upkeep.reseal",
            "PruningPlan": "upkeep.prune",
            "QUESTIONS": "init",
            "Question": "init",
            "ReadingComparison": "views.read",
            "RowExclusions": "confirm",
            "RunSummary": "audit.run_summary",
            "SchedulerPassResult": "schedule",
            "SurveyedPair": "profile.preview",
            "WorkspaceKeys": "upkeep.keys",
            "WorkspaceReportRequest": "report.render",
            "WorkspaceStatus": "views.status",
            "add_library": "comparison.libraries",
            "adopt_candidate": "candidates.imported",
            "adopt_schedules": "schedule",
            "apply_retention": "upkeep.prune",
            "ElsewhereDelivery": "notices.sending",
            "approve_notice": "notices.approval",
            "as_lang": "hosting.wording",
            "check_notice": "notices.checking",
            "checkup_json": "notices.wording",
            "checkup_lines": "notices.wording",
            "confirm_reply": "notices.receiving",
            "draft_notice": "notices.drafting",
            "notice_records_of": "notices.records",
            "receive_reply": "notices.receiving",
            "record_delivery": "notices.sending",
            "record_json": "notices.wording",
            "record_lines": "notices.wording",
            "send_notice": "notices.sending",
            "withdraw_notice": "notices.approval",
            "write_record_papers": "bundle.notice_papers",
            "attach_lookup": "hosting.attach",
            "audit_workspace": "audit.audit",
            "bring_index_along": "upkeep.upgrade",
            "bring_up_to_date": "index.catching_up",
            "MovedWorkspace": "index.catching_up",
            "candidate_json": "candidates.imported",
            "check_logins": "entry.logins",
            "USE_WORDS": "entry.logins",
            "claims_section": "claim",
            "compare": "claim",
            "comparison_json": "compared.results",
            "compute_claims": "claim",
            "confirm_count": "confirm",
            "confirm_date": "confirm",
            "confirm_finding": "confirm",
            "confirm_host": "hosting.attach",
            "confirm_identity_or_price": "confirm",
            "confirm_page": "page_confirmation",
            "confirm_screen": "confirm",
            "Accounts": "desk.accounts",
            "NewPerson": "desk.accounts",
            "open_accounts": "desk.accounts",
            "COMMAND_LINE": "desk.accounts",
            "Desk": "desk.desk",
            "DeskWords": "desk.wording",
            "LIST_MEDIA_TYPES": "desk.reads.desk_reads",
            "ListForm": "desk.reads.desk_reads",
            "digest_shown": "desk.reads.findings",
            "desk_words": "desk.wording",
            "Office": "desk.office",
            "oidc_settings": "desk.office",
            "OfficeRules": "desk.office",
            "BundleLink": "access.shared_bundles",
            "OutgoingFile": "access.outgoing",
            "Entrance": "desk.entrance",
            "local_sign_in": "desk.entrance",
            "Visitor": "desk.entrance",
            "Opened": "desk.entrance",
            "PageView": "access.view_log",
            "check_view_log": "access.view_log",
            "displayed_counts": "index.record",
            "explain_figure": "claim",
            "export_bundle": "bundle.export",
            "export_claims": "claim",
            "field_answers": "views.read",
            "find_problems": "check",
            "SignInResult": "entry.sign_in",
            "forget_kept_sign_in": "entry.sign_in",
            "keep_sign_in": "entry.sign_in",
            "findings_at_or_above": "report.compose",
            "hints": "profile",
            "import_candidates": "candidates.imported",
            "hold_workspace": "wiring",
            "hosting_json": "hosting.wording",
            "hosting_lines": "hosting.wording",
            "hosting_records": "hosting.records",
            "initialise_workspace": "wiring",
            "is_anything_due": "schedule",
            "list_answers": "views.read",
            "list_candidates": "candidates.imported",
            "list_decisions": "confirm",
            "load_comparison": "compared.results",
            "look_at_candidates": "candidates.looking",
            "look_at_page": "page_confirmation",
            "make_comparison": "comparison.compare",
            "make_product_fingerprint": "candidates.product_fingerprint",
            "look_up_subject": "hosting.look",
            "offline_script": "upkeep.verify",
            "open_instruments": "wiring",
            "page_entry": "profile",
            "pdf_printer": "bundle.pdf",
            "preview": "profile",
            "preview_retention": "upkeep.prune",
            "print_summary": "report.render",
            "read_schedule_history": "schedule",
            "read_targets": "wiring",
            "read_targets_cached": "wiring",
            "rebuild_index": "upkeep.rebuild",
            "record_key_date": "confirm",
            "record_redaction": "bundle.redactions",
            "render_report": "report.render",
            "renew_timestamps": "upkeep.reseal",
            "require_no_errors": "check",
            "reread_package": "views.read",
            "result_json": "claim",
            "revoke_key": "upkeep.keys",
            "rotate_keys": "upkeep.keys",
            "run_due_schedules": "schedule",
            "screen_decisions": "compared.results",
            "send_alerts_as_observer": "alerts.sending",
            "start_logging": "logs",
            "stored_comparisons": "compared.results",
            "unexplained_units": "confirm",
            "unread_registries": "hosting.wording",
            "upgrade_layout": "upkeep.upgrade",
            "verify_paths": "upkeep.verify",
            "with_claims": "claim",
            "workspace_keys": "upkeep.keys",
            "workspace_report": "report.render",
            "workspace_status": "views.status",
            "make_party_key": "upkeep.keys",
            "write_exhibit": "bundle.comparisons",
            "write_picture": "page_confirmation",
            "write_report": "report.render",
            "read_answers": "init",
            "write_starter_file": "init",
        },
    )

__all__ = [
    "COMMAND_LINE",
    "DEFAULT_HISTORY_LIMIT",
    "LIST_MEDIA_TYPES",
    "LONG_LIVED",
    "QUESTIONS",
    "TABLE_FORMATS",
    "USE_WORDS",
    "Accounts",
    "AuditRequest",
    "BundleLink",
    "BundleRequest",
    "CommandClaim",
    "CommandTerms",
    "ComparisonRequest",
    "DecisionBasis",
    "Desk",
    "DeskWords",
    "DigestRequest",
    "DoctorLine",
    "DoctorRequest",
    "ElsewhereDelivery",
    "Entrance",
    "EstateMemory",
    "ExportResult",
    "FieldChoice",
    "FleetMaintenance",
    "FleetStatus",
    "FleetWorker",
    "HealthReportCache",
    "HeldWorkspace",
    "ImportResult",
    "Instruments",
    "JournalUpgrade",
    "Lang",
    "ListForm",
    "ListedCapture",
    "MaintenanceOptions",
    "MovedPlace",
    "MovedWorkspace",
    "NewPerson",
    "Office",
    "OfficeRules",
    "Opened",
    "OutgoingFile",
    "PageLook",
    "PagePreview",
    "PageView",
    "PrintToPdf",
    "PruneResult",
    "PruningPlan",
    "Question",
    "ReadingComparison",
    "RowExclusions",
    "RunSummary",
    "RunWait",
    "SchedulerPassResult",
    "ShownCapture",
    "SignInResult",
    "StandingWorkspace",
    "SurveyedPair",
    "TimestampRenewal",
    "VantageStatus",
    "Visitor",
    "WorkerOptions",
    "WorkspaceKeys",
    "WorkspaceMove",
    "WorkspaceReportRequest",
    "WorkspaceStatus",
    "add_amendment",
    "add_contract",
    "add_deployment",
    "add_library",
    "add_metric",
    "adopt_candidate",
    "adopt_schedules",
    "apply_retention",
    "approve_notice",
    "as_lang",
    "ask_for_run",
    "attach_lookup",
    "audit_workspace",
    "bring_index_along",
    "bring_up_to_date",
    "candidate_json",
    "changes_message",
    "check_logins",
    "check_machine",
    "check_notice",
    "check_view_log",
    "checkup_json",
    "checkup_lines",
    "claims_section",
    "compare",
    "comparison_json",
    "compute_claims",
    "confirm_count",
    "confirm_date",
    "confirm_finding",
    "confirm_host",
    "confirm_identity_or_price",
    "confirm_page",
    "confirm_reply",
    "confirm_screen",
    "declare_vantage",
    "desk_words",
    "digest_message",
    "digest_shown",
    "displayed_counts",
    "doctor_exit_code",
    "draft_notice",
    "explain_figure",
    "export_bundle",
    "export_claims",
    "export_records",
    "field_answers",
    "find_problems",
    "findings_at_or_above",
    "fleet_places",
    "fleet_status",
    "forget_kept_sign_in",
    "hints",
    "hold_workspace",
    "hosting_json",
    "hosting_lines",
    "hosting_records",
    "import_candidates",
    "import_records",
    "initialise_workspace",
    "is_anything_due",
    "keep_numbers",
    "keep_sign_in",
    "list_answers",
    "list_candidates",
    "list_captures",
    "list_decisions",
    "load_comparison",
    "local_sign_in",
    "look_at_candidates",
    "look_at_page",
    "look_up_subject",
    "make_comparison",
    "make_party_key",
    "make_product_fingerprint",
    "move_back",
    "move_to_fleet",
    "moved_place",
    "named_screen",
    "noted_unreadable",
    "notice_records_of",
    "notify_manager",
    "offline_script",
    "oidc_settings",
    "open_accounts",
    "open_instruments",
    "open_standing",
    "page_entry",
    "pdf_printer",
    "prepare_fleet",
    "preview",
    "preview_retention",
    "print_changes",
    "print_summary",
    "read_answers",
    "read_schedule_history",
    "read_targets",
    "read_targets_cached",
    "rebuild_index",
    "receive_reply",
    "record_delivery",
    "record_json",
    "record_key_date",
    "record_lines",
    "record_redaction",
    "render_overview",
    "render_report",
    "render_statement",
    "renew_timestamps",
    "require_no_errors",
    "reread_package",
    "result_json",
    "revoke_key",
    "rotate_keys",
    "rule_titles",
    "run_due_schedules",
    "screen_decisions",
    "send_alerts_as_observer",
    "send_changes",
    "send_notice",
    "show_capture",
    "shown_values",
    "standing_overview",
    "start_logging",
    "state_words",
    "statement_of",
    "stored_comparisons",
    "told_run",
    "unexplained_units",
    "unread_registries",
    "upgrade_layout",
    "verify_paths",
    "wait_for_seals",
    "with_claims",
    "withdraw_notice",
    "worker_staging",
    "workspace_keys",
    "workspace_report",
    "workspace_status",
    "write_capture_page",
    "write_exhibit",
    "write_picture",
    "write_record_papers",
    "write_report",
    "write_starter_file",
]
